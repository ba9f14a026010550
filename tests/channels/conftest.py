"""A flower shop that speaks every language we do, and what it tells."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from fallback.channels.telling import Telling
from fallback.core.config import Config, Contact, HostTable, Primary, Shop, State
from fallback.core.model import Language
from fallback.page.content.words import tell
from fallback.page.languages import Speaker
from fallback.page.view import Viewer
from fallback.wire import shipped
from hatch_build import compile_catalogues

STATUS = "https://status.elsewhere.example"
OUTAGE = "started: 2026-11-22 09:40\n\n## Co sie stalo\n\nDysk sie zepsul."
UPDATE = """\
title: {title}
status: {status}
eta: {eta}
next: {next}
at: 2026-11-22 10:40

Wymieniamy **dysk**.
"""


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """Translate by the sentences of today, not by those of the last installation."""
    compile_catalogues()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        root=tmp_path,
        shop=Shop(
            name="Kwiaty u Ani",
            url="https://kwiaty.example",
            timezone=ZoneInfo("Europe/Warsaw"),
            languages=("pl", *(c for c in shipped.languages() if c != "pl")),  # type: ignore[arg-type]
        ),
        contact=Contact(
            email="kwiaty.awaria@elsewhere.example",
            phone="+48600100200",
            hours={"pl": "codziennie 8–20", "": "8–20"},
            links={"Facebook": "https://www.facebook.com/kwiaty"},
        ),
        primary=Primary(probe="https://kwiaty.example/", contains="Dodaj do koszyka"),
        hosts=(HostTable("folder", "folder", object(), STATUS),),
        dns=(),
        state=State("folder", object()),
    )


Tells = Callable[..., Telling]


@pytest.fixture
def telling(config: Config) -> Tells:
    """Tell the outage in *language*; options change the update and the settings."""

    def tells(
        language: str = "pl",
        *,
        status: str = "identified",
        eta: str = "2026-11-22 15:30",
        following: str = "2026-11-22 13:00",
        title: str = "Zepsuł się dysk",
        now: str = "",
        settings: Config = config,
        words: bool = True,
    ) -> Telling:
        update = UPDATE.format(status=status, eta=eta, next=following, title=title)
        sources = {"content/outage.pl.md": OUTAGE.encode()}
        if words:
            sources["content/updates/2026-11-22T1040.pl.md"] = update.encode()
        told = tell(settings, sources)
        speakers = [
            Speaker.of(code, shipped.catalogue(code))
            for code in settings.shop.languages
        ]
        speaker = next(each for each in speakers if each.language == language)
        at = datetime.fromisoformat(now) if now else None
        return Telling(settings, told, speakers, speaker, at)

    return tells


def on_the_page(telling: Telling) -> dict[str, str]:
    """Return the strings that the page shows in the same language."""
    viewer = Viewer(telling.config, telling.told, telling.speakers, telling.speaker)
    return {**viewer.said.now, "line": viewer.said.line}


def with_status(config: Config, url: str) -> Config:
    return evolve(config, hosts=(HostTable("folder", "folder", object(), url),))


LANGUAGES = [Language(code) for code in shipped.languages()]
