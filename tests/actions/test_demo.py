"""`fallback demo` as a stranger runs it, and with a world that does not play along."""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fallback.actions import demo as action
from fallback.actions import story
from fallback.core.config import Network
from fallback.core.result import silent
from fallback.demo.shop import Shop
from fallback.wire.clock import SystemClock
from fallback.wire.web.http import FetchFailed, ask

STEPS = [step.id for step in story.STORY]


def _start(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "fallback", "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("XDG", "LC"))},
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHONUNBUFFERED": "1",
            "HOME": str(home),
            "TMPDIR": str(tmp_path / "tmp"),
            "LANG": "C",
        },
    )


def test_a_stranger_sees_the_whole_story_and_nothing_stays_behind(
    tmp_path: Path,
) -> None:
    """Every step is told in order; then the page can be opened until Ctrl-C."""
    running = _start(tmp_path, "--keep", "--json")
    assert running.stderr
    events: list[str] = []
    urls: list[str] = []
    for line in running.stderr:
        event = json.loads(line)
        events.append(event["event"])
        urls += re.findall(r"http://\S+", event["text"]) * (event["event"] == "open")
        if "in another terminal" in event["text"]:
            break
    network = Network(allow_private=True)
    assert [ask(url, network=network).status for url in urls] == [200, 503], events
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)

    told: dict[str, Any] = json.loads(out)
    assert (running.returncode, told["ok"], told["code"]) == (0, True, 0), out + err
    assert [step["step"] for step in told["steps"]] == STEPS
    assert all(step["ok"] and step["told"] for step in told["steps"])
    assert [event for event in dict.fromkeys(events) if event in STEPS] == STEPS
    changed = told["steps"][STEPS.index("redirected")]["told"]
    assert "+ kwiaty.example. 60 A 127.0.0.3" in changed
    for url in urls:
        with pytest.raises(FetchFailed):
            ask(url, network=network)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / "home").iterdir()) == []


def test_a_person_who_has_seen_enough_stops_it_and_nothing_stays_behind(
    tmp_path: Path,
) -> None:
    """Ctrl-C in the middle of the story ends the world and takes the folder away."""
    running = _start(tmp_path)
    assert running.stderr
    for line in running.stderr:
        if line.startswith("3."):
            break
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 130
    assert list((tmp_path / "tmp").iterdir()) == []


def _demo() -> action.DemoResult:
    return action.demo(keep=False, say=silent, clock=SystemClock())


def test_a_shop_that_does_not_die_fails_its_own_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The story believes nothing: what it cannot see is named, and the code is 1."""
    monkeypatch.setattr(
        story,
        "STORY",
        tuple(s for s in story.STORY if s.id in ("shop-up", "shop-dies")),
    )
    monkeypatch.setattr(action, "STORY", story.STORY)
    monkeypatch.setattr(Shop, "kill", lambda _: None)
    result = _demo()
    assert result.code == 1
    assert result.failed is not None
    assert result.failed.step.id == "shop-dies"
    assert "shop-dies" in str(next(iter(result.told())))


def test_a_watcher_that_does_nothing_fails_the_step_that_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing that should have happened by itself is taken as done."""
    monkeypatch.setattr(story, "once", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(story, "PATIENCE", timedelta(seconds=1))
    result = _demo()
    assert result.code == 1
    assert result.failed is not None
    assert (result.failed.step.id, len(result.steps)) == ("armed", 3)


def test_the_users_own_state_is_never_touched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The journal's second place is in the demo's own folder, also when it fails."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(action, "STORY", story.STORY[:2])
    _demo()
    assert os.environ["XDG_STATE_HOME"] == str(tmp_path)
    assert list(tmp_path.iterdir()) == []
