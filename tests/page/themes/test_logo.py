"""A logo becomes a part of the page: small, still, and nothing but a drawing."""

import io
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import Browser

from fallback.page.themes.logo import MOST_SOURCE, Unusable, address
from tests.servers.browser import launched

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"'
SQUARE = '<path d="M0 0h9v9H0z" fill="#b32"/>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


def svg(inside: str = SQUARE, attributes: str = "") -> bytes:
    return f"{HEAD}{attributes}>{inside}</svg>".encode()


def drawing(made: str) -> str:
    return unquote(made.removeprefix("data:image/svg+xml,"))


def picture(kind: str, size: tuple[int, int] = (60, 20), **more: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "#b3261e").save(stream, kind, **more)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_small_picture_is_taken_as_it_is(kind: str) -> None:
    assert address(picture(kind)).startswith(f"data:image/{kind.lower()};base64,")


def test_a_drawing_is_written_anew_without_what_programs_remember() -> None:
    body = b"""\xef\xbb\xbf<?xml version="1.0"?><!-- Inkscape -->
      <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://inkscape" x:v="1"
           width="90px" height="30">
        <metadata>who drew it</metadata><x:view zoom="2"/>
        <style>.a{fill:#b32}</style>
        <g id="a"><rect class="a" width="9" height="9" onmouse=""/></g>
      </svg>""".replace(b' onmouse=""', b"")

    assert drawing(address(body)) == (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 30'>"
        "<style>.a{fill:#b32}</style>"
        "<g id='a'><rect class='a' width='9' height='9'/></g></svg>"
    )


@pytest.mark.parametrize(
    ("inside", "attributes"),
    [
        ("<script>alert(1)</script>", ""),
        ('<x:script xmlns:x="http://x">1</x:script>', ""),
        ("<foreignObject><p/></foreignObject>", ""),
        ('<image href="https://evil.example/x.png"/>', ""),
        ('<image href="data:image/png;base64,x"/>', ""),
        ('<use href="https://evil.example/x.svg#a"/>', ""),
        ('<use x:href="other.svg#a" xmlns:x="http://www.w3.org/1999/xlink"/>', ""),
        ('<a href="javascript:alert(1)"><path d=""/></a>', ""),
        ('<path fill="url(https://evil.example/#a)"/>', ""),
        ('<path style="fill:URL ( //evil.example )"/>', ""),
        ("<style>@import 'https://evil.example/x.css';</style>", ""),
        ("<style>p{background:u\\72l(x)}</style>", ""),
        ("<set attributeName='href' to='javascript:alert(1)'/>", ""),
        ("<animate attributeName='x' from='0' to='9'/>", ""),
        (SQUARE, " onload='alert(1)'"),
        ("<g>" * 60 + "</g>" * 60, ""),
    ],
)
def test_a_drawing_that_could_do_something_is_refused(
    inside: str, attributes: str
) -> None:
    with pytest.raises(Unusable) as caught:
        address(svg(inside, attributes))

    assert str(caught.value.remedy)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\x00" * (MOST_SOURCE + 1), "too heavy"),
        (picture("PNG", (900, 900), compress_level=0), "too heavy"),
        (b"GIF89a" + b"x" * 40, "not a PNG, JPEG, WebP or SVG"),
        (b"\x1f\x8b\x08 zipped", "not a PNG, JPEG, WebP or SVG"),
        (b"", "not a PNG, JPEG, WebP or SVG"),
        (b"<svg", "cannot be read"),
        (b"<html><svg/></html>", "not an SVG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "how large it is"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>', "could run or load"),
        (svg("<path d='" + "M1 2" * 20_000 + "'/>"), ""),
    ],
)
def test_what_cannot_be_shown_says_why(body: bytes, why: str) -> None:
    if not why:  # it squeezes well
        assert address(body)
        return
    with pytest.raises(Unusable) as caught:
        address(body)

    assert why in str(caught.value.what)


def test_a_picture_that_moves_is_refused() -> None:
    """The page is calm, and nobody is made sick by it."""
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    for kind in ("PNG", "WEBP"):
        stream = io.BytesIO()
        frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
        with pytest.raises(Unusable, match="moves"):
            address(stream.getvalue())


@given(st.binary(max_size=200))
def test_whatever_it_is_it_becomes_an_address_or_a_remedy(body: bytes) -> None:
    for each in (body, svg().replace(SQUARE.encode(), body)):
        try:
            made = address(each)
        except Unusable as unusable:
            assert str(unusable.remedy)
        else:
            assert not set(made) & set('<>" \n#')


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)


@given(TEXTS)
def test_letters_in_a_drawing_stay_letters(text: str) -> None:
    spelled = text.replace("&", "&amp;").replace("<", "&lt;")
    made = drawing(address(svg(f"<text>{spelled}</text>")))

    root = ET.fromstring(made)
    assert [each.tag.rpartition("}")[2] for each in root.iter()] == ["svg", "text"]
    assert (root[0].text or "") == text


def test_a_browser_draws_what_we_wrote(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    for body in (svg(), picture("PNG"), picture("WEBP")):
        page.set_content(f'<img src="{address(body)}" style="height:40px" alt="">')
        width = page.evaluate(
            "() => { const i = document.querySelector('img');"
            " return i.decode().then(() => i.naturalWidth) }"
        )
        assert width > 0
    context.close()
