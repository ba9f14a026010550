"""A folder as a host."""

import errno
import os
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from attrs import define, field

from fallback.core.errors import Refused, Rejected, Unavailable
from fallback.core.model import MANIFEST
from fallback.hosts.folder import FolderHost, Settings, connect
from fallback.wire import durable
from fallback.wire.deadline import within
from fallback.wire.publishing import reporting
from tests.contracts.host import ShelfContract
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


class TestFolderHost(ShelfContract):
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
    assert there == set(digests(third)) | {"_fallback/leftovers.json"}


@pytest.mark.parametrize(("held", "meanwhile"), [(2000, 3000), (3000, 2000)])
def test_of_two_publishes_at_the_same_moment_the_newest_words_stay(
    tmp_path, held, meanwhile
):
    """Two checkouts, one folder: one is held up after its first file."""
    root, ended, refused = tmp_path / "copy", [], []

    def publish(sequence):
        try:
            FolderHost(root).publish(small_site(str(sequence), sequence=sequence))
        except Refused:
            refused.append(sequence)
        ended.append(sequence)

    other = Thread(target=publish, args=(meanwhile,))

    def hold(done, of):
        if not other.ident:
            other.start()
            other.join(0.3)
            assert ended == [], "it waits for its turn"

    with reporting(hold):
        publish(held)
    other.join()
    assert ended == [held, meanwhile]
    assert refused == [2000] * (meanwhile < held)
    assert FolderHost(root).read_back() == digests(small_site("3000", sequence=3000))


def test_who_waits_too_long_for_another_publish_says_so(tmp_path):
    root = tmp_path / "copy"
    FolderHost(root).publish(small_site("old"))
    with (
        durable.alone_in(root, timedelta()) as alone,
        within(timedelta(milliseconds=100)),
        pytest.raises(Unavailable, match="at the same moment"),
    ):
        assert alone
        FolderHost(root).publish(small_site("new", sequence=2000))
    assert FolderHost(root).read_back() == digests(small_site("old"))
