"""`fallback check DOMAIN` where a real parent delegates, and a resolver asks for us."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fallback.actions.outlook import look
from fallback.core.errors import UsageError
from fallback.core.outlook.outlook import Move, Outlook
from fallback.core.result import silent
from tests import need
from tests.servers.delegated import Internet, internet

DELEGATION = """\
kwiaty.example. NS ns1.kwiaty.example.
kwiaty.example. NS ns2.kwiaty.example.
ns1.kwiaty.example. A {0}
ns2.kwiaty.example. A {1}
"""
ZONE = """\
$TTL 600
@ IN SOA ns1 hostmaster 7 7200 900 1209600 60
  NS ns1
  NS ns2
  MX 10 mail
  A 127.0.9.1
www A 127.0.9.1
mail A 127.0.8.1
ns1 A {0}
ns2 A {1}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    need.root()
    with internet(tmp_path_factory.mktemp("internet")) as made:
        yield made


def seen(world: Internet, domain: str = "kwiaty.example") -> Outlook:
    now = datetime.now(UTC)
    return look(domain, network=world.network, now=now, say=silent)[1]


def ids(found: Outlook) -> list[str]:
    return [str(each.id) for each in found.findings]


def test_the_delegation_that_the_world_follows_is_read(world: Internet) -> None:
    world.hold(DELEGATION, ZONE, ZONE)
    found = seen(world)
    said = found.as_json()
    assert said["zone"] == "kwiaty.example"
    assert said["name_servers"] == ["ns1.kwiaty.example", "ns2.kwiaty.example"]
    assert said["mail_hosts"] == ["mail.kwiaty.example"]
    assert said["move"]["ttl_seconds"] == 600
    # whose these name servers are is not to be seen from their names
    assert (found.move, ids(found)[:2]) == (Move.UNKNOWN, ["shop-down", "dns-unknown"])
    assert not {"ns-lame", "ns-one-network", "ns-with-shop"} & {*ids(found)}


def test_name_servers_beside_the_shop_die_with_it(world: Internet) -> None:
    with_shop = ZONE.replace("A 127.0.9.1", "A {0}\n  A {1}", 1)
    world.hold(DELEGATION, with_shop, with_shop)
    found = seen(world)
    assert "ns-with-shop" in ids(found)
    assert found.move is Move.NO


def test_a_server_that_does_not_know_the_zone_is_named(world: Internet) -> None:
    elsewhere = DELEGATION.replace("A {1}", f"A {world.parent}")
    world.hold(elsewhere, ZONE, ZONE)
    found = seen(world)
    lame = next(each for each in found.findings if each.id == "ns-lame")
    assert lame.subject.startswith("ns2.kwiaty.example")


def test_what_nobody_delegates_does_not_exist(world: Internet) -> None:
    world.hold(DELEGATION, ZONE, ZONE)
    with pytest.raises(UsageError, match="there is no domain inny"):
        seen(world, "inny.example")
