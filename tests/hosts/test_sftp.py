"""A server of one's own as a host, against Debian's sshd."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from fallback.core.config import SecretRef
from fallback.core.errors import (
    CredentialsRefused,
    Refused,
    Rejected,
    Unavailable,
)
from fallback.hosts import sftp as host
from fallback.hosts.sftp import connect
from fallback.wire.sftp import login
from fallback.wire.sftp.releases import STALE_SECONDS, Tree
from tests import need
from tests.contracts.host import RoomyContract
from tests.fakes.sftp import SftpPlace, settings
from tests.fakes.site import digests, page, small_site
from tests.servers.pipe import pipe
from tests.servers.sshd import make_key, sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def place(server, tmp_path, config):
    root = tmp_path / "page"
    root.mkdir()
    return SftpPlace(config, server, root)


class TestSftp(RoomyContract):
    @pytest.fixture
    def place(self, place):
        return place


def plain(place, **changes):
    """Return a host that makes a connection of its own, like the product's."""
    return connect(settings(place.server, place.root, **changes), place.config)


def test_a_whole_publish_over_connections_of_its_own(place):
    site = small_site()
    plain(place).publish(site)
    assert plain(place).read_back() == digests(site)
    assert str(place.current.readlink()) == f"releases/1000-{site.build_id}"


def test_a_path_may_begin_at_the_users_home(place, monkeypatch):
    home = Path.home()
    below = Path(tempfile.mkdtemp(dir=home))
    try:
        site = small_site()
        plain(place, path=below.relative_to(home).as_posix()).publish(site)
        assert (below / "current" / "index.html").exists()
    finally:
        shutil.rmtree(below)


def test_unchanged_files_are_the_same_file_in_both_releases(place):
    place.host().publish(small_site("1", sequence=1))
    before = (place.current / "robots.txt").stat().st_ino
    place.host().publish(small_site("2", sequence=2))
    assert (place.current / "robots.txt").stat().st_ino == before
    assert (place.current / "robots.txt").stat().st_nlink == 2


def test_five_releases_stay_and_nothing_of_others_is_taken_away(place):
    theirs = place.root / "releases" / "20251231-backup" / "shop.sql"
    for number in range(1, 8):
        place.host().publish(small_site(str(number), sequence=number))
        theirs.parent.mkdir(exist_ok=True)
        theirs.write_text("theirs")
        os.utime(theirs.parent, (number, number))
    ours = [name for name in place.releases() if name != "20251231-backup"]
    assert [name.partition("-")[0] for name in ours] == list("34567")
    assert theirs.read_text() == "theirs"


def test_what_a_dead_publish_left_is_taken_away_when_it_is_old(place):
    place.host().publish(small_site("1", sequence=1))
    fresh, dead = (place.root / "releases" / f".fallback-{n}" for n in ("a", "b"))
    for folder in (fresh, dead):
        folder.mkdir()
        (folder / "index.html").write_text("half")
    link = place.root / "releases" / ".fallback-c"
    link.symlink_to("releases/2-gone")
    long_ago = place.root.stat().st_mtime - STALE_SECONDS - 5
    for path in (dead, link):
        os.utime(path, (long_ago, long_ago), follow_symlinks=False)
    place.host().publish(small_site("2", sequence=2))
    assert fresh.exists()
    assert not dead.exists()
    assert not link.is_symlink()


def test_a_link_that_somebody_else_made_is_left_alone(place):
    (place.root / "theirs").mkdir()
    place.current.symlink_to("theirs")
    with pytest.raises(Refused, match="did not make"):
        place.host().publish(small_site())
    assert str(place.current.readlink()) == "theirs"
    assert not (place.root / "releases").exists()


def test_what_it_can_answer_is_known_once_our_snippet_is_there(place):
    assert plain(place).caps.front is None
    caps = plain(place, server="nginx").caps
    assert (caps.front, caps.deep, caps.post) == (503, 503, 503)
    assert caps.retry_after is caps.tls_ahead is True


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("host", {"host": "user@host"}),
        ("user", {"user": ""}),
        ("path", {"path": "~/page"}),
        ("path", {"path": "/srv/../etc"}),
        ("port", {"port": 0}),
        ("key", {"key": ""}),
        ("known_host", {"known_host": "AAAA"}),
    ],
)
def test_settings_that_cannot_be_meant_are_said(place, key, changes):
    found = settings(place.server, place.root, **changes)
    assert [name for name, _ in found.complaints()] == [key]
    assert list(settings(place.server, place.root).complaints()) == []


# which server it is


def test_an_unknown_server_is_refused_and_the_line_it_shows_makes_it_known(
    place, tmp_path
):
    known = tmp_path / "known_hosts"
    unsure = plain(place, known_host="", known_hosts=str(known))
    with pytest.raises(Refused, match="SHA256:") as refused:
        unsure.publish(small_site())
    assert not known.exists()
    assert list(place.root.iterdir()) == []
    line = str(refused.value.next).partition(f"{known}: ")[2]
    known.write_text(line + "\n")
    unsure.publish(small_site())
    assert place.bodies()


DAMAGED = [
    b"other.example ssh-ed25519 !!!not-base64!!!",
    b"other.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA",
    b"|1|short|short ssh-ed25519 %s",
    b"|1| ssh-ed25519 %s",
    b"\xff\xfe ssh-ed25519 %s",
    b"other.example ssh-unheard-of AAAA",
    b"other.example",
    b"# a comment",
    b"",
]


@pytest.mark.parametrize("line", DAMAGED, ids=range(len(DAMAGED)))
def test_a_line_of_somebody_else_s_server_that_is_damaged_is_skipped(
    place, tmp_path, line
):
    known = tmp_path / "known_hosts"
    kind, _, body = place.server.known_host.partition(" ")
    ours = f"[127.0.0.1]:{place.server.port} {kind} {body}\n".encode()
    line = line.replace(b"%s", body.encode())
    known.write_bytes(line + b"\n" + ours + line + b"\n")
    plain(place, known_host="", known_hosts=str(known)).publish(small_site())
    assert place.bodies()
    known.write_bytes(line + b"\n")
    with pytest.raises(Refused, match="nobody has confirmed"):
        plain(place, known_host="", known_hosts=str(known)).publish(small_site())


def test_a_key_is_known_by_a_hashed_name_too(place, tmp_path):
    known = tmp_path / "known_hosts"
    name = f"[127.0.0.1]:{place.server.port}"
    known.write_text(f"{name},other {place.server.known_host}\n")
    subprocess.run(["ssh-keygen", "-qH", "-f", str(known)], check=True)
    assert name not in known.read_text()
    plain(place, known_host="", known_hosts=str(known)).publish(small_site())
    assert place.bodies()


@pytest.mark.parametrize("pinned", [True, False])
def test_a_server_whose_key_has_changed_is_refused(place, tmp_path, pinned):
    kind, body, *_ = (
        make_key(tmp_path / "other").with_suffix(".pub").read_text().split()
    )
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{place.server.port} {kind} {body}\n")
    changed = plain(
        place, known_host=f"{kind} {body}" if pinned else "", known_hosts=str(known)
    )
    with pytest.raises(Refused, match=r"another key than .*SHA256:"):
        changed.publish(small_site())
    assert list(place.root.iterdir()) == []


# who logs in


def test_a_key_that_is_not_allowed_is_said_by_its_file(place, tmp_path):
    stranger = make_key(tmp_path / "stranger")
    with pytest.raises(CredentialsRefused, match=str(stranger)) as refused:
        plain(place, key=str(stranger)).publish(small_site())
    assert refused.value.code == 12


def test_a_key_that_is_not_there_is_said_by_its_file(place):
    with pytest.raises(CredentialsRefused, match="/nowhere/key"):
        plain(place, key="/nowhere/key").publish(small_site())


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_key_with_a_passphrase_opens_with_it_and_not_without(
    place, tmp_path, kind, monkeypatch
):
    key = make_key(tmp_path / "locked", kind, "kwiaty-kwiaty")
    place.server.allow(place.server.public(), place.server.public(key))
    with pytest.raises(CredentialsRefused, match=str(key)):
        plain(place, key=str(key)).read_back()
    monkeypatch.setenv("TEST_PHRASE", "kwiaty-kwiaty")
    locked = plain(place, key=str(key), passphrase=SecretRef("env", "TEST_PHRASE"))
    assert locked.read_back() == {}


def test_a_password_that_is_refused_is_said_by_its_reference(
    place, tmp_path, monkeypatch
):
    monkeypatch.setenv("TEST_PASSWORD", "wrong-wrong")
    reference = SecretRef("env", "TEST_PASSWORD")
    with sshd(tmp_path, passwords=True) as other:
        place.server = other
        with pytest.raises(CredentialsRefused, match="env:TEST_PASSWORD") as refused:
            plain(place, key="", password=reference).publish(small_site())
    assert "wrong-wrong" not in f"{refused.value} {refused.value.next}"


def test_without_the_library_the_line_that_installs_it_is_said(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "paramiko", None)
    with pytest.raises(Rejected, match="paramiko") as rejected:
        plain(place).publish(small_site())
    assert 'pip install ".[sftp]"' in str(rejected.value.next)


def test_reading_the_configuration_does_not_load_the_library():
    code = "import sys, fallback.hosts.sftp; sys.exit('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# what the server can do


def test_a_server_without_hard_links_gets_every_file_again(place, tmp_path):
    with sshd(tmp_path, "ForceCommand internal-sftp -P hardlink,fsync") as other:
        place.server = other
        plain(place).publish(small_site("1", sequence=1))
        site = small_site("1", sequence=2, extra={"sw.js": None})
        receipt = plain(place).publish(site)
        assert set(receipt.written) == set(digests(site))
        assert plain(place).read_back() == digests(site)
        assert "sw.js" in place.bodies()  # for one generation more


def test_a_server_that_cannot_switch_at_once_is_not_used(place, tmp_path):
    with sshd(tmp_path, "ForceCommand internal-sftp -P posix-rename") as other:
        place.server = other
        with pytest.raises(Rejected):
            plain(place).publish(small_site())
        assert place.releases() == []


def test_one_channel_is_enough(place, tmp_path):
    with sshd(tmp_path, "MaxSessions 1") as other:
        place.server = other
        plain(place).publish(small_site())
        assert plain(place).read_back() == digests(small_site())


def test_a_server_without_sftp_says_so(place, tmp_path):
    with sshd(tmp_path, "MaxSessions 0") as other:
        place.server = other
        with pytest.raises(Rejected, match="offers no SFTP"):
            plain(place).publish(small_site())


def test_a_chroot_without_a_shell_is_enough(place, tmp_path):
    need.root()
    jail = Path(tempfile.mkdtemp(dir="/var/lib"))
    jail.chmod(0o755)
    (jail / "page").mkdir()
    lines = (f"ChrootDirectory {jail}", "ForceCommand internal-sftp")
    try:
        with sshd(tmp_path, *lines) as other:
            place.server = other
            plain(place, path="/page").publish(small_site())
            assert (jail / "page" / "current" / "index.html").exists()
    finally:
        shutil.rmtree(jail)


# what goes wrong


def test_a_server_that_is_not_there_says_so(place):
    with pipe(place.server.port) as gone:
        port = gone.port
    with pytest.raises(Unavailable, match="accepts no connection"):
        plain(place, port=port).publish(small_site())


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        ("hang", 0),
        ("hang", 20_000),
        ("reset", 1000),
        ("reset", 3000),
        ("reset", 20_000),
    ],
)
def test_a_broken_connection_leaves_the_old_page_and_can_be_finished(
    place, monkeypatch, fault, after
):
    if fault == "hang":  # nothing else would end it; a login takes its time, too
        monkeypatch.setattr(login, "OPERATION_SECONDS", 5 if after else 1)
    old = small_site("old", sequence=1)
    place.host().publish(old)
    new = small_site("new", sequence=2, extra={"big.bin": os.urandom(40_000)})
    with pipe(place.server.port) as broken:
        broken.after, broken.fault = after, fault
        with pytest.raises(Unavailable):
            plain(place, port=broken.port).publish(new)
        assert fault in broken.hits
        assert place.host().read_back() == digests(old)
        broken.after = None
        plain(place, port=broken.port).publish(new)
    assert place.host().read_back() == digests(new)


def test_a_folder_that_may_not_be_written_is_said(place, tmp_path):
    with sshd(tmp_path, "ForceCommand internal-sftp -R") as other:
        place.server = other
        with pytest.raises(Rejected, match=r"may not write .*page/releases"):
            plain(place).publish(small_site())


def test_a_path_that_is_not_there_is_said(place):
    with pytest.raises(Rejected, match="is not there"):
        plain(place, path=str(place.root / "nowhere")).publish(small_site())


@pytest.fixture
def disk(place):
    """Mount a tiny disk at the page's place; return what changes its options."""
    need.root()

    def mount(*options):
        made = subprocess.run(
            ["mount", "-t", "tmpfs", *options, "tmpfs", str(place.root)], check=False
        )
        if made.returncode:
            pytest.skip("may not mount a disk here")

    mount("-o", "size=128k")
    try:
        yield lambda options: mount("-o", f"remount,{options}")
    finally:
        subprocess.run(["umount", "-l", str(place.root)], check=True)


def test_a_full_disk_leaves_the_old_page_and_with_room_the_same_command_finishes(
    place, disk
):
    old = small_site("old", sequence=1)
    place.host().publish(old)
    new = small_site("new", sequence=2, extra={"big.bin": os.urandom(200_000)})
    with pytest.raises(Unavailable, match="full"):
        place.host().publish(new)
    assert place.host().read_back() == digests(old)
    assert place.releases() == [f"1-{old.build_id}"]
    disk("size=4m")
    place.host().publish(new)
    assert place.host().read_back() == digests(new)


def test_a_read_only_disk_is_said(place, disk):
    disk("ro")
    with pytest.raises(Rejected, match="may not write"):
        place.host().publish(small_site())


# two at once


@pytest.mark.parametrize("pause", ["before its switch", "before its last look"])
def test_older_words_that_come_in_between_do_not_stay(place, monkeypatch, pause):
    """The older publish stops where it is most dangerous until the newer is out."""
    place.host().publish(small_site("first", sequence=1))
    newer = small_site("newer", sequence=3)
    switch, came = Tree.switch, []

    def slow(tree, name):
        if came:
            return switch(tree, name)
        came.append(name)
        if pause == "before its last look":
            switch(tree, name)
        plain(place).publish(newer)
        if pause == "before its switch":
            switch(tree, name)
        return None

    monkeypatch.setattr(Tree, "switch", slow)
    with pytest.raises(Refused, match="newer"):
        plain(place).publish(small_site("older", sequence=2))
    assert came
    assert plain(place).read_back() == digests(newer)


def test_many_at_once_leave_the_newest_words_and_a_reader_sees_only_whole_pages(place):
    sites = [small_site(str(n), sequence=n) for n in range(1, 7)]
    place.host().publish(sites[0])
    torn, seen, done = [], set(), threading.Event()
    whole = {page(str(n)).encode() for n in range(1, 7)}

    def read():
        while not done.is_set():
            try:
                body = (place.current / "index.html").read_bytes()
            except OSError as error:
                body = repr(error).encode()
            (seen.add if body in whole else torn.append)(body)

    def publish(site):
        for _ in range(3):  # twelve logins at once are late on a busy machine
            try:
                plain(place).publish(site)
            except Unavailable:
                continue
            except Refused as refused:
                assert "newer" in str(refused)
            return

    reader = threading.Thread(target=read)
    reader.start()
    workers = [threading.Thread(target=publish, args=(s,)) for s in sites for _ in "12"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    done.set()
    reader.join()
    assert torn == []
    assert len(seen) > 1
    assert plain(place).read_back() == digests(sites[-1])
    assert not [n for n in place.releases() if not re.match(r"\d", n)]


def test_a_publish_always_ends_when_others_do_not_stop(place, monkeypatch):
    """Somebody with an older program switches back as often as we do."""
    old = small_site("old", sequence=1)
    place.host().publish(old)
    switch = Tree.switch

    def undone(tree, name):
        switch(tree, name)
        switch(tree, f"1-{old.build_id}")

    monkeypatch.setattr(Tree, "switch", undone)
    monkeypatch.setattr(host, "_TRIES", 2)
    with pytest.raises(Unavailable, match="older words"):
        place.host().publish(small_site("new", sequence=2))
