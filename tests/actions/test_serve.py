"""`fallback serve` as its owner meets it: the real command, its files edited."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fallback.core.config import Network
from fallback.wire.web.http import Reply, ask

SITE = """\
[shop]
name = "Kwiaty"
url = "https://kwiaty.example"
languages = ["en"]
workers = ["/sw.js"]
[contact]
email = "help@elsewhere.example"
phone = "+48600100200"
[primary]
contains = "Add to basket"
[[hosts]]
kind = "folder"
path = "public-copy"
"""
OUTAGE = """\
title: We are away
eta: 2199-11-22T15:30:00+01:00

## What happened

The server is broken.
"""


class Serving:
    """A running ``fallback serve --json`` and the events that it tells on stderr."""

    def __init__(self, site: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "fallback", "-C", str(site), "--json", "serve"),
                *("--port", "0", *options),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def event(self, name: str) -> str:
        """Wait for the event called *name* and return its text."""
        assert self.process.stderr
        seen = []
        for line in self.process.stderr:
            seen.append(line)
            if line.startswith("{") and json.loads(line)["event"] == name:
                return str(json.loads(line)["text"])
        raise AssertionError(f"no event {name} in {seen}")

    def url(self, event: str = "serving") -> str:
        return self.event(event).split()[0]

    def end(self, number: signal.Signals) -> dict[str, Any]:
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=20)
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "fallback.toml").write_text(SITE)
    (tmp_path / "content").mkdir()
    (tmp_path / "content/outage.en.md").write_text(OUTAGE)
    return tmp_path


@pytest.fixture
def serving(site: Path) -> Iterator[Serving]:
    running = Serving(site, "--status-port", "0")
    yield running
    running.process.kill()
    running.process.communicate()


def _get(url: str, method: str = "GET") -> Reply:
    return ask(url, network=Network(allow_private=True), method=method)


def test_the_page_is_served_as_a_customer_will_get_it(serving: Serving) -> None:
    url = serving.url()
    deep = _get(f"{url}product/7")
    assert deep.status == 503
    assert deep.header("retry-after") == "Fri, 22 Nov 2199 14:30:00 GMT"
    assert b"We are away" in deep.body
    assert _get(url, "POST").status == 503
    for path in ("_fallback/feed.json", "robots.txt", "sw.js"):
        assert _get(url + path).status == 200, path
    assert _get(serving.url("serving_status")).status == 200


def test_an_edit_is_served_and_a_broken_one_keeps_the_last_good_page(
    serving: Serving, site: Path
) -> None:
    url = serving.url()
    words = site / "content/outage.en.md"
    words.write_text(OUTAGE.replace("We are away", "Back tomorrow"))
    serving.event("rebuilt")
    assert b"Back tomorrow" in _get(url).body
    (site / "fallback.toml").write_text(SITE + "naem = 1\n")
    assert serving.event("problem").startswith(
        f"fallback.toml:{SITE.count(chr(10)) + 1}"
    )
    words.unlink()
    serving.event("broken")
    assert b"Back tomorrow" in _get(url).body
    (site / "fallback.toml").write_text(SITE)
    words.write_text(OUTAGE)
    serving.event("rebuilt")
    assert b"We are away" in _get(url).body
    words.write_bytes(OUTAGE.replace("We are", "Caf\xe9").encode("cp1252"))
    assert "read as cp1252" in serving.event("problem")
    assert "save the file as UTF-8" in serving.event("remedy")


def test_a_logo_that_is_drawn_anew_is_seen_too(serving: Serving, site: Path) -> None:
    url, logo = serving.url(), site / "logo.svg"
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="{}"/></svg>'
    )
    logo.write_text(drawn.format("M1 1h7z"))
    settings = SITE.replace(
        "[contact]", 'theme = "brand"\n[brand]\nlogo = "logo.svg"\n[contact]'
    )
    (site / "fallback.toml").write_text(settings)
    serving.event("rebuilt")
    first = _get(url).body

    logo.write_text(drawn.format("M1 1h5v3z"))
    serving.event("rebuilt")

    assert _get(url).body != first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_it_is_asked_to(
    serving: Serving, number: signal.Signals
) -> None:
    url = serving.url()
    serving.event("live")
    told = serving.end(number)
    assert (told["ok"], told["code"], told["url"]) == (True, 0, url)
    assert serving.process.returncode == 0


def test_without_words_it_does_not_begin(site: Path) -> None:
    (site / "content/outage.en.md").unlink()
    running = Serving(site)
    out, _ = running.process.communicate(timeout=30)
    assert (running.process.returncode, json.loads(out)["ok"]) == (2, False)


def test_a_taken_port_is_said_with_a_way_out(serving: Serving, site: Path) -> None:
    port = serving.url().rstrip("/").rpartition(":")[2]
    other = Serving(site, "--port", port)
    out, _ = other.process.communicate(timeout=30)
    assert other.process.returncode == 2
    assert "--port 0" in json.loads(out)["error"]["next"]
