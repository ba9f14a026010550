"""The shop's workers are remembered, and what was once known is not forgotten."""

from pathlib import Path

import pytest

from fallback.core.check.workers import MOST
from fallback.core.errors import FallbackError
from fallback.stores.folder import Folder
from fallback.stores.leftovers import KEY, recall, remember


def test_a_worker_that_the_shop_gave_up_is_still_in_browsers(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    assert recall(store) == ()
    remember(store, ("/old.js",))
    remember(store, ("/sw.js",))
    assert recall(store) == ("/sw.js", "/old.js")


def test_only_so_many_are_kept_and_the_newest_first(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    for number in range(MOST + 5):
        remember(store, (f"/{number}.js",))
    assert len(recall(store)) == MOST
    assert recall(store)[0] == f"/{MOST + 4}.js"


@pytest.mark.parametrize(
    "torn", [b"", b"\0" * 40, b"[]", b'{"schema": 1}', b'{"schema": 1, "workers": 5}']
)
def test_a_torn_value_is_nothing_and_is_replaced(tmp_path: Path, torn: bytes) -> None:
    store = Folder(tmp_path)
    store.put(KEY, torn, None)
    assert recall(store) == ()
    remember(store, ("/sw.js",))
    assert recall(store) == ("/sw.js",)


def test_a_newer_program_is_not_second_guessed(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    store.put(KEY, b'{"schema": 9}', None)
    with pytest.raises(FallbackError, match="newer"):
        recall(store)
