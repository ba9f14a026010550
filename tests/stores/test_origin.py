"""The shop's own addresses are remembered, and a torn memory stops nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fallback.core.errors import FallbackError
from fallback.core.model import Origin
from fallback.stores.folder import Folder
from fallback.stores.origin import KEY, recall, remember

HERE = Origin(("192.0.2.10",), datetime(2026, 11, 22, 3, 0, tzinfo=UTC))


def test_what_was_remembered_is_recalled(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    assert recall(store) is None
    remember(store, HERE)
    assert recall(store) == HERE


@pytest.mark.parametrize(
    "torn", [b"", b"\0" * 40, b"[]", b"{}", b'{"schema": 1}', b'{"schema": "1"}']
)
def test_a_torn_value_is_none_and_is_replaced(tmp_path: Path, torn: bytes) -> None:
    store = Folder(tmp_path)
    store.put(KEY, torn, None)
    assert recall(store) is None
    remember(store, HERE)
    assert recall(store) == HERE


def test_a_newer_program_is_not_second_guessed(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    store.put(KEY, b'{"schema": 9}', None)
    with pytest.raises(FallbackError, match="newer"):
        recall(store)
