"""fallback.toml at the root is the example shop and the reference of every setting."""

import re
import tomllib
from pathlib import Path

import attrs
import pytest

from fallback import dns, hosts, stores
from fallback.core.config import (
    Approval,
    Brand,
    Card,
    Config,
    Contact,
    HostTable,
    Network,
    Notify,
    Primary,
    Shop,
)
from fallback.core.settings import toml

FILE = Path(__file__).parents[1] / "fallback.toml"
KINDS = {"hosts": hosts.settings(), "dns": dns.settings(), "state": stores.settings()}


def everything() -> str:
    """Return the file with every commented setting put into force."""
    text = FILE.read_text("utf-8")
    # a folder of one kind only would hide the settings of the others
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def read(text: str) -> Config:
    return toml.parse(text, KINDS, FILE.parent)


def test_the_example_works_from_a_clean_clone_without_secrets() -> None:
    config = read(FILE.read_text("utf-8"))

    assert [host.kind for host in config.hosts] == ["folder", "folder"]
    assert config.dns == ()
    assert config.notify.urls == ()


def test_every_commented_setting_can_be_put_into_force() -> None:
    config = read(everything())

    assert {host.kind for host in config.hosts} == set(hosts.KINDS)
    assert {table.provider for table in config.dns} == set(dns.KINDS)


@pytest.mark.parametrize(
    ("table", "cls"),
    [
        ("shop", Shop),
        ("contact", Contact),
        ("brand", Brand),
        ("primary", Primary),
        ("network", Network),
        ("notify", Notify),
        ("approval", Approval),
        ("card", Card),
    ],
)
def test_every_setting_of_a_table_is_shown(table: str, cls: type) -> None:
    shown = set(tomllib.loads(everything())[table])

    assert shown == {each.name for each in attrs.fields(cls)}


@pytest.mark.parametrize(("room", "chooser"), [("hosts", "kind"), ("dns", "provider")])
def test_every_setting_of_every_adapter_is_shown(room: str, chooser: str) -> None:
    tables = tomllib.loads(everything())[room]

    for kind, cls in KINDS[room].items():
        shown = set().union(*(t for t in tables if t[chooser] == kind))
        assert {each.name.removesuffix("_") for each in attrs.fields(cls)} <= shown, (
            kind
        )


def test_every_setting_of_a_shared_state_is_shown() -> None:
    """A second choice for the table above: it stands behind two signs."""
    text = FILE.read_text("utf-8")
    head, _, table = text.partition("#[state]")
    lines = [line for line in table.splitlines() if line.startswith("##")]
    state = "\n".join(line.removeprefix("##") for line in lines)
    config = read(f"{head}[state]\n{state}")

    assert config.state.kind == "s3"
    shown = {"bucket", "prefix", *tomllib.loads(state)} - {"store"}
    assert shown == {each.name for each in attrs.fields(KINDS["state"]["s3"])}


def test_what_every_host_takes_is_shown_once() -> None:
    tables = tomllib.loads(everything())["hosts"]
    own = {each.name for each in attrs.fields(HostTable)} - {"label", "settings"}
    assert own <= set().union(*tables)


def test_commented_defaults_are_the_real_ones() -> None:
    """What a # line of [primary] and [network] shows is what happens without it."""
    shown, real = read(everything()), read(FILE.read_text("utf-8"))

    assert attrs.evolve(shown.primary, probe=real.primary.probe, mode="ask") == (
        real.primary
    )
    assert shown.network.canaries == real.network.canaries
    assert shown.network.allow_private == real.network.allow_private
    assert shown.network.rdap == real.network.rdap
    assert shown.state == real.state
    assert shown.hosts[0].deadline == real.hosts[0].deadline
