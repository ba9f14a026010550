"""The checklist is asked of the words in the site folder, and `check` lists it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fallback.actions.site import load
from fallback.actions.writing.proofread import MOST, proofread, words_for_check
from fallback.core.config import Config
from fallback.core.findings import Severity
from fallback.wire import durable
from tests.actions.test_check import Lab, _check, lab
from tests.fakes.site_folder import folder, write_site

__all__ = ["lab"]

NOW = datetime.fromisoformat("2026-11-22T10:15:30+01:00")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_site(tmp_path, folder()))


def write(config: Config, path: str, text: str) -> None:
    durable.replace(config.root / path, text.encode())


def ids(config: Config) -> set[tuple[str, str]]:
    return {(one.id, one.subject) for one in proofread(config, now=NOW)}


def test_a_finding_names_the_file_and_the_line(config: Config) -> None:
    path = "content/updates/2026-11-22T1000.pl.md"
    write(config, path, "status: investigating\n\nA.\n\nSerwer DNS nie działa.\n")

    (found,) = (one for one in proofread(config, now=NOW) if one.id == "jargon")

    assert found.subject == path
    assert str(found.seen) == "line 5: “DNS” is a word of the trade"


def test_a_line_that_is_meant_is_left_alone(config: Config) -> None:
    path = "content/updates/2026-11-22T1000.pl.md"
    write(config, path, "A.\n\nSerwer DNS nie działa. <!-- lint-ok: jargon -->\n")

    assert ("jargon", path) not in ids(config)


def test_a_site_without_words_has_nothing_to_judge(config: Config) -> None:
    (config.root / "content/outage.pl.md").unlink()

    assert proofread(config, now=NOW) == ()


def test_of_a_long_log_only_the_newest_words_are_judged(config: Config) -> None:
    for n in range(MOST + 5):
        at = NOW - timedelta(hours=n)
        write(config, f"content/updates/{at:%Y-%m-%dT%H%M}.pl.md", f"Ups, {n}.\n")

    files = {file for name, file in ids(config) if name == "humour"}

    assert f"content/updates/{NOW:%Y-%m-%dT%H%M}.pl.md" in files
    assert len(files) == 20


def test_check_lists_what_the_words_could_say_better(lab: Lab) -> None:
    config = lab.site()
    lab.publish(config)
    text = "started: 2026-11-22 09:40\n\nUps! Serwer DNS padł.\n"
    write(config, f"content/outage.{config.shop.languages[0]}.md", text)

    up = {one.id: one.severity.value for one in _check(config).findings}
    lab.world.shop.kill()
    down = _check(config)

    assert up["still-open"] == "warning"
    assert up["jargon"] == "warning"
    assert "eta-missing" not in up
    assert {one.id: one.severity.value for one in down.findings}["eta-missing"] == (
        "critical"
    )
    assert down.code == 4


def test_check_is_critical_of_an_update_that_is_dated_ahead(config: Config) -> None:
    path = "content/updates/then.pl.md"
    late = NOW + timedelta(minutes=11)
    write(config, path, f"at: {late.isoformat()}\nstatus: resolved\n\nJuż.\n")
    write(config, "content/updates/fast.pl.md",
          f"at: {(NOW + timedelta(minutes=9)).isoformat()}\n\nZegar.\n")  # fmt: skip

    found = words_for_check(config, now=NOW)

    (ahead,) = (one for one in found if one.severity is Severity.CRITICAL
                and one.id == "update-ahead")  # fmt: skip
    assert ahead.subject == path
    assert str(ahead.seen).startswith("line 1: this update is dated 2026-11-22T10:26")
    assert "at: 2026-11-22T10:15+01:00" in str(ahead.remedy)


def test_check_names_what_is_not_on_the_page_or_not_as_meant(config: Config) -> None:
    write(config, "content/updates/2026-11-22T1000.pl.md", "status: resolvd\n\nA.\n")
    write(config, "content/updates/2026-10-25T0230.pl.md", "Noc.\n")

    found = {one.id: one for one in words_for_check(config, now=NOW)}

    assert "status: resolved" in str(found["words-left-out"].remedy)
    assert found["words-doubtful"].severity is Severity.WARNING
