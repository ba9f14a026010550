"""A new file is whole or not there, and never takes another's place."""

import errno
from pathlib import Path

import pytest

from fallback.wire import durable


def test_a_new_file_holds_its_bytes_and_leaves_nothing_beside_it(
    tmp_path: Path,
) -> None:
    durable.create(tmp_path / "deep" / "new.md", b"words")

    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["new.md"]
    assert (tmp_path / "deep" / "new.md").read_bytes() == b"words"


def test_what_is_there_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "new.md"
    path.write_bytes(b"older")

    with pytest.raises(FileExistsError):
        durable.create(path, b"words")

    assert path.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["new.md"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_memory_card_without_second_names_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refused = []

    def refuse(self: Path, target: Path) -> None:
        refused.append(target)
        raise OSError(number, "not here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "new.md"
    durable.create(path, b"words")

    assert refused
    assert path.read_bytes() == b"words"
    with pytest.raises(FileExistsError):
        durable.create(path, b"other")
    assert path.read_bytes() == b"words"


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match="No space left"):
        durable.create(tmp_path / "new.md", b"words")

    assert list(tmp_path.iterdir()) == []
