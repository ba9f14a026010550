"""A fresh BIND for each test of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.bind import Bind, running


@pytest.fixture
def bind(tmp_path: Path) -> Iterator[Bind]:
    """A BIND that takes signed updates."""
    with running(tmp_path / "bind") as server:
        yield server


@pytest.fixture
def plain_bind(tmp_path: Path) -> Iterator[Bind]:
    """A BIND that serves a plain master file."""
    with running(tmp_path / "bind", dynamic=False) as server:
        yield server
