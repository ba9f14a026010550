"""The folder store passes the exam, and survives what disks do."""

import subprocess
import sys
from pathlib import Path

import pytest

from fallback.core.errors import Unavailable
from fallback.stores.folder import Folder, Settings, connect
from tests import need
from tests.contracts.store import StoreContract
from tests.fakes.config import small_config


class TestFolder(StoreContract):
    """The exam."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "state")

    @pytest.fixture
    def again(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path / "state")


def test_a_relative_path_is_the_sites(tmp_path: Path) -> None:
    assert connect(Settings(), small_config(tmp_path)).path == tmp_path / ".fallback"


@pytest.mark.parametrize("key", ["../up", "/etc/passwd", "", "a//b", ".lock", "A"])
def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        Folder(tmp_path).get(key)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(Unavailable):
        Folder(tmp_path / "state").put("origin.json", b"one", None)


def test_a_full_disk_keeps_the_old_value(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    known = store.put("origin.json", b"old", None)
    program = (
        "from pathlib import Path; from fallback.stores.folder import Folder;"
        f"Folder(Path({str(tmp_path)!r})).put('origin.json', b'n' * 99, {known!r})"
    )
    run = subprocess.run(
        [
            *(need.program("strace"), "-f", "-o", tmp_path / "trace"),
            *("-P", tmp_path / ".origin.json.new", "-e", "inject=write:error=ENOSPC"),
            *(sys.executable, "-c", program),
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Unavailable" in run.stderr
    assert "(INJECTED)" in (tmp_path / "trace").read_text()
    assert store.get("origin.json") == (b"old", known)
