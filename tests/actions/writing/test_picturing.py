"""A site's picture: the owner's own, one that is drawn and kept, or none."""

import io
from pathlib import Path

import pytest
from attrs import evolve
from PIL import Image

from fallback.actions.build import build
from fallback.actions.writing import picturing
from fallback.actions.writing.picturing import pictured
from fallback.core.config import Brand, Config, HostTable, Shop, State
from fallback.core.settings.colours import Colour
from fallback.page import drawing
from fallback.stores.folder import Settings
from fallback.stores.journal import state_folder
from tests.fakes.config import small_config

STATUS = "https://d111.cloudfront.net"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A site with a status address and words; its state is all below *tmp_path*."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    root = tmp_path / "site"
    (root / "content").mkdir(parents=True)
    (root / "content" / "outage.en.md").write_text("A disk broke.")
    hosts = (HostTable("folder", "folder", object(), STATUS),)
    return small_config(root, hosts, state=State("folder", Settings()))


def given(config: Config, name: str, body: bytes | None = None) -> Config:
    """Return *config* with the picture *name*, which holds *body*."""
    if body is not None:
        (config.root / name).write_bytes(body)
    return evolve(config, shop=evolve(config.shop, share_image=config.root / name))


def png(size: tuple[int, int] = (1200, 630)) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, "red").save(body, "PNG")
    return body.getvalue()


def test_the_owner_s_picture_is_published_as_it_is(config: Config) -> None:
    made = build(given(config, "share.png", png()), out=None)

    assert made.site.file("_fallback/share.png").body == png()
    page = made.site.file("index.html").body.decode()
    assert f'content="{STATUS}/_fallback/share.png"' in page


@pytest.mark.parametrize(
    ("body", "why"),
    [(None, "cannot be read: No such file"), (b"<svg/>", "neither a PNG nor a JPEG"),
     (png((20, 20)), "20 by 20 pixels"), (bytes(20 * 2**20), "larger than 1024 kB")],
)  # fmt: skip
def test_a_picture_that_cannot_be_used_costs_only_itself(
    config: Config, body: bytes | None, why: str
) -> None:
    made = build(given(config, "share.png", body), out=None)

    (problem,) = made.left_out
    assert (problem.file, made.code) == ("share.png", 3)
    assert why in str(problem.what)
    assert problem.remedy
    assert "og:image" not in made.site.file("index.html").body.decode()


def test_no_file_from_outside_the_site_is_published(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    (config.root / "link.png").symlink_to(tmp_path / "secret.png")
    (config.root / "circle.png").symlink_to("circle.png")
    for name in ("link.png", "circle.png", "../secret.png", "content"):
        assert pictured(given(config, name)).picture is None


def test_a_link_leads_no_drawn_picture_out_of_the_state(
    config: Config, tmp_path: Path
) -> None:
    """A site that came from elsewhere may hold any link."""
    (tmp_path / "outside").mkdir()
    state = state_folder(config)
    state.mkdir(parents=True)
    (state / "cache").symlink_to(tmp_path / "outside")

    assert pictured(config).picture is not None
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_picture_is_drawn_once_and_kept(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the name or the colours are others."""
    first = pictured(config).picture
    monkeypatch.setattr(drawing, "drawn", lambda *_: None)

    assert first is not None
    assert pictured(config).picture == first
    renamed = evolve(config, shop=Shop("Kwiaty u Oli", config.shop.url))
    red = evolve(config, brand=Brand(color=Colour(150, 0, 0)))
    for other in (renamed, red):
        told = pictured(other)
        assert told.picture is None
        assert "no picture was drawn" in str(told.noticed[0].what)


def test_what_cannot_be_drawn_is_said_and_tried_once(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    emoji = evolve(config, shop=Shop("Flowers \U0001f338", config.shop.url))

    first = build(emoji, out=None)
    monkeypatch.setattr(drawing, "drawn", lambda *_: pytest.fail("drawn again"))
    again = build(emoji, out=None)

    assert first.code == again.code == 0
    for made in (first, again):
        assert "share_image below [shop]" in str(made.noticed[-1].remedy)


def test_without_pillow_or_a_status_address_there_is_no_picture(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = evolve(config, hosts=(HostTable("folder", "folder", object()),))
    assert pictured(nowhere) == picturing.Pictured()
    unshown = pictured(given(nowhere, "share.png", png()))
    assert (unshown.picture, unshown.left_out) == (None, ())
    assert "no host has a status address" in str(unshown.noticed[0].what)

    monkeypatch.setattr(picturing, "find_spec", lambda name: None)
    assert pictured(config) == picturing.Pictured()
    assert pictured(given(config, "share.png", png())).picture is not None
