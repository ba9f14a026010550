"""A person in front of a panel moves the names, with a real BIND for the panel."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from fallback.actions.moving import evidence
from fallback.actions.moving.moved import State
from fallback.actions.moving.surveying import By
from fallback.actions.redirect import redirect
from fallback.actions.restore import restore
from fallback.actions.site import load
from fallback.core.text import Text
from fallback.wire.clock import SystemClock
from tests.actions.site_on_bind import Site, site_at
from tests.dns.test_manual import typed


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(evidence, "PAUSE", timedelta())
    with ExitStack() as stack:
        made = site_at(tmp_path, "manual", stack)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


def type_all(site: Site, steps: list[str]) -> None:
    for step in steps:
        assert site.bind.nsupdate(*typed(step)) == ""


def web_steps(steps: list[str]) -> list[str]:
    return [step for step in steps if "_fallback" not in step]


def test_typed_between_two_runs(site: Site) -> None:
    before = site.bind.records()
    site.shop.kill()
    there = site.redirect()
    assert (there["code"], there["zones"][0]["state"]) == (3, "by-hand")
    assert site.bind.records() == before
    type_all(site, there["zones"][0]["steps"])
    again = site.redirect()
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    assert site.moved()
    site.shop.revive()
    back = site.restore()
    assert (back["code"], back["zones"][0]["state"]) == (3, "by-hand")
    type_all(site, back["zones"][0]["steps"])
    assert site.restore()["code"] == 0
    assert site.bind.records() == before


def test_half_of_it_typed_the_other_half_is_still_told(site: Site) -> None:
    before = site.bind.records()
    site.shop.kill()
    steps = site.redirect()["zones"][0]["steps"]
    type_all(site, steps[:3])
    rest = site.redirect()
    assert rest["code"] == 3
    assert 0 < len(rest["zones"][0]["steps"]) < len(steps)
    back = site.restore("--accept", "shop-not-back")
    type_all(site, back["zones"][0]["steps"])
    assert site.restore()["code"] == 0
    assert site.bind.records() == before


def test_without_the_marker_it_is_redirected_and_comes_back_all_the_same(
    site: Site,
) -> None:
    before = site.bind.records()
    site.shop.kill()
    type_all(site, web_steps(site.redirect()["zones"][0]["steps"]))
    for _ in range(2):
        assert site.redirect()["code"] == 0
    site.shop.revive()
    type_all(site, site.restore()["zones"][0]["steps"])
    for _ in range(2):
        assert site.restore()["code"] == 0
    assert site.bind.records() == before


def test_a_person_who_types_at_once_is_waited_for(site: Site) -> None:
    site.shop.kill()
    config = load(site.root)
    by = By(wait=timedelta(seconds=30))

    def panel(event: str, text: Text) -> None:
        if event == "type":
            type_all(site, [str(text.values["step"])])

    before = site.bind.records()
    there = redirect(config, clock=SystemClock(), say=panel, by=by)
    assert (there.code, there.zones[0].state) == (0, State.REDIRECTED)
    assert site.moved()
    site.shop.revive()
    back = restore(config, clock=SystemClock(), say=panel, by=by)
    assert (back.code, back.zones[0].state) == (0, State.RESTORED)
    assert site.bind.records() == before
