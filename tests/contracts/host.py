"""The exam of every host, the fake included: ``class TestX(HostContract)``.

``ShelfContract`` is the longer one for hosts that are written file by file.

A subclass says how to get at the place behind the host (``Place``).
"""

from hashlib import sha256
from typing import Protocol

import pytest

from fallback.core.errors import Refused
from fallback.core.hosts.publishing import BESIDE
from fallback.core.model import MANIFEST
from fallback.core.ports import Host
from tests.fakes.host import KilledError
from tests.fakes.site import built_file, digests, page, small_site, with_manifest


class Place(Protocol):
    """A fresh, empty place, seen from behind the host's back."""

    def host(self) -> Host: ...
    def dying_after(self, writes: int) -> Host:
        """Return a host that raises ``KilledError`` before write number *writes*+1."""

    def bodies(self) -> dict[str, bytes]: ...
    def leave(self, path: str, body: bytes) -> None: ...
    def writes(self) -> list[str]:
        """Return the paths written since the last call, in order."""


class HostContract:
    """What every host promises (``fallback.core.ports.Host``)."""

    @pytest.fixture
    def place(self) -> Place:
        raise NotImplementedError

    def test_what_was_published_is_what_is_read_back(self, place):
        site = small_site()
        receipt = place.host().publish(site)
        assert place.host().read_back() == digests(site)
        assert set(receipt.written) == set(digests(site))
        assert receipt.skipped == receipt.deleted == ()

    def test_nothing_published_reads_back_as_nothing(self, place):
        assert place.host().read_back() == {}

    def test_the_second_publish_of_the_same_site_writes_nothing(self, place):
        site = small_site()
        place.host().publish(site)
        place.writes()
        receipt = place.host().publish(site)
        assert place.writes() == []
        assert receipt.written == ()
        assert set(receipt.skipped) == set(digests(site))

    def test_one_changed_file_is_written_with_the_manifest_and_nothing_else(
        self, place
    ):
        place.host().publish(small_site())
        place.writes()
        changed = small_site(extra={"sw.js": "// another\n"})
        assert place.host().publish(changed).written == ("sw.js", MANIFEST)
        assert place.writes() == ["sw.js", MANIFEST]
        assert place.host().read_back() == digests(changed)

    def test_a_changed_header_alone_is_published(self, place):
        place.host().publish(small_site())
        changed = small_site(cache={"robots.txt": "public, max-age=5"})
        assert place.host().publish(changed).written == ("robots.txt", MANIFEST)

    def test_a_file_damaged_on_the_host_is_written_again(self, place):
        site = small_site()
        place.host().publish(site)
        place.leave("_fallback/en.html", b"torn")
        assert "_fallback/en.html" in place.host().publish(site).written
        assert place.host().read_back() == digests(site)

    def test_a_file_missing_on_the_host_is_not_read_back(self, place):
        site = with_manifest(
            [built_file("index.html", page("a")), built_file("a.txt", "a")], 1
        )
        partial = with_manifest([built_file("index.html", page("a"))], 1)
        place.host().publish(partial)
        place.leave(MANIFEST, site.file(MANIFEST).body)
        assert "a.txt" not in place.host().read_back()

    def test_a_file_that_is_no_longer_part_is_deleted_one_generation_later(self, place):
        gone = "_fallback/log/older.html"
        place.host().publish(small_site())
        second = place.host().publish(
            small_site("2", sequence=2000, extra={gone: None})
        )
        assert second.deleted == ()
        assert gone in place.bodies()
        third = place.host().publish(small_site("3", sequence=3000, extra={gone: None}))
        assert third.deleted == (gone,)
        assert gone not in place.bodies()

    def test_a_file_that_comes_back_in_time_is_not_deleted(self, place):
        gone = "_fallback/log/older.html"
        place.host().publish(small_site())
        place.host().publish(small_site("2", sequence=2000, extra={gone: None}))
        third = small_site("3", sequence=3000)
        assert place.host().publish(third).deleted == ()
        fourth = small_site("4", sequence=4000)
        assert place.host().publish(fourth).deleted == ()
        assert place.host().read_back() == digests(fourth)

    @pytest.mark.parametrize(
        "site",
        [
            with_manifest([], 9000),
            with_manifest([built_file("robots.txt", "")], 9000),
            with_manifest([built_file("index.html", " \n")], 9000),
        ],
        ids=["no file", "no front page", "a blank front page"],
    )
    def test_an_empty_build_is_refused_and_the_page_stays(self, place, site):
        place.host().publish(small_site())
        before = place.bodies()
        with pytest.raises(Refused, match="empty"):
            place.host().publish(site)
        assert place.bodies() == before

    @pytest.mark.parametrize(
        "path", ["../out.html", "/out.html", "a/../../out", "a\\b", "c:x", "a//b", ""]
    )
    def test_a_path_that_leads_out_of_the_host_is_refused(self, place, path):
        files = [built_file("index.html", page("a")), built_file(path, "x")]
        with pytest.raises(Refused):
            place.host().publish(with_manifest(files, 1))
        assert place.bodies() == {}

    def test_older_words_never_replace_newer_ones(self, place):
        newer = small_site("newer", sequence=2000)
        place.host().publish(newer)
        before = place.bodies()
        with pytest.raises(Refused, match="newer"):
            place.host().publish(small_site("older", sequence=1999))
        assert place.bodies() == before

    def test_a_mended_word_of_the_same_moment_is_published(self, place):
        place.host().publish(small_site("tpyo"))
        place.host().publish(small_site("typo"))
        assert place.bodies()["index.html"] == page("typo").encode()

    def test_a_manifest_of_a_newer_program_is_left_alone(self, place):
        place.leave(MANIFEST, b'{"schema": 2}')
        with pytest.raises(Refused, match="newer fallback"):
            place.host().publish(small_site())

    @pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"[]", b'{"files": 3}'])
    def test_a_damaged_manifest_is_mended_by_the_next_publish(self, place, damage):
        site = small_site()
        place.host().publish(site)
        place.leave(MANIFEST, damage)
        place.host().publish(site)
        assert place.host().read_back() == digests(site)

    def test_the_front_page_of_somebody_else_is_never_replaced(self, place):
        place.leave("index.html", b"<h1>a living shop</h1>")
        with pytest.raises(Refused, match="did not write"):
            place.host().publish(small_site())
        assert place.bodies() == {"index.html": b"<h1>a living shop</h1>"}

    def test_a_kill_between_any_two_writes_leaves_a_whole_page_and_can_be_finished(
        self, place
    ):
        gone, came = "_fallback/log/older.html", "_fallback/log/new.html"
        place.host().publish(small_site("0", sequence=1))
        old = page("0").encode()
        died = 0
        for writes in range(40):
            words = f"words {writes}"
            extra = {came: page(words), gone: None if writes % 2 else page(words)}
            site = small_site(words, sequence=writes + 2, extra=extra)
            new = site.file("index.html").body
            try:
                place.dying_after(writes).publish(site)
            except KilledError:
                died += 1
            else:
                break
            assert place.bodies()["index.html"] in (old, new)
            if place.bodies()["index.html"] == new:
                self._complete(place, site)
            place.host().publish(site)
            assert place.host().read_back() == digests(site)
            old = new
        else:
            pytest.fail("the publish never came to its end")
        assert died > 6

    def _complete(self, place, site):
        """A new front page has everything beside it that it may ask for."""
        bodies = place.bodies()
        for file in site.files:
            if file.path != MANIFEST:
                assert sha256(bodies[file.path]).hexdigest() == file.digest

    def test_a_kill_never_brings_a_deletion_forward(self, place):
        gone = "_fallback/log/older.html"
        place.host().publish(small_site("1", sequence=1))
        second = small_site("2", sequence=2, extra={gone: None})
        for writes in range(40):
            try:
                place.dying_after(writes).publish(second)
            except KilledError:
                assert gone in place.bodies()
            else:
                break
        assert gone in place.bodies()


class RoomyContract(HostContract):
    """What hosts promise beyond it that can hold a file beside the page."""

    def test_nothing_lies_beside_a_page_that_is_not_there(self, place):
        assert place.host().beside(f"{BESIDE}1.txt") is None
        assert place.bodies() == {}

    def test_a_file_beside_the_page_is_in_no_publish_and_goes_again(self, place):
        site, path = small_site(), f"{BESIDE}1.txt"
        place.host().publish(site)
        place.writes()
        spot = place.host().beside(path)
        assert spot.manifest == site.file(MANIFEST).digest
        assert place.writes() == [], "nothing is written by looking"
        place.host().lay(spot, b"ours")
        assert place.bodies()[path] == b"ours"
        place.writes()
        assert place.host().publish(site).written == ()
        assert place.writes() == []
        assert place.host().read_back() == digests(site)
        for _ in range(2):  # what is gone already is fine
            place.host().lift(spot)
            assert path not in place.bodies()
        assert place.host().read_back() == digests(site)


class ShelfContract(HostContract):
    """What hosts promise beyond it that are written file by file.

    A host that switches whole releases has no order, and nothing of others in it.
    """

    def test_the_front_page_follows_everything_it_needs_and_the_manifest_is_last(
        self, place
    ):
        place.host().publish(small_site())
        assert place.writes()[-2:] == ["index.html", MANIFEST]

    def test_files_of_others_are_never_touched(self, place):
        others = {
            "keep.txt": b"1",
            "_fallback/theirs.bin": b"2",
            "shop/index.html": b"3",
        }
        for path, body in others.items():
            place.leave(path, body)
        for number in range(1, 4):
            extra = {f"_fallback/log/{number}.html": page("x")}
            place.host().publish(small_site(str(number), sequence=number, extra=extra))
        bodies = place.bodies()
        assert {path: bodies[path] for path in others} == others
