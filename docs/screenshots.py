"""Take the README's pictures of the real page: ``make screenshots``.

The example shop is built as it stands in this repository and opened in a browser at a
moment of its own story, so that the same words give the same pictures.
"""

import io
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen
from PIL import Image
from playwright.sync_api import Browser

from fallback.actions.build import build
from fallback.actions.site import load
from tests.servers.browser import launched

DOCS = Path(__file__).parent
ROOT = DOCS.parent
NOW = datetime.fromisoformat("2026-11-22T11:20:00+01:00")
"""Between the example's second message and the next one that it promises."""
PHONE, DESKTOP = (412, 915), (1280, 800)
COLOURS = 64
BRAND = """
[brand]
logo = "logo.svg"
color = "#b3261e"
background = "#fffaf5"
"""


@frozen
class Picture:
    """One file in docs/: a theme on a screen, in light or dark, in a language."""

    name: str
    theme: str = "plain"
    size: tuple[int, int] = PHONE
    scheme: str = "light"
    page: str = "_fallback/en.html"
    locale: str = "en-GB"


PICTURES = (
    Picture("page-phone"),
    Picture("page-phone-dark", scheme="dark"),
    Picture("page-desktop", size=DESKTOP),
    Picture("brand-phone", "brand", page="index.html", locale="pl-PL"),
    Picture("brand-desktop", "brand", DESKTOP, "dark"),
    Picture("letter-phone", "letter"),
)


def taken(folder: Path) -> Iterator[Path]:
    """Take every picture into *folder*; yield each file as it is written."""
    with launched() as browser, TemporaryDirectory() as work:
        sites = {theme: _built(theme, Path(work)) for theme in _themes()}
        for picture in PICTURES:
            image = _shot(browser, picture, sites[picture.theme] / picture.page)
            path = folder / f"{picture.name}.png"
            image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
            yield path


def _themes() -> set[str]:
    return {picture.theme for picture in PICTURES}


def _built(theme: str, work: Path) -> Path:
    """Build the example shop in *theme*; return the folder that is published."""
    site = work / theme
    shutil.copytree(ROOT / "content", site / "content")
    shutil.copy(DOCS / "logo.svg", site)
    settings = (ROOT / "fallback.toml").read_text("utf-8")
    settings = settings.replace('"plain"', f'"{theme}"', 1)
    brand = BRAND if theme == "brand" else ""
    (site / "fallback.toml").write_text(settings + brand, "utf-8")
    build(load(site), out=site / "public")
    return site / "public"


def _shot(browser: Browser, picture: Picture, page: Path) -> Image.Image:
    width, height = picture.size
    tab = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        locale=picture.locale,
        device_scale_factor=2 if picture.size == PHONE else 1,
    )
    tab.clock.set_fixed_time(NOW)  # an ETA that has passed is a page that says so
    tab.goto(page.as_uri())
    body = tab.screenshot()
    tab.context.close()
    return Image.open(io.BytesIO(body)).convert("RGB")


if __name__ == "__main__":
    for written in taken(DOCS):
        size = written.stat().st_size
        sys.stdout.write(f"{written.relative_to(ROOT)}: {size} bytes\n")
