"""``netlify.toml`` publishes what the product itself says is to be published."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fallback.core.check.workers import COMMON
from fallback.core.hosts.publishing import is_our_page
from fallback.page.hosting import redirects_file
from tests.fakes.netlify_rules import visited

ROOT = Path(__file__).parents[1]
NETLIFY = tomllib.loads((ROOT / "netlify.toml").read_text("utf-8"))
CONFIG = tomllib.loads((ROOT / "fallback.toml").read_text("utf-8"))


def test_its_rules_are_those_of_every_built_site() -> None:
    rules = [
        f"{rule['from']} {rule['to']} {rule['status']}{'!' * rule.get('force', False)}"
        for rule in NETLIFY["redirects"]
    ]

    workers = [path.removeprefix("/") for path in COMMON]
    assert rules == redirects_file(workers).decode().splitlines()
    assert "workers" not in CONFIG["shop"]


def test_headers_are_said_once(tmp_path: Path) -> None:
    """By each build, for the policy names the page's own style and scripts."""
    shutil.copytree(ROOT / "content", tmp_path / "content")
    shutil.copy(ROOT / "fallback.toml", tmp_path)

    _build(tmp_path)

    sent = (tmp_path / NETLIFY["build"]["publish"] / "_headers").read_text("utf-8")
    page = (tmp_path / NETLIFY["build"]["publish"] / "index.html").read_text("utf-8")
    policy = re.search(r'Policy" content="([^"]+)"', page)
    assert policy
    assert f"Content-Security-Policy: {policy[1]}; frame-ancestors 'none'" in sent
    assert "headers" not in NETLIFY


def test_what_it_builds_and_its_own_rules_answer_a_visitor_as_they_should(
    tmp_path: Path,
) -> None:
    """By the rules of this file alone, without those that are built beside the page."""
    shutil.copytree(ROOT / "content", tmp_path / "content")
    shutil.copy(ROOT / "fallback.toml", tmp_path)
    assert _build(tmp_path).returncode == 0
    public = tmp_path / NETLIFY["build"]["publish"]
    bodies = {
        str(path.relative_to(public)): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file()
    }
    bodies["_redirects"] = "\n".join(
        f"{rule['from']} {rule['to']} {rule['status']}{'!' * rule.get('force', False)}"
        for rule in NETLIFY["redirects"]
    ).encode()

    for method, target, expected in (
        ("GET", "/", 503),
        ("GET", "/kwiaty/roza?id=1", 503),
        ("POST", "/wc-api/payment", 503),
        ("GET", "/_fallback/feed.json", 200),
        ("GET", "/robots.txt", 200),
        ("GET", "/sw.js", 200),
    ):
        status, headers, body = visited(bodies, method, target)
        assert status == expected, target
        if status == 503:
            assert dict(headers)["Retry-After"], target
            assert method == "POST" or is_our_page(body), target


@pytest.mark.parametrize(("broken", "published"), [("an update", True), ("all", False)])
def test_one_broken_file_never_stops_the_page(
    tmp_path: Path, broken: str, published: bool
) -> None:
    """An update left out is a warning there; without any words nothing is replaced."""
    shutil.copytree(ROOT / "content", tmp_path / "content")
    shutil.copy(ROOT / "fallback.toml", tmp_path)
    if broken == "all":
        shutil.rmtree(tmp_path / "content")
    else:
        update = tmp_path / "content" / "updates" / "2026-11-22T1200.pl.md"
        update.write_text("Prosimy dzwonić: +44 20 7946 0958", "utf-8")

    run = _build(tmp_path)

    assert (run.returncode == 0) is published, run.stdout + run.stderr
    assert (
        tmp_path / NETLIFY["build"]["publish"] / "index.html"
    ).is_file() is published
    assert ("2026-11-22T1200" in run.stdout) is published


def _build(site: Path) -> subprocess.CompletedProcess[str]:
    """Run what Netlify runs, with the package that is installed."""
    command = NETLIFY["build"]["command"].removeprefix("requirements/install && ")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", command],
        cwd=site,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
