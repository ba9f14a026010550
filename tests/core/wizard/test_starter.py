"""A new site's settings are the reference of every setting, with its own in force."""

import tomllib

import pytest
from attrs import evolve

from fallback.actions.site import kinds
from fallback.core.settings.toml import parse
from fallback.core.wizard.offers import NOWHERE, PLACES, PROVIDERS, Table
from fallback.core.wizard.starter import PLACEHOLDER, Answers, settings
from fallback.wire import shipped

REFERENCE = (shipped.starter() / "fallback.toml").read_text("utf-8")
ANSWERS = Answers(
    "Kwiaty", "https://kwiaty.example", "a@elsewhere.example", "+48600100200"
)
HOSTS = {
    "folder": {"path": "there"},
    "s3": {"bucket": "b", "region": "eu-north-1", "access_key": "env:A",
           "secret_key": "env:B", "transport": "boto3"},
    "netlify": {"site": "kw", "token": "env:T", "url": "https://kw.netlify.app"},
    "cloudflare_worker": {"account": "0" * 32, "script": "kw", "token": "env:C"},
    "sftp": {"host": "h.example", "user": "u", "path": "/srv/p", "key": "~/.ssh/k"},
}  # fmt: skip
ZONE = {"zone": "kwiaty.example", "names": ["kwiaty.example"], "target": "d.example"}
ZONES = {
    "manual": {},
    "zonefile": {"path": "/etc/bind/zone"},
    "rfc2136": {"server": "192.0.2.1:53", "key_name": "k", "key_secret": "env:K"},
    "cloudflare": {"token": "env:Z"},
    "route53": {"access_key": "env:A", "secret_key": "env:B"},
    "octodns": {"class": "octodns_powerdns.PowerDnsProvider"},
}


def made(answers: Answers) -> dict[str, object]:
    text = settings(REFERENCE, answers)
    parse(text, kinds(), shipped.starter())
    return tomllib.loads(text)


@pytest.mark.parametrize("first", HOSTS)
@pytest.mark.parametrize("second", HOSTS)
def test_two_places_are_in_force_and_no_other(first: str, second: str) -> None:
    tables = [Table(first, HOSTS[first]), Table(second, HOSTS[second])]
    if first == second:
        tables = [tables[0]]

    hosts = made(evolve(ANSWERS, hosts=tuple(tables)))["hosts"]

    assert isinstance(hosts, list)
    wanted = [{"kind": table.kind} | dict(table.values) for table in tables]
    assert sorted(hosts, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize("provider", ZONES)
def test_one_provider_is_in_force_and_no_other(provider: str) -> None:
    values = ZONE | ZONES[provider]

    zones = made(evolve(ANSWERS, dns=Table(provider, values)))["dns"]

    assert zones == [{"provider": provider} | values]


def test_every_word_that_is_offered_has_a_table_in_the_reference() -> None:
    assert {offer.kind for offer in PLACES} <= set(HOSTS)
    assert set(PROVIDERS) - {"none"} <= set(ZONES)


def test_what_nobody_answered_stays_a_comment() -> None:
    text = settings(REFERENCE, ANSWERS)

    assert "dns" not in tomllib.loads(text)
    assert "network" not in tomllib.loads(text)
    assert f'contains       = "{PLACEHOLDER}"' in text
    assert len(text.split("\n")) == len(REFERENCE.split("\n"))


def test_a_target_that_is_not_known_says_what_belongs_there() -> None:
    text = settings(
        REFERENCE, evolve(ANSWERS, dns=Table("manual", {**ZONE, "target": NOWHERE}))
    )

    (line,) = (row for row in text.split("\n") if NOWHERE in row)
    assert line.endswith("# put here the name that fallback setup prints")


def test_the_network_of_a_laboratory_is_put_into_force() -> None:
    network = {"resolvers": ["192.0.2.1:53"], "canaries": [], "allow_private": True}

    assert made(evolve(ANSWERS, network=network))["network"] == network
