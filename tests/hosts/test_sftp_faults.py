"""A publish by SFTP that dies, or whose server fails, at every step of it.

A reader polls the page all the while: it is the old one or the new one, and whole; and
the same publish, run again, finishes.
"""

import json
import random
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import attrs
import pytest

from fallback.core.errors import AdapterError
from fallback.hosts.sftp import connect
from tests import need
from tests.fakes.sftp import SftpPlace, settings
from tests.fakes.site import digests, page, small_site
from tests.servers.program import ROOT
from tests.servers.sshd import sshd

KILLS = [
    (earlier, nth, moment)
    for earlier, changes in ((1, 15), (6, 28))
    for nth in range(1, changes + 1)
    for moment in ("before", "after")
]
"""After how many earlier publishes, at which change. The sixth takes one away, too."""

FAILURES = [
    (call, nth)
    for call, times in (
        ("mkdir", 3), ("link", 3), ("openat", 25), ("fsync", 6), ("symlink", 1),
        ("rename", 3), ("unlink", 9), ("rmdir", 3),
    )
    for nth in range(1, times + 1)
]  # fmt: skip
"""Which system call of the server's finds the disk full, and which time."""

_FAULTY = """\
#!/bin/sh
{strace} -qq -o {root}/trace -e trace={calls} -e "inject=$(cat {root}/fault)" \
  {program}
"""


def sample(points, count):
    return random.Random(4).sample(points, count)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """An sshd whose SFTP server fails as the file ``fault`` says."""
    root = tmp_path_factory.mktemp("faulty")
    script = root / "faulty.sh"
    script.write_text(
        _FAULTY.format(
            strace=need.program("strace"),
            root=root,
            calls="mkdir,link,openat,fsync,symlink,rename,unlink,rmdir",
            program="/usr/lib/openssh/sftp-server",
        )
    )
    script.chmod(0o755)
    with sshd(root, f"ForceCommand {script}") as server:
        yield server


@pytest.fixture
def place(server, tmp_path, config):
    root = tmp_path / "page"
    root.mkdir()
    return SftpPlace(config, server, root)


@contextmanager
def reader(place, old, new):
    """Poll the page during the block; it must be one of two whole ones."""
    whole = {page(old).encode(), page(new).encode()}
    wrong, done, looks = [], threading.Event(), [0]

    def look():
        while not done.is_set():
            try:
                body = (place.current / "index.html").read_bytes()
            except OSError as error:
                body = repr(error)
            looks[0] += 1
            if body not in whole:
                wrong.append(body)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert looks[0] > 10
    assert wrong == []


def prepared(place, earlier):
    for number in range(1, earlier + 1):
        place.host().publish(small_site(f"old {number}", sequence=number))
    return f"old {earlier}", small_site("new", sequence=100)


def finished(place, site):
    place.host().publish(site)
    assert place.host().read_back() == digests(site)
    assert place.host().publish(site).written == ()


def killed(place, earlier, nth, moment):
    """Return the code of a publish that is killed at its change number *nth*."""
    about = attrs.asdict(settings(place.server, place.root))
    victim = [sys.executable, "-m", "tests.servers.sftp_victim", json.dumps(about)]
    ended = subprocess.run(
        [*victim, "new", "100", str(nth), moment],
        cwd=ROOT,
        timeout=60,
        check=False,
        capture_output=True,
    )
    return ended.returncode


def dies(place, earlier, nth, moment):
    old, site = prepared(place, earlier)
    with reader(place, old, "new"):
        assert killed(place, earlier, nth, moment) == -signal.SIGKILL
        finished(place, site)


@pytest.mark.parametrize(("earlier", "nth", "moment"), sample(KILLS, 6))
def test_a_publish_that_is_killed_is_finished_by_the_next(place, earlier, nth, moment):
    dies(place, earlier, nth, moment)


@pytest.mark.torture
@pytest.mark.parametrize(("earlier", "nth", "moment"), KILLS)
def test_a_publish_that_is_killed_anywhere_is_finished_by_the_next(
    place, earlier, nth, moment
):
    dies(place, earlier, nth, moment)


def fails(place, faulty, monkeypatch, call, nth):
    old, site = prepared(place, 6)
    (faulty.root / "fault").write_text(f"{call}:error=ENOSPC:when={nth}")
    with reader(place, old, "new"):
        with suppress(AdapterError):  # hard links and fsync may fail without harm
            connect(settings(faulty, place.root), place.config).publish(site)
        assert "(INJECTED)" in (faulty.root / "trace").read_text()
        finished(place, site)


@pytest.mark.parametrize(("call", "nth"), sample(FAILURES, 6))
def test_a_server_that_fails_once_keeps_a_whole_page(
    place, faulty, monkeypatch, call, nth
):
    fails(place, faulty, monkeypatch, call, nth)


@pytest.mark.torture
@pytest.mark.parametrize(("call", "nth"), FAILURES)
def test_a_server_that_fails_anywhere_keeps_a_whole_page(
    place, faulty, monkeypatch, call, nth
):
    fails(place, faulty, monkeypatch, call, nth)
