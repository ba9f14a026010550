"""An export of Statuspage is read whole; a file that is none is refused in words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import ContentError
from fallback.core.model import Language, Status
from fallback.elsewhere.incident import Import
from fallback.elsewhere.statuspage import read

EXPORT = Path(__file__).parent / "incidents.json"
PL = Language("pl")
ONE = {
    "name": "Koszyk",
    "status": "investigating",
    "created_at": "2026-11-22T08:00:00Z",
    "incident_updates": [
        {"status": "identified", "body": "Dwa.", "created_at": "2026-11-22T09:00:00Z"},
        {"status": "investigating", "body": "Raz.", "created_at": "2026-11-22T08:00Z"},
    ],
}


def imported(value: Any) -> Import:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read("i.json", body, PL, ZoneInfo("Europe/Warsaw"))


def test_the_export_of_the_api_is_read() -> None:
    planned, lost = imported(EXPORT.read_bytes()).incidents
    assert planned.title == "Przeprowadzka bazy"
    assert planned.started == datetime(2026, 12, 1, 21, tzinfo=UTC)
    assert planned.until == datetime(2026, 12, 2, 1, tzinfo=UTC)
    assert [entry.status for entry in planned.entries[PL]] == [Status.SCHEDULED]
    assert not planned.resolved
    assert lost.resolved
    entries = lost.entries[PL]
    assert [entry.status for entry in entries] == [
        Status.INVESTIGATING,
        Status.IDENTIFIED,
        Status.RESOLVED,
        None,
    ]
    assert entries[2].at == datetime(2026, 8, 14, 9, 28, tzinfo=UTC)
    assert entries[3].body.startswith("Koszyk trzymaliśmy")
    said = [str(problem.what) for problem in lost.found.left_out]
    for part in (
        "impact has no place on our page: major",
        "components has no place on our page: Koszyk, operational",
        "custom_tweet has no place on our page: Koszyk wrócił!",
        'this HTML is not shown on the page: <video src="x.mp4">',
    ):
        assert part in said
    lines = EXPORT.read_text().splitlines()
    video = next(
        problem for problem in lost.found.left_out if "HTML" in str(problem.what)
    )
    assert "<video" in lines[video.line - 1]


@pytest.mark.parametrize("value", [ONE, [ONE], {"incidents": [ONE]}, {"incident": ONE}])
def test_one_incident_may_be_wrapped_in_anything(value: Any) -> None:
    (one,) = imported(value).incidents
    assert [entry.body for entry in one.entries[PL]] == ["Raz.", "Dwa."]


def test_an_end_that_no_message_tells_is_told() -> None:
    over = {**ONE, "status": "completed", "resolved_at": "2026-11-22T10:00:00Z"}
    (one,) = imported(over).incidents
    assert one.entries[PL][-1].status is Status.RESOLVED
    assert one.entries[PL][-1].at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_an_unknown_status_is_named_and_its_words_stay() -> None:
    update = {**ONE["incident_updates"][0], "status": "exploded"}
    (one,) = imported({**ONE, "incident_updates": [update]}).incidents
    assert one.entries[PL][0].body == "Dwa."
    assert "exploded is no status" in str(one.found.left_out[0].what)


def test_a_message_without_a_time_has_that_of_the_incident() -> None:
    (one,) = imported({**ONE, "incident_updates": [{"body": "Raz."}]}).incidents
    assert one.entries[PL][0].at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    found = imported({"name": "x", "incident_updates": [{"body": "Raz."}]})
    assert found.incidents == ()
    assert "nobody can tell when" in str(found.found.left_out[-1].what)


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (b'{\n"incidents": [\n}', 3, "this is no JSON"),
        (b'[\n"\xff"]', 2, "this is not UTF-8"),
        (b"[" * 100_000, 0, "no export is nested like this"),
        (b'{\n"incidents": [{"name": "a",\n"name": "b"}]}', 2, "name stands twice"),
        (b'{"page": {}}', 1, "there are no incidents in this file"),
        (b"12", 1, "there are no incidents in this file"),
        (b"9" * 10_000, 0, "no export is nested like this"),
        (b"", 1, "this is no JSON"),
    ],
)
def test_what_is_no_export_is_refused_with_its_line(
    body: bytes, line: int, said: str
) -> None:
    with pytest.raises(ContentError) as raised:
        imported(body)
    (problem,) = raised.value.problems
    assert (problem.line, said in str(problem.what)) == (line, True)
    assert problem.remedy


def test_what_stands_among_incidents_and_is_none_is_named() -> None:
    found = imported([ONE, 7, None, {"name": "x", "created_at": 12}])
    assert len(found.incidents) == 1
    assert len(found.found.left_out) == 3


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*ONE, "postmortem_body", "body", "impact", "scheduled_for"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(st.lists(VALUES, max_size=3))
def test_nothing_breaks_it(value: Any) -> None:
    imported(value)


@given(
    st.text(), st.lists(st.text(st.characters(exclude_categories=["C"])), max_size=4)
)
def test_every_message_is_taken_whole(name: str, bodies: list[str]) -> None:
    updates = [{"body": body, "created_at": ONE["created_at"]} for body in bodies]
    (one,) = imported({**ONE, "name": name, "incident_updates": updates}).incidents
    said = [entry.body for entry in one.entries[PL] if entry.body]
    assert sorted(said) == sorted(body.strip() for body in bodies if body.strip())
