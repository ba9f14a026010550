"""Our own page is filled in without Jinja, and comes out as Jinja fills it in."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import evolve

from fallback.core.config import Config
from fallback.page import filling, sandbox
from fallback.page.filling import PAGE, Broken, fits, ours
from fallback.page.render import render
from fallback.wire import shipped
from tests.page.conftest import OUTAGE, theme
from tests.page.test_edition import EVERY, log

PLAIN = {PAGE: (shipped.themes() / "plain" / PAGE).read_text("utf-8")}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The page of today, as an installation of today compiles it."""
    made = sandbox.compiled(PLAIN[PAGE])
    assert made, "the page needs more than fallback.page.filling provides"
    module = ModuleType("compiled_page")
    exec(made, vars(module))
    monkeypatch.setitem(sys.modules, f"fallback.page.{filling.COMPILED}", module)
    return module


STATES = {
    "nothing but an outage": {},
    "a message": {"content/updates/2026-11-22T1015.en.md": b"title: <b>\n\nx & *y*"},
    "an ETA": {"content/outage.pl.md": b"eta: 2026-11-22 14:30\n\nx"},
    "an ETA that passed": {
        "content/updates/2026-11-22T1015.pl.md": b"eta: 2026-11-22 10:00\n\nx"
    },
    "planned work": {
        "content/outage.pl.md": b"status: scheduled\nstarted: 2026-11-23 9:00\n\nx"
    },
    "resolved": {"content/updates/2026-11-22T1015.pl.md": b"status: resolved\n\nx"},
    "a long log": log(120),
}


@pytest.mark.parametrize("name", STATES)
def test_every_page_is_the_same_without_jinja(
    config: Config, compiled: ModuleType, name: str
) -> None:
    """All languages, all kinds of pages."""
    views: list[Mapping[str, Any]] = []
    plain = ours(PLAIN)
    assert plain

    def noted(view: Mapping[str, Any]) -> str:
        views.append(view)
        return plain(view)

    asked = evolve(theme(config), renderer=noted)
    render(config, OUTAGE | STATES[name], asked, EVERY)
    jinja = sandbox.Sandbox(PLAIN)

    assert len(views) >= len(EVERY)
    for view in views:
        assert plain(view) == jinja(view)


def test_another_page_is_none_of_ours(compiled: ModuleType) -> None:
    """A letter more, and Jinja fills it in."""
    assert ours(PLAIN)
    assert ours({PAGE: PLAIN[PAGE] + " "}) is None
    assert ours({}) is None


def test_without_a_compiled_page_jinja_fills_in(
    monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    """As in a checkout that was never installed."""
    monkeypatch.setitem(sys.modules, f"fallback.page.{filling.COMPILED}", None)

    assert ours(PLAIN) is None
    assert render(config, OUTAGE, theme(config), EVERY).site.file("index.html")


def test_what_was_installed_is_of_use_where_nothing_was_changed_since() -> None:
    """An installation compiles the page; ``python hatch_build.py`` does it by hand."""
    module = pytest.importorskip(f"fallback.page.{filling.COMPILED}")
    if Path(module.__file__).stat().st_mtime < (
        (shipped.themes() / "plain" / PAGE).stat().st_mtime
    ):
        pytest.skip("the page was changed since")

    assert fits(PLAIN[PAGE]) == module.MADE_OF


@pytest.mark.parametrize(
    "page",
    [
        "{% for x in y %}{{ loop.index }}{% endfor %}",
        "{{ x|upper }}",
        "{{ 'a' if x }}",
        "{% include 'other.html' %}",
        "{% set ns = namespace(a=1) %}",
        "{% extends 'base.html' %}",
    ],
)
def test_a_page_that_needs_more_of_jinja_is_left_to_jinja(page: str) -> None:
    assert sandbox.compiled(page) is None


@pytest.mark.parametrize(
    "page", ["{{ nobody }}", "{{ a.b }}", "{% if a.b %}x{% endif %}", "{{ a['b'] }}"]
)
def test_what_is_not_there_is_an_error_as_with_jinja(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with a hole in it is no page."""
    module = ModuleType("compiled_page")
    exec(sandbox.compiled(page) or "", vars(module))
    monkeypatch.setitem(sys.modules, f"fallback.page.{filling.COMPILED}", module)
    filled = ours({PAGE: page})

    assert filled
    for fill in (filled, sandbox.Sandbox({PAGE: page})):
        with pytest.raises(Broken):
            fill({"a": {}})
