"""A publish by SFTP that dies, or whose server fails, at every step of it.

A reader polls the page all the while: it is the old one or the new one, and whole; and
the same publish, run again, finishes.
"""

import json
import random
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial

import attrs
import pytest

from fallback.core.errors import AdapterError
from fallback.hosts.sftp import connect
from tests import need
from tests.fakes.sftp import SftpPlace, settings
from tests.fakes.site import digests, page, small_site
from tests.servers.program import ROOT
from tests.servers.reader import counted
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


def read(place):
    return (place.current / "index.html").read_bytes()


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


def polled(count, place, old, fault):
    row = {"host": "sftp", "server": "sshd", "fault": fault}
    whole = [page(old).encode(), page("new").encode()]
    return counted(count, row, partial(read, place), whole)


def dies(count, place, earlier, nth, moment):
    old, site = prepared(place, earlier)
    with polled(count, place, old, f"SIGKILL {moment}") as point:
        assert killed(place, earlier, nth, moment) == -signal.SIGKILL
        point["hit"] = 1
        finished(place, site)
        point["finished"] = 1


@pytest.mark.parametrize(("earlier", "nth", "moment"), sample(KILLS, 6))
def test_a_publish_that_is_killed_is_finished_by_the_next(
    place, count, earlier, nth, moment
):
    dies(count, place, earlier, nth, moment)


@pytest.mark.torture
@pytest.mark.parametrize(("earlier", "nth", "moment"), KILLS)
def test_a_publish_that_is_killed_anywhere_is_finished_by_the_next(
    place, count, earlier, nth, moment
):
    dies(count, place, earlier, nth, moment)


def fails(count, place, faulty, call, nth):
    old, site = prepared(place, 6)
    (faulty.root / "fault").write_text(f"{call}:error=ENOSPC:when={nth}")
    with polled(count, place, old, "ENOSPC") as point:
        with suppress(AdapterError):  # hard links and fsync may fail without harm
            connect(settings(faulty, place.root), place.config).publish(site)
        assert "(INJECTED)" in (faulty.root / "trace").read_text()
        point["hit"] = 1
        finished(place, site)
        point["finished"] = 1


@pytest.mark.parametrize(("call", "nth"), sample(FAILURES, 6))
def test_a_server_that_fails_once_keeps_a_whole_page(place, count, faulty, call, nth):
    fails(count, place, faulty, call, nth)


@pytest.mark.torture
@pytest.mark.parametrize(("call", "nth"), FAILURES)
def test_a_server_that_fails_anywhere_keeps_a_whole_page(
    place, count, faulty, call, nth
):
    fails(count, place, faulty, call, nth)
