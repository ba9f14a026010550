"""`fallback check` of zones that real name servers hold, below a real parent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.check import check
from fallback.core.config import Config, DnsTable, State
from fallback.core.findings import Finding
from fallback.core.result import silent
from fallback.dns import manual
from fallback.stores import folder as folder_store
from tests import need
from tests.fakes.config import small_config
from tests.servers.delegated import Internet, internet

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

DELEGATION = """\
kwiaty.example. NS ns1.kwiaty.example.
kwiaty.example. NS ns2.kwiaty.example.
ns1.kwiaty.example. A {0}
ns2.kwiaty.example. A {1}
"""

ZONE = """\
$TTL 60
@ IN SOA ns1 hostmaster 7 7200 900 1209600 60
  NS ns1
  NS ns2
  MX 10 mail
  A 127.0.0.2
www A 127.0.0.2
mail A 127.0.9.9
ns1 A {0}
ns2 A {1}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    need.root()
    with internet(tmp_path_factory.mktemp("internet")) as made:
        yield made


def _site(world: Internet, folder: Path) -> Config:
    table = DnsTable(
        "manual",
        "kwiaty.example",
        ("kwiaty.example", "www.kwiaty.example"),
        "d111.cloudfront.net",
        manual.Settings(),
    )
    config = small_config(folder, state=State("folder", folder_store.Settings()))
    return evolve(config, dns=(table,), network=world.network)


def _found(config: Config) -> dict[str, Finding]:
    return {f.id: f for f in check(config, now=NOW, say=silent).findings}


OURS = {
    "no-delegation",
    "ns-mismatch",
    "ns-lame",
    "serial-differs",
    "soa-expire",
    "negative-ttl",
    "dnssec",
    "dnssec-broken",
    "subzone",
    "follows",
    "wildcard",
    "spf-follows",
    "managed-elsewhere",
    "caa-blocks",
    "ns-disagree",
    "no-name-servers",
}


def _zone_ids(config: Config) -> set[str]:
    return OURS & set(_found(config))


def test_a_zone_that_is_handed_down_well_is_found_well(
    world: Internet, tmp_path: Path
) -> None:
    world.hold(DELEGATION, ZONE, ZONE)
    assert _zone_ids(_site(world, tmp_path)) == set()


FAULTS = {
    "nothing above leads there": ("no-delegation", "", ZONE, ZONE),
    "the registrar names a server that the zone does not": (
        "ns-mismatch",
        DELEGATION,
        *[ZONE.replace("  NS ns2\n", "")] * 2,
    ),
    "the zone names a server that the registrar does not": (
        "ns-mismatch",
        DELEGATION,
        *[ZONE.replace("  NS ns2\n", "  NS ns2\n  NS ns1.elsewhere.example.\n")] * 2,
    ),
    "one server has an older version": (
        "serial-differs",
        DELEGATION,
        ZONE,
        ZONE.replace("hostmaster 7", "hostmaster 6"),
    ),
    "the other servers give up after a day": (
        "soa-expire",
        DELEGATION,
        *[ZONE.replace("1209600", "86400")] * 2,
    ),
    "absence is believed for a day": (
        "negative-ttl",
        DELEGATION,
        *[ZONE.replace("$TTL 60", "$TTL 86400").replace("1209600 60", "1209600 86400")]
        * 2,
    ),
    "a chain of trust that leads to an unsigned zone": (
        "dnssec-broken",
        DELEGATION + f"kwiaty.example. DS 12345 13 2 {'ab' * 32}\n",
        ZONE,
        ZONE,
    ),
    "another name that leads to a redirected one": (
        "follows",
        DELEGATION,
        *[ZONE + "panel CNAME www\n"] * 2,
    ),
    "a wildcard that leads to a redirected one": (
        "wildcard",
        DELEGATION,
        *[ZONE + "* A 127.0.0.2\n"] * 2,
    ),
    "SPF that allows the shop's name": (
        "spf-follows",
        DELEGATION,
        *[ZONE + '@ TXT "v=spf1 a:www.kwiaty.example -all"\n'] * 2,
    ),
    "SPF that includes a policy that allows the shop's name": (
        "spf-follows",
        DELEGATION,
        *[
            ZONE + '@ TXT "v=spf1 include:_spf.kwiaty.example -all"\n'
            '_spf TXT "v=spf1 " "a:kwiaty.example ~all"\n'
        ]
        * 2,
    ),
    "external-dns that keeps a redirected name": (
        "managed-elsewhere",
        DELEGATION,
        *[ZONE + 'a-www TXT "heritage=external-dns,external-dns/owner=default"\n'] * 2,
    ),
    "octoDNS that keeps the zone": (
        "managed-elsewhere",
        DELEGATION,
        *[ZONE + 'meta TXT "time=2026-11-20T10:00:00+00:00"\n'] * 2,
    ),
    "CAA that forbids the target's authority": (
        "caa-blocks",
        DELEGATION,
        *[ZONE + '@ CAA 0 issue "letsencrypt.org"\n'] * 2,
    ),
    "a name that is handed down further": (
        "subzone",
        DELEGATION,
        *[ZONE.replace("www A 127.0.0.2", "www NS ns1.elsewhere.example.")] * 2,
    ),
}


def test_caa_that_allows_the_target_s_authority_is_fine(
    world: Internet, tmp_path: Path
) -> None:
    allowing = ZONE + '@ CAA 0 issue "amazontrust.com"\n@ CAA 0 issue "other.example"\n'
    world.hold(DELEGATION, allowing, allowing)
    assert _zone_ids(_site(world, tmp_path)) == set()


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_amiss_with_the_delegation_is_found(
    world: Internet, tmp_path: Path, case: str
) -> None:
    expected, delegation, *children = FAULTS[case]
    world.hold(delegation, *children)
    assert _zone_ids(_site(world, tmp_path)) == {expected}
