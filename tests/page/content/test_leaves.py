"""What comes out of a file can be written down, named, and read back."""

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.model import Language
from fallback.page.content.guard import Guard
from fallback.page.content.leaves import Leaf, Reader, keys, unwritten, written
from tests.page.soup import soup

EN, PL = Language("en"), Language("pl")
GUARD = Guard(
    ("https://kwiaty.example",), "a@b.example", frozenset({"48600100200"}), "9–17"
)
READER = Reader(ZoneInfo("Europe/Warsaw"), "+48600100200", GUARD)
UPDATE = "content/updates/2026-11-22T1015.en.md"
HEADERS = st.sampled_from(
    ["title: x", "status: resolved", "status: resolvd", "eta: 2026-11-22 14:30",
     "eta: ?",
     "at: yesterday", "next: 2026-10-25 02:30", "titel: y", "nonsense", "title: again"]
)  # fmt: skip


@given(
    st.lists(HEADERS, max_size=4).map("\n".join),
    st.integers(min_value=0).map(soup) | st.text() | st.just("call 601 100 200"),
    st.booleans(),
)
def test_an_outcome_that_was_written_down_is_the_same(
    header: str, body: str, whole: bool
) -> None:
    """Drafts, losses and notices, through JSON and back."""
    text = f"{header}\n\n{body}".encode("utf-8", "replace")
    outcome = READER.outcome(Leaf(UPDATE, text, EN, whole))

    assert unwritten(json.loads(json.dumps(written(outcome)))) == outcome


def test_a_reader_that_was_spelled_out_reads_the_same() -> None:
    """Another process is told everything that decides."""
    again = Reader.spell(READER.spelled())

    assert again == READER
    leaf = Leaf(
        UPDATE, b"eta: 2026-11-22 14:30\n\n[a](https://kwiaty.example/b)", EN, True
    )
    assert again.outcome(leaf) == READER.outcome(leaf)


LEAF = Leaf(UPDATE, b"words", EN, True)


def key(leaf: Leaf, spelled: str) -> bytes:
    (made,) = keys([leaf], spelled)
    return made


OTHERS = {
    "other words": (Leaf(UPDATE, b"word", EN, True), READER),
    "another name": (Leaf(f"{UPDATE}x", b"words", EN, True), READER),
    "another language": (Leaf(UPDATE, b"words", PL, True), READER),
    "an outage": (Leaf(UPDATE, b"words", EN, False), READER),
    "another zone": (LEAF, Reader(ZoneInfo("UTC"), "+48600100200", GUARD)),
    "another phone": (LEAF, Reader(ZoneInfo("Europe/Warsaw"), "+48600100201", GUARD)),
    "another guard": (
        LEAF,
        Reader(
            ZoneInfo("Europe/Warsaw"),
            "+48600100200",
            Guard(("https://kwiaty.example",), "a@b.example", frozenset(), "9–17"),
        ),
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_decides_about_an_outcome_is_in_its_name(name: str) -> None:
    leaf, reader = OTHERS[name]

    assert key(leaf, reader.spelled()) != key(LEAF, READER.spelled())
    assert key(LEAF, READER.spelled()) == key(LEAF, READER.spelled())


def test_no_two_leaves_share_a_name() -> None:
    """Where the path ends and the body begins is part of it."""
    spelled = READER.spelled()

    assert key(Leaf("a", b"b\0c", EN, True), spelled) != key(
        Leaf("a", b"c", EN, True), spelled
    )
