"""``build``: the site folder in, a finished site out, and nothing else touched."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fallback.actions.build import BuildResult, build
from fallback.actions.site import load
from fallback.core.errors import ContentError, FallbackError, UsageError
from fallback.core.model import MANIFEST
from fallback.wire import durable, shipped

SETTINGS = """
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
timezone = "Europe/Warsaw"
languages = ["pl", "en"]
workers = ["/sw.js"]
[contact]
email = "kwiaty.awaria@elsewhere.example"
phone = "+48600100200"
[primary]
contains = "Dodaj do koszyka"
[[hosts]]
kind = "folder"
path = "copy"
"""
SCRIPT = """
import sys
from pathlib import Path
from fallback.actions.build import build
from fallback.actions.site import load
build(load(Path(sys.argv[1])), out=Path(sys.argv[2]))
"""
UPDATE = "content/updates/2026-11-22T1015.pl.md"

Building = Callable[[], BuildResult]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site folder with one outage and one update."""
    root = tmp_path / "site"
    (root / "content" / "updates").mkdir(parents=True)
    (root / "fallback.toml").write_text(SETTINGS, "utf-8")
    (root / "content" / "outage.pl.md").write_text("Dysk się zepsuł.", "utf-8")
    (root / UPDATE).write_text("status: identified\n\nWymieniamy.", "utf-8")
    return root


@pytest.fixture
def building(site: Path) -> Building:
    return lambda: build(load(site), out=site / "public")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_folder_holds_what_the_contract_lists(
    site: Path, building: Building
) -> None:
    """And the manifest names every file but itself."""
    result = building()

    held = files(site / "public")
    elsewhere = set(shipped.languages()) - {"pl", "en"}
    assert len(elsewhere) == 12
    of_others = {
        f"_fallback/{name.format(code)}"
        for name in ("{}.html", "feed.{}.json")
        for code in elsewhere
    }
    of_channels = {
        f"_fallback/announce/{channel}.{code}.{ending}"
        for code in ("pl", "en")
        for channel in ("social", "mail", "phone", "autoreply")
        for ending in ("txt", *(["xml"] if channel == "phone" else []))
    }
    assert set(held) - of_others - of_channels == {
        "index.html", "404.html", "robots.txt", "sw.js", "_headers", "_redirects",
        "_fallback/en.html", "_fallback/feed.json", "_fallback/feed.en.json",
        "_fallback/feed.xml", "_fallback/feed.en.xml", "_fallback/manifest.json",
    }  # fmt: skip
    assert of_others | of_channels <= set(held)
    assert set(json.loads(held[MANIFEST])["files"]) == set(held) - {MANIFEST}
    assert held == {file.path: file.body for file in result.site}
    assert result.code == 0


def test_the_answer_for_machines_has_the_contracts_keys(
    site: Path, building: Building
) -> None:
    """Every loss with file, line, problem and the mended text."""
    (site / UPDATE).write_text("status: resolvd\n\nx", "utf-8")

    result = building()

    answer = result.as_json()
    assert answer["out"] == str(site / "public")
    assert "index.html" in answer["files"]
    (lost,) = answer["left_out"]
    assert lost["file"] == UPDATE
    assert lost["line"] == 1
    assert lost["problem"] == "resolvd is no status"
    assert lost["mended"] == "status: resolved"
    assert result.code == 3


def test_what_is_wrong_is_told_before_what_was_made(
    site: Path, building: Building
) -> None:
    """What matters stands last, where people look first."""
    (site / UPDATE).write_text("status: resolvd\n\nx", "utf-8")

    told = [str(line) for line in building().told()]

    first = told.index(f"{UPDATE}:1: resolvd is no status")
    assert first < told.index("    mended: status: resolved") < len(told) - 2
    assert told[-1].startswith("the page is there, but what is named above is not")


def test_the_same_folder_gives_the_same_bytes_in_every_zone(site: Path) -> None:
    """As whole processes: no clock, no locale, no hash seed has a say."""
    made = []
    for seed, zone in enumerate(
        ("UTC", "Asia/Tokyo", "America/St_Johns", "Pacific/Chatham", "Etc/GMT+12")
    ):
        out = site.parent / f"out{seed}"
        subprocess.run(
            [sys.executable, "-c", SCRIPT, site, out],
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": str(seed),
                 "LANG": ("C", "pl_PL.UTF-8")[seed % 2]},
            check=True,
        )  # fmt: skip
        made.append(files(out))

    assert all(each == made[0] for each in made)


def test_a_second_build_writes_nothing(site: Path, building: Building) -> None:
    """What did not change keeps its time, so that nothing is published again."""
    building()
    before = {path: path.stat().st_mtime_ns for path in (site / "public").rglob("*")}
    building()

    assert before == {
        path: path.stat().st_mtime_ns for path in (site / "public").rglob("*")
    }


def test_only_files_of_our_previous_manifest_are_deleted(
    site: Path, building: Building
) -> None:
    """A stranger's file in the folder is none of our business."""
    building()
    foreign = site / "public" / "google123.html"
    foreign.write_text("theirs")
    settings = SETTINGS.replace('workers = ["/sw.js"]', "workers = []")
    (site / "fallback.toml").write_text(settings, "utf-8")
    building()

    assert not (site / "public" / "sw.js").exists()
    assert foreign.read_text() == "theirs"


def test_a_manifest_that_lies_deletes_nothing_outside(
    site: Path, building: Building
) -> None:
    """Somebody may have edited it."""
    building()
    manifest = site / "public" / MANIFEST
    listed = json.loads(manifest.read_bytes())
    for path in ("../fallback.toml", "/etc/hostname", "../content/outage.pl.md"):
        listed["files"][path] = {"sha256": "0" * 64}
    manifest.write_text(json.dumps(listed))

    building()

    assert (site / "fallback.toml").exists()
    assert (site / "content" / "outage.pl.md").exists()


@pytest.mark.parametrize("out", [".", "..", "content", "content/x", "themes"])
def test_the_owners_own_files_are_never_overwritten(site: Path, out: str) -> None:
    with pytest.raises(UsageError):
        build(load(site), out=site / out)

    assert not (site / "index.html").exists()
    assert not (site / "content" / "index.html").exists()


def test_without_words_the_old_page_stays(site: Path, building: Building) -> None:
    """Exit 2, and what was built before is untouched."""
    building()
    before = files(site / "public")
    (site / "content" / "outage.pl.md").unlink()

    with pytest.raises(ContentError) as caught:
        building()

    assert caught.value.code == 2
    assert files(site / "public") == before


def test_a_link_out_of_the_site_is_not_read(site: Path, building: Building) -> None:
    """A content file is no way to publish other files of this machine."""
    secret = site.parent / "secret"
    secret.write_text("token")
    (site / "content" / "updates" / "2026-11-22T1100.pl.md").symlink_to(secret)
    (site / "content" / "updates" / "2026-11-22T1200.pl.md").symlink_to("nowhere")
    circle = site / "content" / "updates" / "2026-11-22T1300.pl.md"
    circle.symlink_to(circle)

    result = building()

    assert [problem.file[-21:] for problem in result.left_out] == [
        "2026-11-22T1100.pl.md",
        "2026-11-22T1200.pl.md",
        "2026-11-22T1300.pl.md",
    ]
    assert not any(b"token" in file.body for file in result.site)


def test_a_theme_of_one_style_sheet_dresses_the_plain_page(
    site: Path, building: Building
) -> None:
    own = site / "themes" / "own"
    own.mkdir(parents=True)
    (own / "style.css").write_text("h1 { color: teal }")
    settings = SETTINGS.replace("[contact]", 'theme = "own"\n[contact]')
    (site / "fallback.toml").write_text(settings, "utf-8")

    page = building().site.file("index.html").body.decode()

    assert re.search(r"color: ?teal", page)
    assert "+48600100200" in page


def test_a_theme_cannot_hold_a_link_to_another_file(
    site: Path, building: Building
) -> None:
    """A theme's own folder is all that a theme can show."""
    secret = site.parent / "secret.txt"
    secret.write_text("token")
    theme = site / "themes" / "odd"
    theme.mkdir(parents=True)
    (theme / "style.css").write_text("p { margin: 0 }")
    (theme / "page.html").write_text("{% include 'part.txt' %}")
    (theme / "part.txt").symlink_to(secret)
    settings = SETTINGS.replace("[contact]", 'theme = "odd"\n[contact]')
    (site / "fallback.toml").write_text(settings, "utf-8")

    with pytest.raises(ContentError):
        building()


def test_a_theme_with_a_link_in_a_circle_is_worn(
    site: Path, building: Building
) -> None:
    theme = site / "themes" / "odd"
    theme.mkdir(parents=True)
    (theme / "style.css").write_text("p { margin: 0 }")
    (theme / "part.txt").symlink_to("part.txt")
    settings = SETTINGS.replace("[contact]", 'theme = "odd"\n[contact]')
    (site / "fallback.toml").write_text(settings, "utf-8")

    assert building().code == 0


def test_a_pipe_or_a_folder_among_the_words_does_not_stop_the_page(
    site: Path, building: Building
) -> None:
    """What is no file is not read; reading a pipe would never end."""
    os.mkfifo(site / "content" / "updates" / "2026-11-22T1100.pl.md")
    (site / "content" / "updates" / "2026-11-22T1200.pl.md").mkdir()

    assert building().code == 0


def test_a_huge_file_costs_no_memory(site: Path, building: Building) -> None:
    """Five gigabytes of nothing are refused by their first megabyte."""
    with (site / "content" / "updates" / "2026-11-22T1100.pl.md").open("wb") as file:
        file.truncate(5 * 1024**3)

    result = building()

    assert [problem.file[-21:] for problem in result.left_out] == [
        "2026-11-22T1100.pl.md"
    ]


def test_a_name_that_is_no_text_is_still_named(site: Path, building: Building) -> None:
    """Other systems write names in other encodings."""
    name = os.fsencode(site / "content" / "updates") + b"/2026-11-22T1100-\xff.pl.md"
    with open(name, "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write("Słowa.".encode())

    result = building()

    assert result.code == 0
    for file in result.site:
        file.path.encode("ascii")


def test_a_full_disk_leaves_the_old_page(
    site: Path, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is the last to be replaced, so it is old or new and never half."""
    building()
    before = files(site / "public")
    (site / UPDATE).write_text("Nowe słowa.", "utf-8")
    hit = []

    def full(path: Path, body: bytes, **_: object) -> None:
        hit.append(path.name)
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("fallback.actions.build.replace", full)
    with pytest.raises(FallbackError) as caught:
        building()

    assert hit
    assert "No space left on device" in str(caught.value)
    assert files(site / "public") == before


def test_the_page_is_written_after_all_it_needs(
    site: Path, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assets, feeds, pages, the front page, and the manifest last."""
    written: list[str] = []

    def noted(path: Path, body: bytes, **_: object) -> None:
        written.append(path.relative_to(site / "public").as_posix())
        durable.replace(path, body)

    monkeypatch.setattr("fallback.actions.build.replace", noted)
    building()

    assert written[-2:] == ["index.html", MANIFEST]
    assert written.index("_fallback/feed.json") < written.index("_fallback/en.html")


def test_no_owner_file_ends_in_a_traceback(site: Path, building: Building) -> None:
    """Every hostile file at once, and there is a page that says the rest."""
    bodies = [
        b"---", b"\xff\xfe\x00", b"[" * 20000, b"1. " * 6000, b"title: [/closed]\n\nx",
        b"title: Update: we're back\n\nx", b"at: \x1b[2J\n\nx", b"\xe9t\xe9 caf\xe9",
        "—-\ntitle: “x”\n—–\nx".encode(), b"- a\n- b\n", b"\t\ttitle: x\n",
        b"<script>alert(1)</script>", b"{{ 7*7 }}{% raw %}", b"\x00" * 999,
    ]  # fmt: skip
    for number, body in enumerate(bodies):
        path = site / "content" / "updates" / f"2026-11-22T11{number:02}.pl.md"
        path.write_bytes(body)

    result = building()

    assert result.code == 3
    page = result.site.file("index.html").body.decode()
    assert "Wymieniamy." in page
    assert "<script>alert" not in page
    assert "été café" in page
