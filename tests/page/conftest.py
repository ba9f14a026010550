"""A shop with words, rendered in memory by the theme that most shops use."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from fallback.actions.writing.dressing import dressed
from fallback.core.config import Config, Contact, HostTable, Primary, Shop, State
from fallback.core.model import Language
from fallback.page.render import Rendered, render
from fallback.page.themes.theme import Theme
from fallback.wire import shipped
from hatch_build import compile_catalogues

PL, EN = Language("pl"), Language("en")
OUTAGE = {"content/outage.pl.md": b"## Co sie stalo\n\nDysk sie zepsul."}

Rendering = Callable[..., Rendered]


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """Translate by the sentences of today, not by those of the last installation."""
    compile_catalogues()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A flower shop in Poland that speaks Polish and English."""
    return Config(
        root=tmp_path,
        shop=Shop(
            name="Kwiaty u Ani",
            url="https://kwiaty.example",
            timezone=ZoneInfo("Europe/Warsaw"),
            languages=(PL, EN),
        ),
        contact=Contact(
            email="kwiaty.awaria@elsewhere.example",
            phone="+48600100200",
            hours={"pl": "codziennie 8–20", "en": "daily 8am–8pm"},
            links={"Facebook": "https://www.facebook.com/kwiaty"},
        ),
        primary=Primary(probe="https://kwiaty.example/", contains="Dodaj do koszyka"),
        hosts=(HostTable("folder", "folder", object()),),
        dns=(),
        state=State("folder", object()),
    )


@pytest.fixture
def rendering(config: Config) -> Rendering:
    """Render *sources* as the shop; ``shop`` changes what the configuration says."""

    def rendered(
        sources: Mapping[str, bytes | str] = {},
        /,
        *,
        bare: bool = False,
        **shop: object,
    ) -> Rendered:
        asked = evolve(config, shop=evolve(config.shop, **shop))
        words: dict[str, bytes | str] = {**({} if bare else OUTAGE), **sources}
        return render(
            asked,
            {k: v.encode() if isinstance(v, str) else v for k, v in words.items()},
            theme(asked),
            {each: shipped.catalogue(each) for each in asked.shop.languages},
        )

    return rendered


def theme(config: Config) -> Theme:
    """Return the theme that *config* names, one of ours."""
    with dressed(config) as dress:
        return dress.theme


def page(rendered: Rendered, path: str = "index.html") -> str:
    """Return the text of the file at *path*."""
    return rendered.site.file(path).body.decode()
