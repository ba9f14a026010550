"""A cache is believed when this user signed it, and is nothing otherwise."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.wire import kept as room
from fallback.wire.kept import NAME_BYTES, Kept, secret

KEY = b"k" * 32
ONE, TWO = b"1" * NAME_BYTES, b"2" * NAME_BYTES


def filled(path: Path, values: dict[bytes, bytes], stamp: bytes = b"s") -> Path:
    made = Kept(path, KEY, stamp)
    made.update(values)
    made.save()
    return path


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    path = filled(tmp_path / "state" / "kept", {ONE: b"first", TWO: b""})

    found = Kept(path, KEY, b"s")
    assert found[ONE] == b"first"
    assert found[TWO] == b""
    assert len(found) == 2


def test_what_nobody_asks_for_is_dropped(tmp_path: Path) -> None:
    """A cache does not grow for ever."""
    path = filled(tmp_path / "kept", {ONE: b"first", TWO: b"second"})
    found = Kept(path, KEY, b"s")
    assert found.get(ONE) == b"first"
    found.save()

    assert list(Kept(path, KEY, b"s")) == [ONE]


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    path = filled(tmp_path / "kept", {ONE: b"first"})
    before = path.stat().st_mtime_ns
    found = Kept(path, KEY, b"s")
    assert found[ONE]
    found.save()

    assert path.stat().st_mtime_ns == before


def test_another_program_and_another_user_find_nothing(tmp_path: Path) -> None:
    """A stamp names what decides about all values; the key is each user's own."""
    path = filled(tmp_path / "kept", {ONE: b"first"})

    assert Kept(path, KEY, b"t").get(ONE) is None
    assert Kept(path, b"x" * 32, b"s").get(ONE) is None


@given(st.data())
def test_a_cache_with_any_letter_changed_is_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Torn by a kill, rotten on the disk, or forged: it is rebuilt without a word."""
    path = filled(tmp_path_factory.mktemp("kept") / "kept", {ONE: b"first", TWO: b"x"})
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    spoilt = data.draw(
        st.sampled_from(
            [whole[:at], whole[:at] + bytes([other]) + whole[at + 1 :], whole + b"x"]
        )
    )
    path.write_bytes(spoilt)

    assert len(Kept(path, KEY, b"s")) == 0


@given(st.binary(max_size=300))
def test_any_bytes_may_lie_there(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    path = tmp_path_factory.mktemp("kept") / "kept"
    path.write_bytes(body)

    assert len(Kept(path, KEY, b"s")) == 0


def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe would never end, and a link could lead anywhere."""
    real = filled(tmp_path / "real", {ONE: b"first"})
    (tmp_path / "link").symlink_to(real)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()

    for name in ("link", "pipe", "folder", "nothing", "real/below"):
        assert len(Kept(tmp_path / name, KEY, b"s")) == 0


def test_a_disk_that_refuses_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be kept is made again another time."""
    hit = []

    def full(path: Path, body: bytes, **_: object) -> None:
        hit.append(path)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room.durable, "replace", full)
    filled(tmp_path / "kept", {ONE: b"first"})

    assert hit == [tmp_path / "kept"]
    assert not (tmp_path / "kept").exists()


def test_two_builds_at_once_leave_one_whole_cache(tmp_path: Path) -> None:
    """The later one wins, and nothing is mixed."""
    path = tmp_path / "kept"
    first, second = (Kept(path, KEY, b"s") for _ in range(2))
    first[ONE] = b"first"
    second[TWO] = b"second"
    first.save()
    second.save()

    assert dict(Kept(path, KEY, b"s").items()) == {TWO: b"second"}


def test_the_key_is_made_once_and_is_this_users_alone(tmp_path: Path) -> None:
    first = secret(tmp_path / "own")

    assert first is not None
    assert len(first) == 32
    assert secret(tmp_path / "own") == first
    assert secret(tmp_path / "other") != first
    assert (tmp_path / "own" / "cache.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", [b"", b"short", b"far too long" * 9])
def test_a_key_that_a_kill_cut_short_is_made_anew(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "cache.key").write_bytes(left)

    made = secret(tmp_path)
    assert made
    assert len(made) == 32


def test_without_a_place_for_a_key_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    assert secret(tmp_path / "file") is None
