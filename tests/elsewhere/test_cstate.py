"""An incident of cState is read whole, and what has no place with us is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.model import Language, Status
from fallback.elsewhere.cstate import language_of, read
from fallback.elsewhere.incident import Import, Incident

SITE = Path(__file__).parent / "cstate"
WARSAW = ZoneInfo("Europe/Warsaw")
PL, EN = Language("pl"), Language("en")
HEAD = "---\ntitle: Sklep\ndate: 2026-11-22 08:00:00\n{}---\n\n"
T1 = '{{< track "2026-11-22 09:00:00" >}}'
T2 = '{{< track "2026-11-22 10:00:00" >}}'


def imported(**files: bytes | str) -> Import:
    """Return what is read of *files*; a name's ``__`` is a dot."""
    bodies = {
        f"content/issues/{name.replace('__', '.')}.md": body
        if isinstance(body, bytes)
        else body.encode()
        for name, body in files.items()
    }
    return read(bodies, [PL, EN], WARSAW)


def incident(body: str, head: str = "") -> Incident:
    return imported(a=HEAD.format(head) + body).incidents[0]


def said(one: Incident) -> list[tuple[str, Status | None, int]]:
    return [
        (entry.body, entry.status, entry.at.astimezone(WARSAW).hour)
        for entry in one.entries[PL]
    ]


def left_out(one: Incident) -> str:
    return "\n".join(
        f"{problem.place} {problem.what}" for problem in one.found.left_out
    )


def test_messages_are_taken_apart_at_their_times_and_labels() -> None:
    one = incident(
        f"*Resolved* - All well.\n\nThank you. {T2}\n\n"
        f"**Investigating** - We look.\nStill. {T1}\n\nIt broke.\n",
        "resolved: true\n",
    )
    assert said(one) == [
        ("It broke.", None, 8),
        ("We look.\nStill.", Status.INVESTIGATING, 9),
        ("All well.\n\nThank you.", Status.RESOLVED, 10),
    ]


def test_a_label_that_is_no_status_stays_in_the_words() -> None:
    one = incident(f"*Just began* - We shut it down. {T1}")
    assert said(one) == [("*Just began* - We shut it down.", None, 9)]


def test_a_report_above_the_messages_was_written_when_it_was_over() -> None:
    one = incident(
        f"*Post-mortem*\n\nThe cause.\n\n---\n\n*Monitoring* - Good. {T1}",
        "resolved: true\nresolvedWhen: 2026-11-22 11:00:00\n",
    )
    assert said(one) == [
        ("Good.", Status.MONITORING, 9),
        ("*Post-mortem*\n\nThe cause.", Status.RESOLVED, 11),
    ]


def test_an_end_that_no_message_tells_is_told() -> None:
    one = incident(
        f"*Monitoring* - Good. {T1}",
        "resolved: true\nresolvedWhen: 2026-11-22 11:00:00\n",
    )
    assert said(one)[-1] == ("", Status.RESOLVED, 11)
    assert said(incident(f"Good. {T1}", "resolved: true\n")) == [
        ("Good.", Status.RESOLVED, 9)
    ]
    assert said(incident("", "resolved: true\n")) == [("", Status.RESOLVED, 8)]


def test_everything_without_a_place_is_named_with_its_line() -> None:
    one = incident(
        f"We look. {{{{< note >}}}}Call.{{{{< /note >}}}} <video src=x>v</video> {T1}",
        "severity: down\naffected:\n  - API\ndescription: Short.\npin: false\n"
        "x: &y z\n",
    )
    text = left_out(one)
    for part in (
        "a.md:4 severity has no place on our page: down",
        "a.md:5 affected has no place on our page: API",
        "a.md:7 description has no place on our page: Short.",
        "a.md:9 this line of the front matter was left out: x: &y z",
        "a.md:12 only Hugo understands this, and it was left out: {{< note >}}",
        "a.md:12 this HTML is not shown on the page: <video src=x>",
    ):
        assert part in text
    assert "pin" not in text
    assert one.entries[PL][0].body == "We look. Call. <video src=x>v</video>"


def test_a_time_without_a_zone_is_the_shops_and_that_is_said_once() -> None:
    found = imported(a=HEAD.format("") + f"a {T1}", b=HEAD.format("") + "b")
    assert found.incidents[0].started == datetime(2026, 11, 22, 7, tzinfo=UTC)
    notices = [str(each.what) for each in found.found.noticed]
    assert notices == [
        "times without a zone were read on the shop's clock, Europe/Warsaw"
    ]


@pytest.mark.parametrize(
    "written", ["2026-11-22T08:00:00.000Z", "2026-11-22 08:00:00 +0000 UTC"]
)
def test_a_time_with_a_zone_is_taken_as_it_is(written: str) -> None:
    found = imported(a=f"---\ndate: {written}\n---\nx")
    assert found.incidents[0].started == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert found.found.noticed == []


def test_a_time_that_is_none_is_named_and_costs_only_itself() -> None:
    one = incident('We look. {{< track "soon" >}}')
    assert said(one) == [("We look.", None, 8)]
    assert "a.md:6 soon is no moment" in left_out(one)


def test_an_incident_without_any_time_is_left_out_with_a_remedy() -> None:
    found = imported(a="---\ntitle: t\ndate: tomorrow\n---\nWords.")
    assert found.incidents == ()
    problem = found.found.left_out[0]
    assert (problem.place, problem.mended) == (
        "content/issues/a.md:3",
        "date: 2026-11-22T14:30",
    )


def test_the_languages_of_one_incident_belong_together() -> None:
    head = HEAD.format("")
    found = imported(a=head + f"Tak. {T1}", a__en=head + f"Yes. {T1}", a__de=head)
    (one,) = found.incidents
    assert {lang: entries[0].body for lang, entries in one.entries.items()} == {
        PL: "Tak.",
        EN: "Yes.",
    }
    assert "does not speak de" in str(found.found.left_out[0].what)


def test_two_files_for_one_language_are_one_too_many() -> None:
    head = HEAD.format("")
    found = imported(a=head + "One.", a__pl=head + "Two.")
    assert len(found.incidents) == 1
    assert "a.md tells the same incident" in str(found.found.left_out[0].what)


def test_a_file_that_is_no_incident_is_named() -> None:
    found = imported(a="Words.", b=b"\xff\xfe\x00\x00")
    assert found.incidents == ()
    assert len(found.found.left_out) == 2


def test_old_encodings_are_read_and_that_is_said() -> None:
    body = (HEAD.format("") + f"Żaby łapią. {T1}").encode("cp1250")
    one = imported(a=body).incidents[0]
    assert one.entries[PL][0].body == "Żaby łapią."
    assert "read as cp1250" in str(one.found.noticed[0].what)


def test_the_site_says_which_language_it_is_in() -> None:
    assert language_of((SITE / "config.yml").read_text()) == "pl"
    assert language_of("title: x\nlanguageCode: en-GB\n") == "en"
    assert language_of("") == ""


WORDS = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="{}<>`~"),
    min_size=1,
    max_size=12,
)
SENTENCE = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["", "*Investigating* - ", "*Update* - ", "**Identified** "]
            ),
            st.lists(SENTENCE, min_size=1, max_size=3),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_every_sentence_is_in_a_message(
    parts: list[tuple[str, list[str], bool]],
) -> None:
    at = datetime(2026, 11, 22, 20, tzinfo=UTC)
    body = ""
    for number, (label, paragraphs, tracked) in enumerate(parts):
        when = at - timedelta(minutes=number)
        track = f' {{{{< track "{when:%Y-%m-%d %H:%M:%S}" >}}}}' if tracked else ""
        body += label + "\n\n".join(paragraphs) + track + "\n\n"
    one = incident(body)
    words = " ".join(" ".join(entry.body for entry in one.entries[PL]).split())
    for _, paragraphs, _ in parts:
        for sentence in paragraphs:
            bare = sentence.strip("*_-–—: ")
            assert bare in words or not bare.strip("-*_ ")
    times = [entry.at for entry in one.entries[PL]]
    assert times == sorted(times)


@given(st.binary(max_size=400) | st.text().map(lambda text: HEAD.format("") + text))
def test_nothing_breaks_it(body: bytes | str) -> None:
    imported(a=body)


@pytest.mark.parametrize("part", ["{{<", "{{< track ", "*", "- ", "<a ", "{{% x"])
def test_a_megabyte_of_anything_costs_little_time(part: str) -> None:
    imported(a=HEAD.format("") + part * (500_000 // len(part)))
