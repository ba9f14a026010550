"""Words with a date are kept with all others, and what is torn counts as none."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fallback.core.errors import FallbackError
from fallback.core.ports import Version
from fallback.stores import dated
from fallback.stores.folder import Folder

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_what_is_remembered_is_there_until_it_is_forgotten(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    assert dated.recall(store) == {}
    dated.remember(store, "settled:ask-card-printed", NOW)
    dated.remember(store, "wrote:kwiaty.example.", NOW)
    dated.forget(store, "settled:ask-card-printed")
    dated.forget(store, "never known")
    assert dated.recall(store) == {"wrote:kwiaty.example.": NOW}


def test_whoever_is_faster_loses_nothing(tmp_path: Path) -> None:
    """Between the look and the write of one machine another one writes."""
    others = ["two", "three"]

    class Slow(Folder):
        def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
            if others:
                dated.remember(Folder(tmp_path), others.pop(), NOW)
            return super().put(key, value, if_version)

    dated.remember(Slow(tmp_path), "one", NOW)
    assert set(dated.recall(Folder(tmp_path))) == {"one", "two", "three"}
    others.append("four")
    dated.forget(Slow(tmp_path), "one")
    assert set(dated.recall(Folder(tmp_path))) == {"two", "three", "four"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 1}', '{"schema": 1, "dates": {"a": "yesterday"}}',
     '{"schema": 1, "dates": [1]}', '{"schema": 1, "dates": {"a": 5}}'],
)  # fmt: skip
def test_a_torn_note_counts_as_none_and_is_written_anew(
    tmp_path: Path, text: str
) -> None:
    store = Folder(tmp_path)
    store.put(dated.KEY, text.encode(), None)
    assert dated.recall(store) == {}
    dated.remember(store, "a", NOW)
    assert dated.recall(store) == {"a": NOW}


def test_the_note_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    store.put(dated.KEY, b'{"schema": 2}', None)
    with pytest.raises(FallbackError, match="newer fallback"):
        dated.remember(store, "a", NOW)


def test_a_long_life_of_the_site_does_not_make_it_long(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    old = {f"{day}": NOW.replace(year=1000 + day).isoformat() for day in range(900)}
    body = json.dumps({"schema": 1, "dates": old})
    store.put(dated.KEY, body.encode(), None)
    dated.remember(store, "newest", NOW)
    kept = dated.recall(store)
    assert len(kept) == 200
    assert {"newest", "899"} <= set(kept)
