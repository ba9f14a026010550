"""Progress is drawn where a person looks, said where a machine reads, else silent."""

import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
from fcntl import ioctl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.cli.progress import row
from fallback.core.result import Stage, Step
from tests.fakes.site_folder import bucket, folder, write_site
from tests.servers.program import command, environment, fallback
from tests.servers.visited import visited

MOVES = re.compile(r"\x1b\[[AK]")
ANY_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def on_terminal(site, *words, columns=80, **more):
    """Run the program on a terminal of *columns*; return its code and what it drew."""
    mine, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    known = environment(site.parent, **{"TERM": "xterm", **more})
    known.pop("COLUMNS", None)  # what a test runner set for itself
    process = subprocess.Popen(
        command(site, *words),
        env=known,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    while select.select([mine], [], [], 60)[0]:
        try:
            piece = os.read(mine, 65536)
        except OSError:  # the last one has left the terminal
            break
        if not piece:
            break
        drawn += piece
    os.close(mine)
    return process.wait(60), drawn.decode()


def screen(drawn):
    """Return the lines that a terminal shows after *drawn*, and the widest ever."""
    rows, at, widest = [""], 0, 0
    for piece in re.split(r"(\x1b\[[AK]|\r\n|\r|\n)", drawn):
        if piece == "\x1b[A":
            at = max(at - 1, 0)
        elif piece == "\x1b[K":
            rows[at] = ""
        elif piece in ("\r\n", "\n"):
            at += 1
            if at == len(rows):
                rows.append("")
        elif piece != "\r":
            rows[at] = piece + rows[at][len(piece) :]
            widest = max(widest, len(piece))
    return rows, widest


@pytest.fixture
def shop(tmp_path):
    """Yield a site with two folders; the first has a status address."""
    root = tmp_path / "shop"
    with visited(root / "one") as host:
        yield write_site(root, folder("one", url=host.url), folder("two"))


def test_each_host_has_a_line_that_is_drawn_over_and_nothing_of_it_stays(shop):
    code, drawn = on_terminal(shop, "deploy")
    assert code == 0, drawn
    assert re.search(r"folder   \[#*-*\] \d+/\d+", drawn)
    assert re.search(r"folder-2 \[#*-*\] \d+/\d+", drawn)
    assert "looking" in drawn
    assert MOVES.search(drawn)
    left, _ = screen(drawn)
    assert not any("[#" in line or "looking" in line for line in left), left
    assert not any("publishing" in line for line in left)


def test_the_result_is_a_table_with_what_each_question_got(shop):
    _, drawn = on_terminal(shop, "deploy", columns=100)
    left, _ = screen(drawn)
    head = next(line for line in left if line.startswith("host"))
    assert head.split() == [
        *("host", "front", "deep", "POST", "robots", "workers", "languages"),
        *("certificate", "until"),
    ]
    row_ = next(line for line in left if line.startswith("folder "))
    assert row_.split()[1:5] == ["200", "404", "405", "1/1"]
    assert any("not seen as a visitor" in line for line in left)
    assert any(line.startswith("next: ") for line in left)


def test_a_failed_host_is_named_below_the_table(tmp_path):
    root = write_site(
        tmp_path / "shop", folder(), bucket("b-one", "http://127.0.0.1:9")
    )
    code, drawn = on_terminal(root, "deploy", columns=100)
    left, _ = screen(drawn)
    assert code == 3
    assert any(line.startswith("s3: FAILED: b-one") for line in left)
    assert any(line.startswith("  its visitors see: ") for line in left)
    assert any(line.startswith("  next: ") for line in left)


def test_a_terminal_of_forty_columns_is_never_wrapped_and_reads_lines(shop):
    code, drawn = on_terminal(shop, "deploy", columns=40)
    assert code == 0
    bars = [
        piece
        for piece in re.split(r"\x1b\[[AK]|\r\n|\r|\n", drawn)
        if re.match(r"folder\S* +(\[|\d+/|looking)", piece)
    ]
    assert bars
    assert max(map(len, bars)) < 40
    left, _ = screen(drawn)
    assert not any(line.startswith("host ") for line in left), "no table fits"
    assert any(line.startswith("folder: published (") for line in left)


@pytest.mark.parametrize(
    ("words", "more"),
    [(("-q",), {}), ((), {"TERM": "dumb"}), (("--json",), {})],
    ids=["quiet", "dumb", "json"],
)
def test_where_lines_cannot_or_shall_not_be_drawn_over_none_is(tmp_path, words, more):
    root = write_site(tmp_path / "shop", folder())
    code, drawn = on_terminal(root, "deploy", *words, **more)
    assert code == 0, drawn
    assert not ANY_ESCAPE.search(drawn)
    assert "\r" not in drawn.replace("\r\n", "")


def test_no_color_is_kept_because_there_is_none(shop):
    _, drawn = on_terminal(shop, "deploy", NO_COLOR="1")
    assert set(ANY_ESCAPE.findall(drawn)) <= {"\x1b[A", "\x1b[K"}


def test_a_log_gets_one_line_a_host_and_no_control_character(shop):
    ended = fallback(shop, "deploy")
    assert ended.code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", ended.out + ended.err)
    for host in ("folder", "folder-2"):
        assert sum(line.startswith(f"{host}: ") for line in ended.out.splitlines()) == 1


def test_with_json_every_line_on_stderr_is_an_event(shop):
    ended = fallback(shop, "deploy", "--json")
    events = [json.loads(line)["event"] for line in ended.err.splitlines()]
    assert sorted(events) == sorted(["publishing", "looking", "host_done"] * 2)


@given(
    host=st.text("abcdefgh-123", min_size=1, max_size=60),
    stage=st.sampled_from(Stage),
    done=st.integers(0, 3000),
    of=st.integers(0, 3000),
    width=st.integers(20, 200),
)
def test_a_line_never_reaches_the_last_column(host, stage, done, of, width):
    """A terminal would wrap it, and the next drawing would leave a piece behind."""
    line = row(host, Step(stage, min(done, of), of), width, len(host))
    assert len(line) < width
    assert line.startswith(host[:4])
