"""Two copies of the journal: whichever is lost or spoilt, the way back is there."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fallback.core.errors import Conflict, Locked, Refused, Unavailable
from fallback.core.ports import Version
from fallback.core.redirect.journal import Entry, Event, Verb
from fallback.core.text import T
from fallback.stores import journal as journals
from fallback.stores.folder import Folder
from fallback.stores.journal import CARD, NAME, Journal, connect
from tests import need
from tests.fakes.config import small_config

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def plan(epoch: int) -> Entry:
    return Entry(AT, Event.PLAN, Verb.REDIRECT, "kwiaty.example.", epoch)


def epochs(journal: Journal) -> list[int]:
    return [entry.epoch for entry in journal.read().entries]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "site", tmp_path / "second")


def copies(journal: Journal) -> tuple[Path, Path]:
    return journal.site / NAME, journal.second / NAME


def test_the_second_place_is_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    journal = connect(small_config(tmp_path / "site"))
    assert journal.second == tmp_path / "state" / "fallback" / "kwiaty.example"
    assert journal.site == tmp_path / "site" / ".fallback"


def test_both_copies_hold_the_same_lines(journal: Journal) -> None:
    journal.write(plan(1))
    journal.write(plan(2), plan(3))
    site, second = copies(journal)
    assert site.read_bytes() == second.read_bytes()
    assert epochs(journal) == [1, 2, 3]


@pytest.mark.parametrize("lost", [0, 1])
def test_either_copy_alone_is_enough_and_the_other_is_made_whole(
    journal: Journal, lost: int
) -> None:
    journal.write(plan(1), plan(2))
    copies(journal)[lost].unlink()
    assert epochs(journal) == [1, 2]
    journal.write(plan(3))
    site, second = copies(journal)
    assert site.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("spoilt", [0, 1])
def test_a_spoilt_copy_is_set_aside_and_the_good_one_counts(
    journal: Journal, spoilt: int
) -> None:
    journal.write(plan(1), plan(2), plan(3))
    path = copies(journal)[spoilt]
    edited = path.read_bytes().replace(b'"epoch": 2', b'"epoch": 9')
    path.write_bytes(edited)
    assert epochs(journal) == [1, 2, 3]
    journal.write(plan(4))
    site, second = copies(journal)
    assert site.read_bytes() == second.read_bytes()
    aside = list(path.parent.glob("journal.aside-*.jsonl"))
    assert [each.read_bytes() for each in aside] == [edited]


@pytest.mark.parametrize("cut", [0, 1])
@pytest.mark.parametrize("at", [1, 40, 200])
def test_a_torn_copy_is_continued(journal: Journal, cut: int, at: int) -> None:
    journal.write(plan(1), plan(2))
    path = copies(journal)[cut]
    path.write_bytes(path.read_bytes()[:-at])
    journal.write(plan(3))
    assert epochs(journal) == [1, 2, 3]
    assert copies(journal)[0].read_bytes() == copies(journal)[1].read_bytes()


def test_two_copies_of_a_site_do_not_read_each_others_decisions(
    tmp_path: Path,
) -> None:
    one = Journal(tmp_path / "one", tmp_path / "second")
    one.write(plan(1))
    two = Journal(tmp_path / "two", tmp_path / "second")
    two.site.mkdir()
    other = Journal(tmp_path / "two", tmp_path / "elsewhere")
    other.write(plan(5))
    two.write(plan(6))
    assert epochs(two) == [5, 6]
    assert epochs(one) == [1]


def test_without_the_second_place_nothing_is_written_at_all(journal: Journal) -> None:
    journal.second.write_text("a file where the folder should be")
    with pytest.raises(Refused, match="the way back cannot be kept") as refused:
        journal.write(plan(1))
    assert str(journal.second) in str(refused.value)
    assert not journal.site.exists()


def test_a_journal_that_nobody_can_read_is_no_empty_journal(journal: Journal) -> None:
    journal.site.mkdir()
    (journal.site / NAME).mkdir()
    with pytest.raises(Refused):
        journal.read()


def test_the_card_lies_in_both_places(journal: Journal) -> None:
    journal.write_card("the way back\n")
    assert (journal.site / CARD).read_text() == "the way back\n"
    assert journal.card.read_text() == "the way back\n"


def test_a_journal_without_rights_is_refused(journal: Journal) -> None:
    need.root()
    journal.write(plan(1))
    import subprocess

    site = journal.site / NAME
    subprocess.run(["chattr", "+i", site], check=False, capture_output=True)
    try:
        if _writable(site):
            pytest.skip("this file system has no immutable files")
        with pytest.raises(Refused):
            journal.write(plan(2))
    finally:
        subprocess.run(["chattr", "-i", site], check=False, capture_output=True)


def _writable(path: Path) -> bool:
    try:
        with path.open("ab"):
            return True
    except OSError:
        return False


def test_writing_nothing_makes_both_copies_whole(journal: Journal) -> None:
    journal.write(plan(1))
    copies(journal)[0].unlink()
    journal.write()
    assert copies(journal)[0].read_bytes() == copies(journal)[1].read_bytes()


def machine(tmp_path: Path, name: str) -> Journal:
    """Return the journal of a machine that shares its state with others."""
    return Journal(
        tmp_path / name / "site",
        tmp_path / name / "second",
        Folder(tmp_path / "shared"),
    )


def test_a_machine_that_saw_nothing_reads_what_others_decided(tmp_path: Path) -> None:
    machine(tmp_path, "one").write(plan(1))
    machine(tmp_path, "one").write_card("the way back\n")
    other = machine(tmp_path, "two")
    assert epochs(other) == [1]
    other.write(plan(2))
    assert epochs(machine(tmp_path, "one")) == [1, 2]
    assert copies(other)[0].read_bytes() == copies(other)[1].read_bytes()
    assert (tmp_path / "shared" / CARD).read_text() == "the way back\n"


def test_whoever_decides_on_what_is_no_longer_so_is_locked_out(tmp_path: Path) -> None:
    one, two = machine(tmp_path, "one"), machine(tmp_path, "two")
    before = one.read()
    two.write(plan(1))
    with pytest.raises(Locked, match="somebody else"):
        one.write(plan(2), still=lambda book: book == before)
    assert epochs(one) == [1]


def test_two_machines_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    meanwhile = [machine(tmp_path, "two")]

    class Slow(Folder):
        """Lets the other machine in between reading and writing, once."""

        def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
            if meanwhile:
                meanwhile.pop().write(plan(2))
            return super().put(key, value, if_version)

    one = machine(tmp_path, "one")
    Journal(one.site, one.second, Slow(tmp_path / "shared")).write(plan(1))
    assert epochs(one) == epochs(machine(tmp_path, "two")) == [2, 1]


def test_the_shared_copy_comes_first_so_a_kill_never_makes_two_truths(
    tmp_path: Path,
) -> None:
    one = machine(tmp_path, "one")
    one.second.parent.mkdir(parents=True)
    one.second.write_text("a file where the folder should be")
    with pytest.raises(Refused):
        one.write(plan(1))
    two = machine(tmp_path, "two")
    assert epochs(two) == [1], "it was planned, and never carried out"
    one.second.unlink()
    one.write(plan(2))
    assert epochs(two) == [1, 2]


def test_a_store_that_cannot_be_written_keeps_every_record_as_it_is(
    tmp_path: Path,
) -> None:
    one = machine(tmp_path, "one")
    one.write(plan(1))
    before = copies(one)[0].read_bytes()

    class Full(Folder):
        def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
            raise Unavailable(T("the disk is full"))

    with pytest.raises(Refused, match=r"cannot be kept in .*the disk is full"):
        Journal(one.site, one.second, Full(tmp_path / "shared")).write(plan(2))
    assert copies(one)[0].read_bytes() == before


def test_a_card_that_others_always_write_over_keeps_every_record_as_it_is(
    tmp_path: Path,
) -> None:
    class Busy(Folder):
        def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
            raise Conflict(T("somebody was faster"))

    one = machine(tmp_path, "one")
    with pytest.raises(Refused, match=r"cannot be kept in .*others write there"):
        Journal(one.site, one.second, Busy(tmp_path / "shared")).write_card("a way")
    assert not one.card.exists()


def test_a_site_that_begins_to_share_brings_its_journal_along(tmp_path: Path) -> None:
    one = machine(tmp_path, "one")
    Journal(one.site, one.second).write(plan(1))
    assert epochs(machine(tmp_path, "two")) == []
    one.write(plan(2))
    assert epochs(machine(tmp_path, "two")) == [1, 2]


def test_a_spoilt_shared_copy_is_set_aside(tmp_path: Path) -> None:
    one = machine(tmp_path, "one")
    one.write(plan(1), plan(2))
    shared = tmp_path / "shared" / NAME
    edited = shared.read_bytes().replace(b'"epoch": 2', b'"epoch": 9')
    shared.write_bytes(edited)
    assert epochs(one) == [1, 2]
    one.write(plan(3))
    assert epochs(machine(tmp_path, "two")) == [1, 2, 3]
    (aside,) = (tmp_path / "shared").glob("journal.aside-*.jsonl")
    assert aside.read_bytes() == edited


class KilledError(Exception):
    """The process ends here."""


@contextmanager
def killed_after(copies: int | None) -> Iterator[None]:
    """Let the process die once so many of the machine's own copies are written."""
    real, left = journals._continue, iter(range(copies or 0))

    def continued(*words: Any) -> None:
        if copies is not None and next(left, None) is None:
            raise KilledError
        real(*words)

    with pytest.MonkeyPatch.context() as patch, suppress(KilledError):
        patch.setattr(journals, "_continue", continued)
        yield


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([None, 0, 1])),
        min_size=1,
        max_size=5,
    )
)
def test_machines_that_are_killed_anywhere_agree_and_lose_nothing(
    runs: list[tuple[str, int | None]],
) -> None:
    """Killed after the shared copy, and after none or one of their own two."""
    with TemporaryDirectory() as folder:
        for number, (name, survived) in enumerate(runs, start=1):
            with killed_after(survived):
                machine(Path(folder), name).write(plan(number))
            told = {tuple(epochs(machine(Path(folder), each))) for each in "abc"}
            assert told == {tuple(range(1, number + 1))}
