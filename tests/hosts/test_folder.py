"""A folder as a host."""

import errno
import os
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from attrs import define, field

from fallback.core.errors import Refused, Rejected, Unavailable
from fallback.core.hosts.publishing import FRONT
from fallback.core.model import MANIFEST
from fallback.hosts.folder import LOCK, FolderHost, Settings, connect
from fallback.wire import durable
from fallback.wire.deadline import within
from tests.contracts.host import RoomyContract, ShelfContract
from tests.fakes.host import KilledError
from tests.fakes.site import digests, page, small_site


@define
class FolderPlace:
    """Counts and kills at the one door through which every byte goes."""

    root: Path
    real: object
    log: list = field(factory=list)
    left: int | None = None

    def host(self):
        self.left = None
        return FolderHost(self.root)

    def dying_after(self, writes):
        self.left = writes
        return FolderHost(self.root)

    def replace(self, path, body, **kwargs):
        if self.left == 0:
            raise KilledError
        if self.left is not None:
            self.left -= 1
        self.log.append(path.relative_to(self.root).as_posix())
        self.real(path, body, **kwargs)

    def bodies(self):
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file()
        }

    def leave(self, path, body):
        found = self.root / path
        found.parent.mkdir(parents=True, exist_ok=True)
        found.write_bytes(body)

    def writes(self):
        done, self.log[:] = list(self.log), []
        return done


class TestFolderHost(RoomyContract, ShelfContract):
    @pytest.fixture
    def place(self, tmp_path, monkeypatch):
        place = FolderPlace(tmp_path / "public", durable.replace)
        monkeypatch.setattr(durable, "replace", place.replace)
        return place


def test_a_folder_that_is_not_there_is_made(tmp_path):
    FolderHost(tmp_path / "a" / "b").publish(small_site())
    assert (tmp_path / "a" / "b" / "index.html").is_file()


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "public"
    root.mkdir()
    (root / "_fallback").symlink_to(outside, target_is_directory=True)
    with pytest.raises(Rejected, match="leads out"):
        FolderHost(root).publish(small_site())
    assert list(outside.iterdir()) == []


def test_a_manifest_that_names_files_outside_makes_nobody_read_or_delete_them(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s")
    root = tmp_path / "public"
    host = FolderHost(root)
    host.publish(small_site())
    manifest = root / MANIFEST
    text = manifest.read_text()
    manifest.write_text(text.replace('"robots.txt"', '"../secret"'))
    (root / "_fallback/leftovers.json").write_text('{"paths": ["../secret", 3]}')
    assert "../secret" not in host.read_back()
    host.publish(small_site("2", sequence=2000))
    host.publish(small_site("3", sequence=3000))
    assert secret.read_text() == "s"


def test_the_site_folder_itself_is_refused_as_a_host(tmp_path, config):
    for path in (config.root, config.root.parent):
        with pytest.raises(Refused, match="own settings"):
            connect(Settings(path), config)


@pytest.mark.parametrize(
    ("number", "family", "said"),
    [
        (errno.ENOSPC, Unavailable, "full"),
        (errno.EDQUOT, Unavailable, "full"),
        (errno.EACCES, Rejected, "may not be written"),
        (errno.EROFS, Rejected, "may not be written"),
        (errno.EIO, Unavailable, os.strerror(errno.EIO)),
    ],
)
def test_what_the_disk_says_is_said_in_words_and_the_page_stays(
    tmp_path, monkeypatch, number, family, said
):
    host = FolderHost(tmp_path)
    host.publish(small_site("old"))

    def refuse(path, body):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(durable, "replace", refuse)
    with pytest.raises(family, match=said) as caught:
        host.publish(small_site("new", sequence=2000))
    assert caught.value.next
    assert caught.value.customers_see
    monkeypatch.undo()
    assert host.read_back() == digests(small_site("old"))


def test_nothing_but_the_site_and_our_own_list_is_left_in_the_folder(tmp_path):
    host = FolderHost(tmp_path)
    host.publish(small_site("1", extra={"a/b.html": page("b")}))
    host.publish(small_site("2", sequence=2000))
    third = small_site("3", sequence=3000)
    host.publish(third)
    there = {
        p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()
    }
    assert there == set(digests(third)) | {"_fallback/leftovers.json", LOCK}


def test_older_words_that_meet_newer_ones_on_their_way_never_stay(
    tmp_path, monkeypatch
):
    """Two checkouts publish to one folder; each has a lock of its own elsewhere."""
    FolderHost(tmp_path).publish(small_site("first"))
    late, newer = small_site("late", sequence=2000), small_site("new", sequence=3000)
    real, met = durable.replace, Event()

    def replace(path, body, **kwargs):
        if body == late.file(FRONT).body and not met.is_set():
            met.set()
            other.start()
            other.join(0.5)  # without a lock it would be done by then
        real(path, body, **kwargs)

    other = Thread(target=FolderHost(tmp_path).publish, args=(newer,))
    monkeypatch.setattr(durable, "replace", replace)
    FolderHost(tmp_path).publish(late)
    other.join()
    assert met.is_set()
    assert FolderHost(tmp_path).read_back() == digests(newer)


def test_somebody_elses_folder_gets_not_even_a_lock(tmp_path):
    (tmp_path / FRONT).write_text("<h1>the shop</h1>")
    with pytest.raises(Refused):
        FolderHost(tmp_path).publish(small_site())
    assert [path.name for path in tmp_path.rglob("*")] == [FRONT]


def test_a_first_publish_that_has_no_manifest_yet_is_waited_for(tmp_path):
    with durable.lock(tmp_path / LOCK):
        (tmp_path / FRONT).write_text("the page, a moment before its manifest")
        with within(timedelta(seconds=0.2)), pytest.raises(Unavailable):
            FolderHost(tmp_path).publish(small_site())


def test_a_folder_that_another_one_never_lets_go_of_is_given_up_in_time(tmp_path):
    FolderHost(tmp_path).publish(small_site())
    with (
        durable.lock(tmp_path / LOCK),
        within(timedelta(seconds=0.2)),
        pytest.raises(Unavailable, match="somebody else") as caught,
    ):
        FolderHost(tmp_path).publish(small_site("new", sequence=2000))
    assert caught.value.next
