"""Of which sites `fallback check` says what a telephone could not do."""

import subprocess
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.checking.questions import questions
from fallback.core.check.phone import Phone
from fallback.core.config import Card, Config, DnsTable, HostTable, SecretRef
from fallback.core.wizard.forms import Tied
from fallback.dns import cloudflare
from fallback.hosts import folder, sftp
from fallback.wire.clock import SystemClock
from tests.fakes.config import small_config

KEY = SecretRef("keyring", "dns")


def phone(config: Config) -> Phone | None:
    asked = dict(questions(config, datetime.now(UTC), SystemClock(), ()))
    found = asked["phone", ""]()
    assert found is None or isinstance(found, Phone)
    return found


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a site whose words are at GitHub, with a form that publishes them."""
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    remote = "git@github.com:ania/kwiaty.git"
    subprocess.run([*git, "remote", "add", "origin", remote], check=True)
    form = tmp_path / ".github" / "workflows" / "words.yml"
    form.parent.mkdir(parents=True)
    form.write_text("on: workflow_dispatch\n# fallback deploy\n")
    about = sftp.Settings(
        host="ssh.example", user="ania", path="/srv", key="id_ed25519"
    )
    names = ("kwiaty.example",)
    zone = DnsTable(
        "cloudflare",
        "kwiaty.example",
        names,
        (ip_address("192.0.2.7"),),
        settings=cloudflare.Settings(KEY),
    )
    tables = (HostTable("sftp", "sftp", about),)
    return evolve(small_config(tmp_path), hosts=tables, dns=(zone,))


def test_what_is_needed_is_told_by_the_form_that_needs_it(config: Config) -> None:
    found = phone(config)
    assert found is not None
    assert found.movable
    assert found.untold == (Tied("sftp", "id_ed25519", login=True),)
    assert found.unmoved == (Tied("cloudflare", "keyring:dns"),)


def test_nothing_is_said_where_it_may_not_be_true(
    config: Config, tmp_path: Path
) -> None:
    away = HostTable("folder", "folder", folder.Settings(tmp_path / "public"))
    part = tmp_path / "shops" / "kwiaty"
    part.mkdir(parents=True)
    form = "https://forms.example/publish"
    for silent in (
        evolve(config, hosts=(away,)),
        evolve(config, root=part),
        evolve(config, card=Card(update_url=form)),
    ):
        assert phone(silent) is None
    assert phone(evolve(config, hosts=(evolve(away, url="https://a.example"),)))
