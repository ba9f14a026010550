"""What people and machines get to read, whatever happens."""

import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.cli.call import Call
from fallback.cli.language import escape, say
from fallback.core import errors
from fallback.core.config import SecretRef
from fallback.core.text import T
from fallback.wire.secrets import reveal
from tests.cli.conftest import Answer, Fallback
from tests.fakes.site_folder import folder, write_site


def raising(error: BaseException) -> object:
    def action(_: Call) -> None:
        raise error

    return action


def test_a_result_is_told_on_stdout(fallback: Fallback) -> None:
    fallback.command("go", lambda _: Answer())

    said = fallback("go")

    assert (said.code, said.out, said.err) == (
        0,
        "the page is at https://x.example\n",
        "",
    )


def test_a_result_is_one_json_object(fallback: Fallback) -> None:
    fallback.command("go", lambda _: Answer(code=3))

    said = fallback("go", "--json")

    assert said.code == 3
    assert said.json == {
        "schema": 1,
        "command": "go",
        "ok": False,
        "code": 3,
        "lines": ["the page is at https://x.example"],
    }


def test_talk_goes_to_stderr_and_is_json_lines_for_machines(fallback: Fallback) -> None:
    def action(call: Call) -> Answer:
        call.say("publishing", T("{host}: publishing", host="folder"))
        return Answer()

    fallback.command("go", action)

    assert fallback("go").err == "folder: publishing\n"
    assert fallback("go", "-q").err == ""
    assert json.loads(fallback("--json", "go").err) == {
        "event": "publishing",
        "text": "folder: publishing",
    }


def test_an_error_says_what_happened_what_customers_see_and_what_to_do(
    fallback: Fallback,
) -> None:
    error = errors.Refused(
        T("{name} does not answer", name="www.kwiaty.example"),
        customers_see=T("the shop"),
        next=T("run: fallback check"),
    )
    fallback.command("go", raising(error))

    said = fallback("go")

    assert said.code == 5
    assert said.out == ""
    assert said.err == (
        "fallback: www.kwiaty.example does not answer\n"
        "  customers see: the shop\n"
        "  next: run: fallback check\n"
    )


def test_an_error_is_one_json_object_too(fallback: Fallback) -> None:
    fallback.command("go", raising(errors.Locked(T("busy"), next=T("wait"))))

    said = fallback("go", "--json")

    assert said.code == 11
    assert said.json == {
        "schema": 1,
        "command": "go",
        "ok": False,
        "code": 11,
        "error": {"what": "busy", "customers_see": None, "next": "wait"},
    }
    assert said.err == ""


def test_every_complaint_about_a_file_is_told(fallback: Fallback) -> None:
    problems = [
        errors.Problem(
            "fallback.toml", 3, T("no phone"), T("did you mean phone"), 'phone = "+48"'
        ),
        errors.Problem("fallback.toml", 9, T("no host")),
    ]
    fallback.command("go", raising(errors.ConfigError(problems)))

    said = fallback("go")

    assert said.code == 2
    assert said.err == (
        "fallback.toml:3: no phone\n"
        "    did you mean phone\n"
        '    mended: phone = "+48"\n'
        "fallback.toml:9: no host\n"
        "fallback: fallback.toml cannot be used as it is\n"
        "  customers see: no change: what is published stays\n"
        "  next: mend the lines above and run the same command again\n"
    )
    assert [p["line"] for p in fallback("go", "--json").json["problems"]] == [3, 9]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--nope"], "no such option '--nope'"),
        (["go", "--nope"], "no such option '--nope'"),
        (["go", "too", "much"], "got unexpected extra arguments (too much)"),
        (["nothing"], "there is no command nothing"),
        (["-C"], "option '-C' requires an argument"),
    ],
)
def test_a_wrong_call_is_code_2_in_words_and_in_json(
    fallback: Fallback, words: list[str], what: str
) -> None:
    fallback.command("go", lambda _: Answer())

    said, machine = fallback(*words), fallback("--json", *words)

    assert (said.code, machine.code) == (2, 2)
    assert said.err.startswith(f"fallback: {what}")
    assert machine.json["error"]["what"].startswith(what)


def test_a_wrong_command_is_answered_with_the_nearest(fallback: Fallback) -> None:
    assert "did you mean: fallback deploy" in fallback("depoly").err
    assert "did you mean: fallback status" in fallback("state").err


def test_a_wrong_option_is_answered_with_where_to_look(fallback: Fallback) -> None:
    fallback.command("go", lambda _: Answer())

    assert "next: see: fallback go --help\n" in fallback("go", "--nope").err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_is_code_130_and_says_that_the_work_can_go_on(
    fallback: Fallback, error: BaseException
) -> None:
    fallback.command("go", raising(error))

    said = fallback("go")

    assert said.code == 130
    assert "run the same command again: it finishes what was begun" in said.err
    assert fallback("go", "--json").json["code"] == 130


def test_a_surprise_is_one_clear_line_and_a_file_to_report(fallback: Fallback) -> None:
    fallback.command("go", raising(ZeroDivisionError("division by zero")))

    said = fallback("go")

    assert said.code == 1
    assert "Traceback" not in said.err
    assert "something in fallback itself went wrong (ZeroDivisionError: div" in said.err
    found = re.search(r"report the file (\S+)", said.err)
    assert found
    report = Path(found[1])
    assert "Traceback" in report.read_text("utf-8")
    report.unlink()


def test_a_traceback_is_shown_to_who_asks_for_it(fallback: Fallback) -> None:
    fallback.command("go", raising(ZeroDivisionError("division by zero")))

    said = fallback("go", "-v")

    assert "Traceback" in said.err


def test_no_secret_leaves_in_any_form(
    fallback: Fallback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = 'kö"ń ary/canary+3'
    monkeypatch.setenv("CANARY", secret)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reveal(SecretRef("env", "CANARY"), tmp_path)

    def action(call: Call) -> Answer:
        call.say("trying", T("with {secret}", secret=secret))
        return Answer(lines=(T("done with {secret}", secret=secret), secret))

    fallback.command("go", action)
    fallback.command("fail", raising(errors.FallbackError(f"refused {secret}")))
    fallback.command("burst", raising(ValueError(secret)))

    for words in (["go"], ["fail"], ["burst"], ["burst", "-v"]):
        for more in ([], ["--json"]):
            said = fallback(*words, *more)
            left = said.out + said.err
            for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
                assert form not in left
            assert "***" in left
    for report in tmp_path.iterdir():
        assert secret not in report.read_text("utf-8")


@given(st.text())
def test_no_character_that_a_terminal_obeys_is_printed(text: str) -> None:
    for line in (escape(text), say(text), say(T("{title}", title=text))):
        assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f]", line)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", line)


@pytest.mark.parametrize("text", ["::error::x", "  ::add-mask::x", "##[error]x"])
def test_no_line_commands_the_log_of_a_ci(text: str) -> None:
    assert not re.match(r"\s*::|.*##\[", say(T("{title}", title=text)))


def test_a_translation_cannot_break_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = T("{host}: publishing", host="folder")

    assert sentence.said_by(lambda *_: "{gość}: {0} {") == "folder: publishing"


def process(
    *words: str,
    stdout: int | TextIO = subprocess.PIPE,
    stderr: int | TextIO = subprocess.PIPE,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fallback", *words],
        stdout=stdout,
        stderr=stderr,
        text=True,
        env=os.environ | {"FALLBACK_LANG": "en"},
    )


def test_a_reader_who_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)

    run = process("--version", stdout=write)
    os.close(write)
    _, err = run.communicate(timeout=60)

    assert (run.returncode, err) == (0, "")


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("--version",)])
def test_a_result_that_a_full_disk_swallows_is_a_failure_that_is_said(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    site = write_site(tmp_path, folder())
    with Path("/dev/full").open("w") as full:
        run = process("-C", str(site), *words, stdout=full)
        _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert err.splitlines()[0] == (
        "fallback: what there is to say cannot be written: No space left on device"
    )


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_log_on_a_full_disk_stops_no_work(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    site = write_site(tmp_path, folder())
    with Path("/dev/full").open("w") as full:
        run = process("-C", str(site), "deploy", *words, stderr=full)
        out, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "published" in out or json.loads(out)["ok"]
    assert (site / "public-copy" / "index.html").is_file()


@pytest.mark.parametrize("words", [("update", "-"), ("update",), ("--version",)])
def test_closed_streams_are_empty_ones(tmp_path: Path, words: tuple[str, ...]) -> None:
    site = write_site(tmp_path, folder())
    call = shlex.join([sys.executable, "-m", "fallback", "-C", str(site), *words])

    for closed in ("<&-", "<&- >&-"):
        run = subprocess.run(
            ["sh", "-c", f"{call} {closed}"],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == (0 if words == ("--version",) else 2)
        assert "something in fallback itself" not in run.stderr


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_no_fault_of_the_program(
    fallback: Fallback, number: int
) -> None:
    def action(_call: Call) -> Answer:
        raise OSError(number, os.strerror(number), "/site/.fallback/lock")

    fallback.command("write", action)

    said = fallback("write")

    assert said.code == 1
    assert said.err.startswith(
        f"fallback: /site/.fallback/lock cannot be used: {os.strerror(number)}\n"
    )


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "fallback: asked to end, and ended\n"),
        (signal.SIGINT, 130, "fallback: interrupted\n"),
    ],
)
def test_a_signal_ends_a_command_cleanly(
    number: signal.Signals, code: int, said: str
) -> None:
    script = (
        "import sys, time, click; from fallback.cli import group;"
        "from fallback.core.text import T; import fallback.__main__ as door;"
        "wait = click.Command('wait', callback=lambda: (print('ready', flush=True),"
        " time.sleep(60)));"
        "sys.modules['waiting'] = type(sys)('waiting');"
        "sys.modules['waiting'].wait = wait;"
        "group.COMMANDS['wait'] = group.Row('waiting:wait', T('wait'));"
        "sys.argv = ['fallback', 'wait']; door.main()"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"FALLBACK_LANG": "en"},
    )
    assert run.stdout
    assert run.stdout.readline() == "ready\n"
    run.send_signal(number)
    _, err = run.communicate(timeout=60)

    assert run.returncode == code
    assert err.startswith(said)
