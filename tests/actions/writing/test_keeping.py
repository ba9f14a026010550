"""What was rendered before is remembered: the bytes are the same, only sooner."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fallback.actions.build import build
from fallback.actions.site import load
from fallback.actions.writing import keeping
from fallback.page.themes.theme import Sheet
from fallback.wire import shipped
from fallback.wire.kept import Kept, secret
from tests.actions.test_build import SETTINGS, files

CACHE = ".fallback/cache/rendered"
EVIL = b"<script>alert(1)</script>"

Building = Callable[[], dict[str, bytes]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own key apart, and let a short log be a long one."""
    folder = tmp_path / "home"
    monkeypatch.setattr("platformdirs.user_state_path", lambda *_, **__: folder)
    monkeypatch.setattr(keeping, "WORTH_IT", 40)
    monkeypatch.setattr("fallback.page.render.ON_THE_PAGE", 10)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with a log long enough to be remembered."""
    root = tmp_path / "site"
    (root / "content" / "updates").mkdir(parents=True)
    (root / "fallback.toml").write_text(SETTINGS, "utf-8")
    (root / "content" / "outage.pl.md").write_text("Dysk się zepsuł.", "utf-8")
    for n in range(keeping.WORTH_IT):
        update(root, n)
    return root


def update(root: Path, number: int, words: str = "Wymieniamy *dysk*.") -> None:
    name = (
        f"2026-11-{1 + number // 1440:02}T{number // 60 % 24:02}{number % 60:02}.pl.md"
    )
    (root / "content" / "updates" / name).write_text(f"{words} {number}", "utf-8")


@pytest.fixture
def building(site: Path) -> Building:
    def built() -> dict[str, bytes]:
        shutil.rmtree(site / "public", ignore_errors=True)
        build(load(site), out=site / "public")
        return files(site / "public")

    return built


def forgotten(site: Path, building: Building) -> dict[str, bytes]:
    """What is built by somebody who remembers nothing."""
    shutil.rmtree(site / ".fallback", ignore_errors=True)
    return building()


def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each page that is rendered from now on, by its kind."""
    kinds: list[str] = []
    real = Sheet.render

    def render(self: Sheet, view: dict[str, str]) -> bytes:
        kinds.append(view["kind"])
        return real(self, view)

    monkeypatch.setattr(Sheet, "render", render)
    return kinds


def test_a_second_build_renders_no_old_page_and_reads_no_old_text(
    site: Path, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = building()
    assert (site / CACHE).is_file()
    kinds = rendered(monkeypatch)
    monkeypatch.setattr("fallback.page.content.leaves.drafted", None)

    assert building() == first
    assert set(kinds) == {"front"}


def test_after_one_more_update_little_is_rendered(
    site: Path, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is what a build from nothing would have made."""
    building()
    update(site, 200)
    kinds = rendered(monkeypatch)
    after = building()

    assert kinds.count("older") <= 2  # the part that grows, in two languages
    assert forgotten(site, building) == after


CHANGES: dict[str, Callable[[Path], object]] = {
    "an edited text": lambda root: update(root, 3, "Inaczej."),
    "a text less": lambda root: next(
        (root / "content" / "updates").iterdir()
    ).unlink(),
    "another name of the shop": lambda root: (root / "fallback.toml").write_text(
        SETTINGS.replace("u Ani", "u Oli"), "utf-8"
    ),
    "another zone": lambda root: (root / "fallback.toml").write_text(
        SETTINGS.replace("Europe/Warsaw", "Asia/Tokyo"), "utf-8"
    ),
    "another phone": lambda root: (root / "fallback.toml").write_text(
        SETTINGS.replace("600100200", "600100299"), "utf-8"
    ),
    "a language more": lambda root: (root / "fallback.toml").write_text(
        SETTINGS.replace('["pl", "en"]', '["pl", "en", "de"]'), "utf-8"
    ),
    "another order of languages": lambda root: (root / "fallback.toml").write_text(
        SETTINGS.replace('["pl", "en"]', '["en", "pl"]'), "utf-8"
    ),
    "a theme of its own": lambda root: (
        (root / "themes" / "plain").mkdir(parents=True),
        (root / "themes" / "plain" / "style.css").write_text("h1 { color: teal }"),
    ),
    "a resolved outage": lambda root: (
        root / "content" / "updates" / "2026-11-20T1000.pl.md"
    ).write_text("status: resolved\n\nDziałamy.", "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_the_page_is_as_if_nothing_was_remembered(
    site: Path, building: Building, name: str
) -> None:
    before = building()
    CHANGES[name](site)
    after = building()

    assert after != before
    assert forgotten(site, building) == after


@pytest.mark.parametrize("part", ["sentences", "programs", "rules of time"])
def test_what_we_bring_ourselves_is_not_mistaken_for_what_it_was(
    building: Building, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Another release says other words, cleans otherwise, or knows other clocks."""
    building()
    kinds = rendered(monkeypatch)
    if part == "sentences":
        english = shipped.catalogue("en")
        monkeypatch.setattr(shipped, "catalogue", lambda _: english)
    elif part == "programs":
        monkeypatch.setattr(keeping, "__version__", "999")
    else:
        monkeypatch.setattr(keeping, "_rules", lambda _: b"TZif2 of another year")
    building()

    assert "older" in kinds


@pytest.mark.parametrize("room", ["core", "page"])
def test_a_change_in_any_room_of_ours_makes_everything_older(room: str) -> None:
    stamp = keeping._programs().decode()
    modules = [*(shipped.PACKAGE / room).rglob("*.py")]

    assert any(module.parent.parent.name == room for module in modules)
    assert all(f"{module} " in stamp for module in modules)


def test_what_is_there_for_a_moment_makes_nothing_older(
    building: Building, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Half-written files of a compiler, and what is gone when it is looked at."""
    room = tmp_path / "ours" / "page"
    (room / "__pycache__").mkdir(parents=True)
    (room / "live.js").write_text("// pass")
    monkeypatch.setattr(keeping, "PACKAGE", room.parent)
    building()
    (room / "__pycache__" / "leaves.cpython-311.pyc.140").write_bytes(b"half")
    (room / "live.77.new").write_text("half")
    (room / "gone.py").symlink_to("nowhere")
    (room / "round.py").symlink_to("round.py")
    kinds = rendered(monkeypatch)
    building()

    assert set(kinds) == {"front"}


def test_a_forged_cache_is_no_way_onto_the_page(
    site: Path, building: Building, tmp_path: Path
) -> None:
    """Whoever may write an update may not write what no update may say."""
    first = building()
    own = secret(tmp_path / "home")
    assert own
    stamp = keeping._programs() + (keeping._rules(load(site).shop.timezone) or b"")
    honest = Kept(site / CACHE, own, stamp)
    assert len(honest)
    forged = Kept(site / CACHE, b"f" * 32, stamp)
    for name in honest:
        forged[name] = EVIL
    forged.save()
    assert EVIL in (site / CACHE).read_bytes()

    assert building() == first
    assert not any(EVIL in body for body in building().values())


@pytest.mark.parametrize(
    "body", [b"", b"fallback kept 1\n", b"\0" * 99, b"gASVDwAAAAAAAAA=" * 9]
)
def test_a_spoilt_cache_is_rebuilt_without_a_word(
    site: Path, building: Building, body: bytes
) -> None:
    first = building()
    (site / CACHE).write_bytes(body)

    assert building() == first
    assert len((site / CACHE).read_bytes()) > 10_000


def test_a_folder_that_cannot_be_written_costs_only_time(
    site: Path, building: Building
) -> None:
    (site / ".fallback").mkdir()
    (site / ".fallback" / "cache").write_text("a file is in the way")

    first = building()
    assert building() == first
    assert (site / ".fallback" / "cache").read_text() == "a file is in the way"


def test_a_link_leads_nothing_out_of_the_state(
    site: Path, building: Building, tmp_path: Path
) -> None:
    """A site that came from elsewhere may hold any link, one in a circle too."""
    (tmp_path / "outside").mkdir()
    (site / ".fallback").mkdir()
    (site / ".fallback" / "cache").symlink_to(tmp_path / "outside")
    building()

    assert list((tmp_path / "outside").iterdir()) == []

    (site / ".fallback" / "cache").unlink()
    (site / ".fallback" / "cache").symlink_to("cache")
    assert building()["index.html"]


def test_without_a_home_nothing_is_kept(
    site: Path, building: Building, home: Path
) -> None:
    home.write_text("no folder")

    assert building() == building()
    assert not (site / CACHE).exists()


def test_a_usual_site_keeps_nothing(site: Path, building: Building) -> None:
    """It is rendered sooner than a cache is opened."""
    for path in sorted((site / "content" / "updates").iterdir())[:20]:
        path.unlink()
    building()

    assert not (site / ".fallback").exists()


def test_what_was_rendered_is_kept_when_the_disk_is_full_later(
    site: Path, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit = []

    def full(path: Path, body: bytes, **_: object) -> None:
        hit.append(path)
        raise OSError(28, os.strerror(28), str(path))

    monkeypatch.setattr("fallback.actions.build.replace", full)
    with pytest.raises(Exception, match="No space"):
        building()

    assert hit
    assert (site / CACHE).is_file()
