"""`fallback import` as its owner meets it: nothing is lost, nothing is overwritten."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fallback.__main__ import run
from fallback.actions.build import build
from fallback.actions.importing import LARGEST_EXPORT, Wanted, import_incident
from fallback.actions.site import load
from fallback.core.result import silent
from tests.fakes.site_folder import folder, write_site

SOURCES = Path(__file__).parents[1] / "elsewhere"
CSTATE, EXPORT = SOURCES / "cstate", SOURCES / "incidents.json"

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = write_site(tmp_path / "site", folder())
    shutil.rmtree(root / "content")
    return root


@pytest.fixture
def imports(site: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, dict[str, Any]]:
        code = run(["-C", str(site), "--json", "import", *map(str, words)])
        return code, json.loads(capsys.readouterr().out)

    return call


def problems(told: dict[str, Any]) -> str:
    return "\n".join(
        f"{each['file']}:{each['line']} {each['problem']}" for each in told["left_out"]
    )


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_an_incident_of_cstate_is_on_the_page_that_is_built_then(
    site: Path, imports: Run
) -> None:
    code, told = imports("cstate", CSTATE)
    assert code == 3
    assert [each["taken"] for each in told["incidents"]] == [True, False, False]
    page = build(load(site), out=None).site.file("index.html").body.decode()
    for words in (
        "Sklep się nie otwiera",
        "Serwer milczy od rana.",
        "Wymieniamy dysk. Dzwońcie śmiało.",
        "22 listopada 2026, 09:40",
    ):
        assert words in page
    assert "panel.elsewhere.example" not in page
    assert "https://panel.elsewhere.example/x is not in fallback.toml" in problems(told)
    assert "pictures are not shown" in problems(told)


def test_an_incident_of_statuspage_is_on_the_page_that_is_built_then(
    site: Path, imports: Run
) -> None:
    code, told = imports("statuspage", EXPORT, "--incident", "2")
    assert code == 3
    page = build(load(site), out=None).site.file("index.html").body.decode()
    for words in ("Koszyk bywa pusty.", "Koszyk znowu pamięta.", "jednego serwera"):
        assert words in page
    assert "jest znowu otwarty" in page
    assert "Koszyk wrócił!" in problems(told)


def test_planned_work_keeps_its_beginning_and_its_end(site: Path, imports: Run) -> None:
    imports("statuspage", EXPORT)
    made = build(load(site), out=None).site
    feed = json.loads(made.file("_fallback/feed.json").body)["_fallback"]
    assert (feed["state"], feed["started"], feed["eta"]) == (
        "scheduled",
        "2026-12-01T22:00:00+01:00",
        "2026-12-02T02:00:00+01:00",
    )


@pytest.mark.parametrize(("kind", "path"), [("cstate", CSTATE), ("statuspage", EXPORT)])
def test_running_it_again_writes_nothing_new_and_says_so(
    site: Path, imports: Run, kind: str, path: Path
) -> None:
    _, first = imports(kind, path, "--incident", "all")
    before = tree(site)
    code, again = imports(kind, path, "--incident", "all")
    assert tree(site) == before
    assert (again["files"], again["kept"]) == ([], [])
    assert sorted(again["there"]) == sorted(each["file"] for each in first["files"])
    assert problems(again) == problems(first)
    assert code == 3
    for number in ("1", "2"):
        imports(kind, path, "--incident", number)
    assert tree(site) == before


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(
    site: Path, imports: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(site)
    _, dry = imports("cstate", CSTATE, "--dry-run")
    assert tree(site) == before
    run(["-C", str(site), "import", "cstate", str(CSTATE), "--dry-run"])
    assert "Serwer milczy od rana." in capsys.readouterr().out
    _, real = imports("cstate", CSTATE)
    assert dry["files"] == real["files"]
    assert all(
        (site / each["file"]).read_text("utf-8") == each["text"]
        for each in real["files"]
    )


def test_what_the_owner_wrote_or_edited_stays_and_is_named(
    site: Path, imports: Run
) -> None:
    own = site / "content/outage.pl.md"
    own.parent.mkdir()
    own.write_text("title: Moje słowa\n\nNic nie działa.\n", "utf-8")
    _, told = imports("cstate", CSTATE)
    assert told["kept"] == ["content/outage.pl.md"]
    assert "Moje słowa" in own.read_text("utf-8")
    edited = site / "content/updates/2026-11-22T0940.pl.md"
    edited.write_text(
        edited.read_text("utf-8").replace("milczy od rana", "milczy"), "utf-8"
    )
    before = tree(site)
    code, told = imports("cstate", CSTATE)
    assert code == 3
    assert tree(site) == before
    assert "2026-11-22T0940.pl.md:0 this message was edited here" in problems(told)
    (mended,) = (
        each["mended"] for each in told["left_out"] if "edited" in each["problem"]
    )
    assert "milczy od rana" in mended


def test_another_message_of_the_same_minute_is_put_beside_the_one_that_is_there(
    site: Path, imports: Run
) -> None:
    updates = site / "content/updates"
    updates.mkdir(parents=True)
    (updates / "2026-11-22T0940.pl.md").write_text("title: Inna\n\nInna.\n", "utf-8")
    _, told = imports("cstate", CSTATE)
    files = [each["file"] for each in told["files"]]
    assert "content/updates/2026-11-22T0940-2.pl.md" in files
    assert (updates / "2026-11-22T0940.pl.md").read_text("utf-8").endswith("Inna.\n")
    before = tree(site)
    imports("cstate", CSTATE)
    assert tree(site) == before


def test_any_number_of_messages_of_one_minute_find_a_place(
    site: Path, tmp_path: Path
) -> None:
    """As a machine writes them; and again, without writing one twice."""
    at = "2026-11-22T09:40:00Z"
    updates = [{"body": f"m{n}", "created_at": at} for n in range(1200)]
    export = tmp_path / "many.json"
    export.write_text(json.dumps([{"name": "A", "incident_updates": updates}]))
    config = load(site)

    found = import_incident(
        config, Wanted("statuspage", export, dry=True), say=silent
    ).written

    for file in found:
        place = site / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.text.encode())
    again = import_incident(config, Wanted("statuspage", export), say=silent)
    assert len({file.path for file in found}) == 1 + 1200
    assert (len(again.written), len(again.there)) == (0, 1 + 1200)


def test_the_day_of_an_incident_is_the_shops_own(site: Path, tmp_path: Path) -> None:
    export = tmp_path / "two.json"
    late = {"name": "Late", "started_at": "2026-11-21T23:30:00Z", "status": "resolved"}
    export.write_text(json.dumps([late, late | {"name": "Later"}]))

    told = import_incident(
        load(site), Wanted("statuspage", export, dry=True), say=silent
    ).told()

    assert "→ 1: 2026-11-22 " in "\n".join(map(str, told))


def test_a_phone_number_that_would_cost_the_message_is_named_beforehand(
    site: Path, imports: Run, tmp_path: Path
) -> None:
    export = tmp_path / "i.json"
    export.write_text(
        json.dumps(
            {
                "name": "Awaria",
                "created_at": "2026-11-22T08:00:00Z",
                "incident_updates": [
                    {"body": "Dzwoń: +48 700 700 700.", "status": "investigating",
                     "created_at": "2026-11-22T08:00:00Z"}
                ],
            }
        )
    )  # fmt: skip
    code, told = imports("statuspage", export)
    assert code == 3
    (lost,) = (each for each in told["left_out"] if "phone" in each["problem"])
    assert lost["mended"] == "Dzwoń: +48600100200."
    written = (site / lost["file"]).read_text("utf-8").splitlines()
    assert "+48 700 700 700" in written[lost["line"] - 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cstate", "nowhere"), "there are no incidents in"),
        (("statuspage", "nowhere"), "cannot be read"),
        (("statuspage", CSTATE), "cannot be read: it is no file"),
        (("statuspage", CSTATE / "config.yml"), "cannot be read as an export"),
        (("cstate", CSTATE, "--incident", "9"), "there is no incident 9"),
        (("cstate", CSTATE, "--incident", "-1"), "there is no incident -1"),
        (("cstate", CSTATE, "--lang", "de"), "the shop does not speak it"),
        (("statuspage", "/dev/zero"), "it is no file"),
    ],
)
def test_what_cannot_be_imported_is_said_and_nothing_is_written(
    site: Path, imports: Run, words: tuple[object, ...], said: str
) -> None:
    before = tree(site)
    code, told = imports(*words)
    assert (code, told["ok"]) == (2, False)
    assert said in told["error"]["what"]
    assert told["error"]["next"]
    assert tree(site) == before


def test_a_huge_export_is_refused_before_it_is_read(
    imports: Run, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(LARGEST_EXPORT * 3)
    code, told = imports("statuspage", huge)
    assert (code, "is larger than 16 MB" in told["error"]["what"]) == (2, True)


def test_a_site_in_a_language_of_its_own_is_not_taken_for_the_shops(
    imports: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "english"
    shutil.copytree(CSTATE, copy)
    (copy / "config.yml").write_text("defaultContentLanguage: de\n")
    code, told = imports("cstate", copy)
    assert (code, "told in de" in told["error"]["what"]) == (2, True)
    assert "--lang pl" in told["error"]["next"]
    assert imports("cstate", copy, "--lang", "pl")[0] == 3


def test_links_out_of_the_folder_pipes_and_huge_pages_are_named_and_not_followed(
    imports: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(CSTATE, copy)
    issues = copy / "content/issues"
    secret = tmp_path / "secret.md"
    secret.write_text("---\ndate: 2026-11-22 08:00\n---\nSECRET\n")
    (issues / "link.md").symlink_to(secret)
    os.mkfifo(issues / "pipe.md")
    with (issues / "huge.md").open("wb") as file:
        file.truncate(5_000_000)
    code, told = imports("cstate", copy, "--incident", "all")
    assert code == 3
    text = problems(told)
    for name in ("link.md", "pipe.md", "huge.md"):
        assert f"content/issues/{name}:0 this file" in text
    assert "SECRET" not in json.dumps(told)


def test_names_from_elsewhere_decide_nothing_about_where_words_are_written(
    site: Path, imports: Run, tmp_path: Path
) -> None:
    issues = tmp_path / "evil/content/issues"
    issues.mkdir(parents=True)
    for name in ("..%2f..%2fx.md", "con.md", "a\u202eb.md", "…..md"):
        (issues / name).write_text(
            '---\ntitle: "../../../etc/passwd"\ndate: 2026-11-22 08:00\n---\nSłowa.\n',
            "utf-8",
        )
    outside = tree(tmp_path / "evil")
    _, told = imports("cstate", tmp_path / "evil", "--incident", "all")
    assert len(told["files"]) == 5
    for each in told["files"]:
        path = (site / each["file"]).resolve()
        assert path.parent in (site / "content", site / "content/updates")
    assert tree(tmp_path / "evil") == outside


def test_a_draft_is_taken_only_when_it_is_asked_for(
    imports: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(CSTATE, copy)
    page = copy / "content/issues/2026-11-22-serwer.md"
    page.write_text(page.read_text("utf-8").replace("+++", "+++\ndraft = true", 1))
    _, told = imports("cstate", copy, "--dry-run")
    assert [each["taken"] for each in told["incidents"]] == [False, True, False]
    _, told = imports("cstate", copy, "--dry-run", "--incident", "1")
    assert [each["taken"] for each in told["incidents"]] == [True, False, False]


LINE = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=300
)


@given(LINE, st.lists(LINE, min_size=1, max_size=4))
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_sentence_is_in_a_file_or_in_the_report(
    site: Path, tmp_path: Path, name: str, bodies: list[str]
) -> None:
    export = tmp_path / "i.json"
    at = datetime(2026, 11, 22, 8, tzinfo=UTC).isoformat()
    updates = [{"body": body, "created_at": at} for body in bodies]
    export.write_text(
        json.dumps({"name": name, "created_at": at, "incident_updates": updates})
    )
    wanted = Wanted("statuspage", export, dry=True)
    told = import_incident(load(site), wanted, say=silent)
    text = " ".join("\n".join(file.text for file in told.written).split())
    report = "\n".join(str(problem.what) for problem in told.left_out)
    for sentence in (name, *bodies):
        assert " ".join(sentence.split()) in text or sentence in report
