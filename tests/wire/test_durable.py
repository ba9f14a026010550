"""Files are old or new, never a mixture."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fallback.core.errors import Locked
from fallback.wire import durable
from tests import need


def names(folder: Path) -> list[str]:
    """Return what *folder* holds."""
    return sorted(path.name for path in folder.iterdir())


def test_replace_writes_all_of_it_and_leaves_nothing_beside(tmp_path: Path) -> None:
    """The folder is made, the bytes are there, no orphan stays."""
    durable.replace(tmp_path / "a" / "page.html", b"new")

    assert (tmp_path / "a" / "page.html").read_bytes() == b"new"
    assert names(tmp_path / "a") == ["page.html"]


def test_what_can_be_made_again_waits_for_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is whole or absent all the same: written beside, and renamed."""
    waited: list[int] = []
    monkeypatch.setattr(durable.os, "fsync", waited.append)
    durable.replace(tmp_path / "page.html", b"new", lasting=False)

    assert (waited, names(tmp_path)) == ([], ["page.html"])
    durable.replace(tmp_path / "page.html", b"newer")
    assert len(waited) == 2


def test_a_full_disk_keeps_the_old_page(tmp_path: Path) -> None:
    """ENOSPC in the middle of a write leaves what was there."""
    page = tmp_path / "page.html"
    page.write_bytes(b"old")
    program = (
        "import sys; from pathlib import Path; from fallback.wire import durable;"
        f"durable.replace(Path({str(page)!r}), b'n' * 100)"
    )
    run = subprocess.run(
        [
            *(need.program("strace"), "-f", "-o", tmp_path / "trace"),
            *("-P", tmp_path / ".page.html.new", "-e", "inject=write:error=ENOSPC"),
            *(sys.executable, "-c", program),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "ENOSPC" in (tmp_path / "trace").read_text()
    assert "No space left on device" in run.stderr
    assert page.read_bytes() == b"old"
    assert names(tmp_path) == ["page.html", "trace"]


@given(
    lines=st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)),
    torn=st.binary(max_size=20).filter(lambda line: b"\n" not in line),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_a_torn_last_line_is_cut_and_no_whole_line_is_lost(
    tmp_path: Path, lines: list[bytes], torn: bytes
) -> None:
    """What a kill left unfinished was never promised; everything else was."""
    journal = tmp_path / "journal"
    journal.write_bytes(b"".join(line + b"\n" for line in lines) + torn)
    durable.append(journal, b"next")

    assert journal.read_bytes() == b"".join(line + b"\n" for line in [*lines, b"next"])


def test_a_lock_is_held_by_one_process_and_dies_with_it(tmp_path: Path) -> None:
    """The second one is told at once; after a kill nobody has to clean up."""
    path = tmp_path / "lock"
    program = (
        "import sys; from pathlib import Path; from fallback.wire import durable\n"
        f"with durable.lock(Path({str(path)!r})):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Locked), durable.lock(path):
            pass
        holder.kill()
        holder.wait()

    with durable.lock(path):
        pass
