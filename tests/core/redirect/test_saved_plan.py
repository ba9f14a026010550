"""A saved plan is read as it was written, to the byte, or not at all."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import Refused
from fallback.core.records import Change, RRset
from fallback.core.redirect.journal import Verb
from fallback.core.redirect.saved_plan import (
    SCHEMA,
    SavedPlan,
    Taken,
    ZonePlan,
    decode,
    encode,
)
from tests.core.redirect.test_journal import changes, words

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
WWW = "www.kwiaty.example."

zones = st.builds(
    ZonePlan,
    zone=words,
    provider=words,
    names=st.lists(words, max_size=2).map(tuple),
    target=words | st.lists(st.ip_addresses(), max_size=2).map(tuple),
    ttl=st.integers(0, 2**31 - 1).map(lambda seconds: timedelta(seconds=seconds)),
    epoch=st.integers(0, 2**40),
    undoes=st.none() | st.integers(0, 2**40),
    theirs=st.lists(words, max_size=2).map(tuple),
    changes=st.lists(changes, max_size=3).map(tuple),
    decision=st.lists(changes, max_size=3).map(tuple),
)
moments = st.datetimes(timezones=st.just(UTC))
plans = st.builds(
    SavedPlan,
    verb=st.sampled_from(Verb),
    domain=words,
    made_at=moments,
    expires_at=moments,
    operator=words,
    reason=words,
    gates=st.lists(words, max_size=2).map(tuple),
    accepted=st.lists(st.builds(Taken, words, words, words), max_size=2).map(tuple),
    zones=st.lists(zones, max_size=2).map(tuple),
    home=st.none() | words | st.lists(st.ip_addresses(), max_size=2).map(tuple),
)


def example() -> SavedPlan:
    before = RRset(timedelta(seconds=600), ("kwiaty.example.",))
    after = RRset(timedelta(seconds=60), ("198.51.100.7",))
    moved = (
        Change(WWW, "CNAME", before, None),
        Change(WWW, "A", None, after),
    )
    zone = ZonePlan(
        zone="kwiaty.example.",
        provider="rfc2136",
        names=("www.kwiaty.example",),
        target="page.example",
        ttl=timedelta(seconds=60),
        epoch=1795316400,
        undoes=None,
        theirs=(),
        changes=moved,
        decision=moved,
    )
    return SavedPlan(
        verb=Verb.REDIRECT,
        domain="kwiaty.example",
        made_at=AT,
        expires_at=AT + timedelta(hours=24),
        operator="ania@laptop",
        reason="dysk padł",
        gates=("tls",),
        accepted=(Taken("shop-answers", "", "the shop answers"),),
        zones=(zone,),
    )


TEXT = encode(example())


def sealed(body: dict) -> bytes:
    """Write *body* as the program would, its digest made anew."""
    rest = {key: value for key, value in body.items() if key != "sha256"}
    form = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":")}
    digest = sha256(json.dumps(rest, **form).encode()).hexdigest()
    text = json.dumps(rest | {"sha256": digest}, ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


@given(plans)
def test_it_is_read_as_it_was_written(plan: SavedPlan) -> None:
    assert decode(encode(plan)) == plan


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_any_change_of_one_byte_is_refused(at: int, by: int) -> None:
    spoilt = bytearray(TEXT)
    spoilt[at] ^= by
    with pytest.raises(Refused):
        decode(bytes(spoilt))


@given(st.integers(0, len(TEXT) - 1), st.integers(0, len(TEXT)), st.binary(max_size=4))
def test_nothing_can_be_cut_out_or_put_in(start: int, end: int, put: bytes) -> None:
    spoilt = TEXT[:start] + put + TEXT[end:]
    if spoilt == TEXT:
        return
    with pytest.raises(Refused):
        decode(spoilt)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(Refused):
        decode(text)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"schema": null}', b"[" * 100_000, b'{"schema": 1}']
)
def test_neither_is_what_looks_a_little_like_one(text: bytes) -> None:
    with pytest.raises(Refused, match="changed after it was saved"):
        decode(text)


def test_a_newer_program_is_named() -> None:
    body = json.loads(TEXT)
    newer = json.dumps(body | {"schema": SCHEMA + 1, "wholly": "new"}).encode()
    with pytest.raises(Refused, match="newer fallback"):
        decode(newer)


def test_the_same_in_another_spelling_is_another_file() -> None:
    body = json.loads(TEXT)
    for other in (json.dumps(body), json.dumps(body, indent=2, sort_keys=True)):
        with pytest.raises(Refused):
            decode(other.encode())


def test_a_digest_made_anew_does_not_let_it_speak_of_mail() -> None:
    body = json.loads(TEXT)
    body["zones"][0]["changes"][0] |= {"type": "MX", "before": [f"{WWW} 60 IN MX 1 ."]}
    with pytest.raises(Refused, match="changed after it was saved"):
        decode(sealed(body))


def test_the_digest_is_that_of_the_canonical_form() -> None:
    body = json.loads(TEXT)
    assert sealed(body) == TEXT
    assert body["sha256"] == example().digest


def test_a_person_can_read_it() -> None:
    text = TEXT.decode()
    assert '"www.kwiaty.example. 600 IN CNAME kwiaty.example."' in text
    assert '"; no A at www.kwiaty.example."' in text
    assert '"www.kwiaty.example. 60 IN A 198.51.100.7"' in text
    assert "dysk padł" in text
    assert max(map(len, text.splitlines())) < 100


@given(plans, plans)
def test_two_plans_have_two_digests(one: SavedPlan, other: SavedPlan) -> None:
    assert (one.digest == other.digest) == (one == other)


def test_every_word_of_it_counts() -> None:
    other = evolve(example(), reason="dysk padl")
    assert other.digest != example().digest
