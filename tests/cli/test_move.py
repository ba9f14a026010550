"""What people type around a move: confirmation, codes, times."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from fallback.__main__ import run
from fallback.actions.moving import evidence
from tests.actions.site_on_bind import Site, site_at


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with ExitStack() as stack:
        made = site_at(tmp_path_factory.mktemp("cli"), "zonefile", stack)
        made.shop.kill()
        yield made


def test_without_a_person_the_domain_has_to_be_given(site: Site) -> None:
    no = site.run("redirect", "--no-input")
    assert no["code"] == 2
    assert "--confirm kwiaty.example" in no["error"]["next"]


def test_another_domain_is_no_confirmation(site: Site) -> None:
    assert site.run("redirect", "--confirm", "other.example")["code"] == 2
    assert site.run("redirect", "--confirm", "yes")["code"] == 2


def test_the_domain_in_any_spelling_is(site: Site) -> None:
    assert site.run("redirect", "--confirm", "Kwiaty.Example.")["code"] == 0
    code = site.run("restore", "--confirm", "x", "--accept", "shop-not-back")["code"]
    assert code == 2
    assert site.restore("--accept", "shop-not-back")["code"] == 0


def test_a_code_that_is_no_gate_of_this_move_is_not_accepted(site: Site) -> None:
    assert site.redirect("--accept", "shop-not-back")["code"] == 2
    assert site.restore("--accept", "tls")["code"] == 2


def test_a_time_without_a_unit_is_explained(site: Site) -> None:
    no = site.redirect("--wait", "15")
    assert no["code"] == 2
    assert "15" in no["error"]["what"]


def test_a_reason_in_another_charset_does_not_keep_the_names_where_they_are(
    site: Site,
) -> None:
    assert site.redirect("--reason", "po\udcbfar")["code"] == 0  # as a shell gives it
    assert site.restore("--accept", "shop-not-back")["code"] == 0


def test_the_plan_is_shown_before_the_question(
    site: Site, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    assert run(("-C", str(site.root), "redirect", "--no-input")) == 2
    said = capfd.readouterr().err
    assert "+ www.kwiaty.example. 60 IN A 127.0.0.1" in said
    assert said.index("+ www") < said.index("--confirm")


class Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [("nope\n", 2), ("", 130), (None, 0)])
def test_a_person_at_a_terminal_types_the_domain(
    site: Site, monkeypatch: pytest.MonkeyPatch, typed: str | None, code: int
) -> None:
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(evidence, "PAUSE", timedelta())
    monkeypatch.setattr(
        sys, "stdin", Terminal("kwiaty.example\n" if typed is None else typed)
    )
    before = site.bind.records()
    assert run(("-C", str(site.root), "redirect")) == code
    assert (site.bind.records() != before) == (code == 0)
    if code == 0:
        assert site.restore("--accept", "shop-not-back")["code"] == 0
        assert site.bind.records() == before


def test_a_site_without_zones_is_told_how_to_begin(tmp_path: Path, site: Site) -> None:
    text = (site.root / "fallback.toml").read_text("utf-8")
    start, end = text.index("[[dns]]"), text.index("[network]")
    (tmp_path / "fallback.toml").write_text(text[:start] + text[end:], "utf-8")
    other = Site(tmp_path, site.environment, site.bind, site.shop)
    no = other.redirect()
    assert no["code"] == 2
    assert "[[dns]]" in no["error"]["what"]
