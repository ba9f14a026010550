"""What machines are told about the shop, and what stands beside a shared link."""

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fallback.core.config import Config, HostTable, Shop
from fallback.core.errors import Problem
from fallback.core.model import Language
from fallback.page.content.pictures import MOST_BYTES, Picture, judged
from fallback.page.content.reading import clean_line
from fallback.page.render import Rendered, render
from fallback.page.structured import structured
from fallback.wire import shipped
from tests.fakes.config import small_config
from tests.page.conftest import Rendering, page, theme

STATUS = "https://d111.cloudfront.net"
PICTURE = Picture(b"\x89PNG\r\n\x1a\n", "png", 1200, 630)
WORDS = {
    "content/outage.pl.md": b"started: 2026-11-22 09:40\neta: 2026-11-22 14:30\n\nDysk."
}


def shared(
    config: Config, picture: Picture | None = PICTURE, status: str = STATUS
) -> Rendered:
    """Return the site of a shop whose page has an address of its own."""
    known = evolve(config, hosts=(HostTable("folder", "folder", object(), status),))
    catalogues = {each: shipped.catalogue(each) for each in ("pl", "en", "ar")}
    return render(known, WORDS, theme(known), catalogues, picture=picture)


class Head(HTMLParser):
    """Collects what a page says in its head, by name or property."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for key in ("name", "property"):
            if tag == "meta" and given.get(key):
                self.said.setdefault(given[key] or "", []).append(
                    given.get("content") or ""
                )


def said(text: str) -> dict[str, list[str]]:
    head = Head()
    head.feed(text)
    return head.said


def test_a_shared_link_says_what_is_always_true(config: Config) -> None:
    """Names, and no time: others keep what they once read."""
    found = said(page(shared(config)))

    title = "Przepraszamy, sklep Kwiaty u Ani jest teraz niedostępny"
    assert found["og:title"] == [title]
    assert found["og:description"] == found["description"]
    assert found["og:site_name"] == ["Kwiaty u Ani"]
    assert found["og:url"] == [f"{STATUS}/"]
    assert found["og:image"] == [f"{STATUS}/_fallback/share.png"]
    assert found["og:image:alt"] == ["Kwiaty u Ani"]
    for key, values in found.items():
        if key.startswith("og:") and "image" not in key:
            assert not re.search(r"\d\d", values[0].replace("d111", "")), key


def test_each_language_speaks_for_itself(config: Config) -> None:
    """Those that only we speak say so, too."""
    found = said(page(shared(config), "_fallback/ar.html"))

    assert found["og:url"] == [f"{STATUS}/_fallback/ar.html"]


def test_without_a_status_address_nothing_is_shared(
    config: Config, rendering: Rendering
) -> None:
    """Who reads Open Graph does not ask an address that answers 503."""
    for rendered in (shared(config, status=""), rendering(WORDS)):
        assert not [key for key in said(page(rendered)) if key.startswith("og:i")]
        assert "og:title" not in said(page(rendered))
        assert not [file for file in rendered.site if "share" in file.path]


def test_the_picture_is_a_file_of_the_site(config: Config) -> None:
    """With a type of our own table, and in no cache for long."""
    site = shared(config, evolve(PICTURE, ending="jpg")).site
    file = site.file("_fallback/share.jpg")

    assert (file.content_type, file.body) == ("image/jpeg", PICTURE.body)
    assert shared(config).site.file("_fallback/share.png").content_type == "image/png"
    assert "og:image" not in said(page(shared(config, None)))


SCHEMA = {
    "OnlineStore": {"name": str, "url": str, "email": str, "telephone": str},
}
"""The part of schema.org that the block uses: properties and what they hold."""


def conforms(thing: dict[str, Any]) -> bool:
    properties = SCHEMA[thing["@type"]]
    return thing.keys() - {"@type"} == properties.keys() and all(
        conforms(thing[key]) if isinstance(kind, str) else isinstance(thing[key], kind)
        for key, kind in properties.items()
    )


def test_machines_are_told_who_the_shop_is(rendering: Rendering) -> None:
    """In words of schema.org, and the same on every page of a build."""
    rendered = rendering(WORDS)
    blocks = {
        block
        for file in rendered.site
        if file.path.endswith(".html")
        for block in re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', file.body.decode()
        )
    }

    (block,) = blocks
    told = json.loads(block)
    assert told.pop("@context") == "https://schema.org"
    assert conforms(told)
    assert told["name"] == "Kwiaty u Ani"
    assert told["telephone"] == "+48600100200"


@given(st.text(min_size=1))
def test_no_name_of_a_shop_can_leave_the_block(name: str) -> None:
    """Not even one that is made to: what is told is still what was written."""
    for hostile in (name, f"</script>{name}", f"<!--{name}<script>", f"]]>{name}&lt;"):
        shop = Shop(hostile, "https://a.example", languages=(Language("pl"),))
        text = structured(small_config(Path(), shop=shop))

        assert not re.search("[<>&\u2028\u2029]", text)
        assert json.loads(text)["name"] == clean_line(hostile)


def drawing(kind: str, size: tuple[int, int] = (1200, 630), **more: object) -> bytes:
    body = io.BytesIO()
    Image.effect_noise(size, 9).convert("RGB").save(body, kind, **more)
    return body.getvalue()


@pytest.mark.parametrize(
    ("kind", "ending", "more"),
    [("PNG", "png", {}), ("JPEG", "jpg", {}),
     ("JPEG", "jpg", {"progressive": True, "comment": b"x" * 9000}),
     ("JPEG", "jpg", {"exif": b"Exif\0\0" + bytes(2000), "dpi": (72, 72)})],
)  # fmt: skip
def test_a_picture_of_the_owner_s_is_known_by_what_it_is(
    kind: str, ending: str, more: dict[str, object]
) -> None:
    found = judged("share.gif", drawing(kind, (640, 320), quality=5, **more))

    assert isinstance(found, Picture)
    assert (found.ending, found.width, found.height) == (ending, 640, 320)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "neither a PNG nor a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "neither a PNG"),
        (b"GIF89a" + bytes(100), "neither a PNG nor a JPEG"),
        (drawing("WEBP", (300, 300)), "neither a PNG nor a JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "neither a PNG nor a JPEG"),
        (b"\xff\xd8\xff\xe0\x00\x00" + bytes(100), "neither a PNG nor a JPEG"),
        (drawing("PNG", (64, 64)), "64 by 64 pixels"),
        (bytes(MOST_BYTES + 1), "larger than 1024 kB"),
    ],
)
def test_what_no_network_would_show_is_left_out(body: bytes, why: str) -> None:
    """Named, with what to do about it."""
    found = judged("share.png", body)

    assert isinstance(found, Problem)
    assert (found.file, why in str(found.what)) == ("share.png", True)
    assert found.remedy


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
                                                b"\xff\xd8\xff"]))  # fmt: skip
def test_whatever_the_bytes_are_a_size_comes_out_or_nothing(
    body: bytes, start: bytes
) -> None:
    found = Picture.of(start + body)

    assert found is None or (found.width > 0 and found.height > 0)
