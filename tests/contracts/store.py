"""The exam of ``core.ports.Store``: every store passes it.

A subclass gives a ``store`` that is empty, and ``again`` that opens the same one.
"""

from threading import Barrier, Thread

import pytest

from fallback.core.errors import Conflict
from fallback.core.ports import Store, Version


class StoreContract:
    """What the product relies on."""

    def test_what_was_never_put_is_absent(self, store: Store) -> None:
        assert store.get("origin.json") is None

    def test_what_was_put_is_there_for_everybody(
        self, store: Store, again: Store
    ) -> None:
        version = store.put("origin.json", b"\x00one\r\n", None)
        assert again.get("origin.json") == (b"\x00one\r\n", version)

    def test_keys_do_not_touch_each_other(self, store: Store) -> None:
        store.put("origin.json", b"one", None)
        store.put("watch/kwiaty.json", b"two", None)
        assert (store.get("origin.json") or ())[:1] == (b"one",)
        assert (store.get("watch/kwiaty.json") or ())[:1] == (b"two",)

    def test_who_read_first_may_write(self, store: Store) -> None:
        version = store.put("origin.json", b"one", None)
        store.put("origin.json", b"two", version)
        assert (store.get("origin.json") or ())[:1] == (b"two",)

    def test_who_was_slower_is_refused_and_nothing_changes(self, store: Store) -> None:
        first = store.put("origin.json", b"one", None)
        store.put("origin.json", b"two", first)
        for stale in (first, None, Version("never seen")):
            with pytest.raises(Conflict):
                store.put("origin.json", b"three", stale)
        assert (store.get("origin.json") or ())[:1] == (b"two",)

    def test_what_is_absent_has_no_version_to_expect(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.put("origin.json", b"one", Version("never seen"))
        assert store.get("origin.json") is None

    def test_of_many_at_once_exactly_one_wins(self, store: Store) -> None:
        known = store.put("lease.json", b"nobody", None)
        barrier, won = Barrier(6), []

        def race(number: int) -> None:
            barrier.wait()
            try:
                store.put("lease.json", b"%d" % number, known)
            except Conflict:
                return
            won.append(number)

        threads = [Thread(target=race, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert (store.get("lease.json") or ())[:1] == (b"%d" % won[0],)
