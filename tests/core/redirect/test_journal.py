"""The journal can be read by people, and every spoilt line is noticed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import FallbackError
from fallback.core.records import WEB_TYPES, Change, RRset
from fallback.core.redirect.journal import (
    Agreement,
    Entry,
    Event,
    Verb,
    decode,
    encode,
    fold,
    read_zone_lines,
    zone_lines,
)

ZONE = "kwiaty.example."
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

words = st.text(max_size=20)
rdatas = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_characters="\n\r", exclude_categories="C"),
        min_size=1,
        max_size=30,
    ).filter(lambda text: text.strip() == text),
    min_size=1,
    max_size=3,
    unique=True,
)
rrsets = st.builds(
    RRset,
    st.integers(0, 2**31 - 1).map(lambda seconds: timedelta(seconds=seconds)),
    rdatas.map(tuple),
    st.lists(st.tuples(words, words), max_size=2).map(tuple),
)
changes = st.builds(
    Change,
    st.sampled_from(["kwiaty.example.", "www.kwiaty.example."]),
    st.sampled_from(WEB_TYPES),
    st.none() | rrsets,
    st.none() | rrsets,
)
entries = st.builds(
    Entry,
    at=st.datetimes(timezones=st.just(UTC)),
    event=st.sampled_from(Event),
    verb=st.sampled_from(Verb),
    zone=st.just(ZONE),
    epoch=st.integers(1, 50),
    undoes=st.none() | st.integers(1, 50),
    provider=words,
    operator=words,
    reason=words,
    names=st.lists(words, max_size=2).map(tuple),
    target=words,
    changes=st.lists(changes, max_size=3).map(tuple),
    gates=st.lists(words, max_size=2).map(tuple),
    accepted=st.lists(words, max_size=2).map(tuple),
    theirs=st.lists(words, max_size=2).map(tuple),
    agreement=st.none() | st.builds(Agreement, words, words, words),
)


def written(told: list[Entry]) -> bytes:
    text, digest = b"", decode(b"").digest
    for entry in told:
        line, digest = encode(entry, digest)
        text += line + b"\n"
    return text


def plan(epoch: int, verb: Verb = Verb.REDIRECT, undoes: int | None = None) -> Entry:
    return Entry(AT, Event.PLAN, verb, ZONE, epoch, undoes)


def done(epoch: int, verb: Verb = Verb.REDIRECT, undoes: int | None = None) -> Entry:
    return Entry(AT, Event.DONE, verb, ZONE, epoch, undoes)


closings = st.builds(
    done, st.integers(1, 9), st.just(Verb.RESTORE), st.none() | st.integers(1, 9)
)


@given(st.lists(entries, max_size=4))
def test_what_was_written_is_read_again(told: list[Entry]) -> None:
    book = decode(written(told))
    assert book.entries == tuple(told)
    assert book.damage == 0
    assert book.size == len(written(told))


@given(st.lists(entries, min_size=1, max_size=4), st.data())
def test_a_torn_last_line_is_ignored(told: list[Entry], data: st.DataObject) -> None:
    text = written(told)
    cut = data.draw(st.integers(0, len(text)))
    book = decode(text[:cut])
    assert book.damage == 0
    assert book.entries == tuple(told)[: text[:cut].count(b"\n")]


@given(st.lists(entries, min_size=1, max_size=4), st.data())
def test_an_edited_line_and_all_after_it_are_not_trusted(
    told: list[Entry], data: st.DataObject
) -> None:
    lines = written(told).splitlines(keepends=True)
    which = data.draw(st.integers(0, len(lines) - 1))
    body = json.loads(lines[which])
    body["epoch"] += 1
    lines[which] = json.dumps(body).encode() + b"\n"
    book = decode(b"".join(lines))
    assert book.damage == which + 1
    assert book.entries == tuple(told)[:which]


@given(st.permutations(range(4)))
def test_moved_lines_are_noticed(order: list[int]) -> None:
    lines = written([plan(epoch) for epoch in range(1, 5)]).splitlines(keepends=True)
    book = decode(b"".join(lines[place] for place in order))
    assert (book.damage == 0) == (order == sorted(order))


@given(st.integers(0, 3))
def test_a_lost_line_is_noticed(lost: int) -> None:
    lines = written([plan(epoch) for epoch in range(1, 5)]).splitlines(keepends=True)
    kept = lines[:lost] + lines[lost + 1 :]
    book = decode(b"".join(kept))
    assert book.entries == tuple(plan(epoch) for epoch in range(1, lost + 1))
    assert book.damage == (0 if lost == 3 else lost + 1)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_it_raise(text: bytes) -> None:
    assert decode(text).entries == ()


@pytest.mark.parametrize("line", [rb'{"reason": "\ud800"}', b"\0" * 64, b"[]"])
def test_a_line_that_no_program_wrote_is_damage(line: bytes) -> None:
    assert decode(line + b"\n").damage == 1


def test_a_newer_program_is_not_second_guessed() -> None:
    line, _ = encode(plan(1), decode(b"").digest)
    newer = line.replace(b'"schema": 1', b'"schema": 2')
    body = json.loads(newer)
    del body["digest"]
    from fallback.core.redirect.journal import _chained

    body["digest"] = _chained(decode(b"").digest, body)
    with pytest.raises(FallbackError, match="newer fallback"):
        decode(json.dumps(body).encode() + b"\n")


def test_a_person_reads_zone_file_lines_and_absence() -> None:
    two = RRset(timedelta(seconds=300), ("192.0.2.10", "192.0.2.11"))
    assert zone_lines(("kwiaty.example.", "A"), two) == (
        "kwiaty.example. 300 IN A 192.0.2.10",
        "kwiaty.example. 300 IN A 192.0.2.11",
    )
    absent = zone_lines(("kwiaty.example.", "AAAA"), None)
    assert absent == ("; no AAAA at kwiaty.example.",)
    assert read_zone_lines(absent) is None


def test_an_open_redirect_is_the_newest_that_was_not_taken_back() -> None:
    told = [plan(1), done(1), plan(2, Verb.RESTORE, 1), done(2, Verb.RESTORE, 1)]
    assert fold(told[:1]).of(ZONE).open == plan(1)
    assert fold(told[:3]).of(ZONE).open == plan(1)
    assert fold(told).of(ZONE).open is None
    assert fold([*told, plan(3)]).of(ZONE).open == plan(3)
    assert fold([*told, plan(3)]).epoch == 3


@given(st.lists(st.builds(plan, st.integers(1, 9)) | closings, max_size=8))
def test_a_fold_knows_every_number_that_was_used(told: list[Entry]) -> None:
    history = fold(told)
    assert history.epoch == max((entry.epoch for entry in told), default=0)
    zone = history.of("KWIATY.example")
    assert zone.open is None or zone.open.epoch > zone.closed
