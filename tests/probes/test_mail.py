"""The way of mail is found as a sending server finds it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fallback.core.config import Network
from fallback.demo.nameserver import answering
from fallback.probes.mail import chain, route, way

ZONE = """\
$ORIGIN shop.example.
$TTL 60
@ SOA ns1 hostmaster 1 7200 900 1209600 60
@ NS ns1
@ A 127.0.0.2
@ MX 10 mail
@ MX 20 mx.elsewhere.example.
ns1 A 127.0.53.53
mail CNAME box
box A 127.0.0.9
none MX 0 .
bare A 127.0.0.7
empty TXT "no address"
loop CNAME loop2
loop2 CNAME loop
"""


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    path = tmp_path / "shop.zone"
    path.write_text(ZONE)
    with answering(path, "shop.example", "127.0.53.53") as server:
        yield Network(resolvers=(str(server),), allow_private=True)


def test_every_mx_host_is_found_with_the_names_on_its_way(network: Network) -> None:
    mail = route("shop.example", network)
    assert mail is not None
    assert not mail.implicit
    by_name = {host.name: host for host in mail.hosts}
    own = by_name["mail.shop.example."]
    assert own.names == ("mail.shop.example.", "box.shop.example.")
    assert own.addresses == ("127.0.0.9",)
    assert by_name["mx.elsewhere.example."].addresses == ()


def test_a_null_mx_means_no_mail(network: Network) -> None:
    mail = route("none.shop.example", network)
    assert mail is not None
    assert (mail.hosts, mail.implicit) == ((), False)


def test_without_mx_mail_goes_to_the_address_itself(network: Network) -> None:
    mail = route("bare.shop.example", network)
    assert mail is not None
    assert mail.implicit
    assert mail.hosts[0].addresses == ("127.0.0.7",)


def test_a_name_without_mx_and_address_takes_no_mail(network: Network) -> None:
    mail = route("empty.shop.example", network)
    assert mail is not None
    assert mail.hosts == ()


def test_nobody_to_ask_is_not_an_answer(network: Network) -> None:
    assert route("other.test", network) is None


def test_silence_is_told_from_a_name_that_leads_nowhere(network: Network) -> None:
    assert way("other.test", network) is None
    assert chain("other.test", network) == ("other.test.",)
    assert way("bare.shop.example", network) == ("bare.shop.example.",)
    assert way("nowhere.shop.example", network) == ("nowhere.shop.example.",)


def test_a_loop_of_aliases_ends(network: Network) -> None:
    names = chain("loop.shop.example", network)
    assert names == ("loop.shop.example.", "loop2.shop.example.")
