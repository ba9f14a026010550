"""The demo's name server answers as an authoritative server does."""

from collections.abc import Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from fallback.demo.nameserver import Address, answering

ZONE = """\
$ORIGIN shop.example.
$TTL 300
@ SOA ns1 hostmaster 1 7200 900 1209600 60
@ NS ns1
@ A 127.0.0.2
@ A 127.0.0.4
@ MX 10 mail
ns1 A 127.0.53.53
mail A 127.0.0.9
www CNAME @
out CNAME elsewhere.test.
loop CNAME loop
* A 127.0.0.8
a.deep A 127.0.0.7
"""


@pytest.fixture
def zone_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.zone"
    path.write_text(ZONE)
    return path


@pytest.fixture
def server(zone_file: Path) -> Iterator[Address]:
    with answering(zone_file, "shop.example", "127.0.53.53") as address:
        yield address


def _ask(
    server: Address, name: str, rtype: str = "A", *, tcp: bool = False
) -> dns.message.Message:
    query = dns.message.make_query(name, rtype)
    way = dns.query.tcp if tcp else dns.query.udp
    return way(query, server.address, port=server.port, timeout=5)


def _data(reply: dns.message.Message) -> list[str]:
    return sorted(str(data) for rrset in reply.answer for data in rrset)


@pytest.mark.parametrize("tcp", [False, True])
def test_it_answers_with_authority_over_both_transports(
    server: Address, tcp: bool
) -> None:
    reply = _ask(server, "shop.example", tcp=tcp)
    assert reply.flags & dns.flags.AA
    assert _data(reply) == ["127.0.0.2", "127.0.0.4"]
    assert reply.answer[0].ttl == 300


def test_an_alias_is_followed_within_the_zone_and_handed_on_outside_it(
    server: Address,
) -> None:
    inside, outside = _ask(server, "www.shop.example"), _ask(server, "out.shop.example")
    assert _data(inside) == ["127.0.0.2", "127.0.0.4", "shop.example."]
    assert _data(outside) == ["elsewhere.test."]
    assert _ask(server, "loop.shop.example").answer


def test_a_missing_type_and_a_missing_name_are_different_things(
    server: Address,
) -> None:
    nodata = _ask(server, "mail.shop.example", "AAAA")
    assert (nodata.rcode(), nodata.answer) == (dns.rcode.NOERROR, [])
    nxdomain = _ask(server, "not.mail.shop.example")
    assert (nxdomain.rcode(), nxdomain.answer) == (dns.rcode.NXDOMAIN, [])
    for reply in (nodata, nxdomain):
        assert reply.authority[0].rdtype == dns.rdatatype.SOA


def test_the_wildcard_covers_what_does_not_exist_and_nothing_else(
    server: Address,
) -> None:
    assert _data(_ask(server, "anything.shop.example")) == ["127.0.0.8"]
    assert _ask(server, "deep.shop.example").rcode() == dns.rcode.NOERROR
    assert _data(_ask(server, "deep.shop.example")) == []
    assert _ask(server, "b.deep.shop.example").rcode() == dns.rcode.NXDOMAIN


def test_names_of_other_zones_are_refused(server: Address) -> None:
    assert _ask(server, "other.example").rcode() == dns.rcode.REFUSED


def test_an_edit_is_live_with_the_next_question_and_a_broken_one_is_not(
    server: Address, zone_file: Path
) -> None:
    zone_file.write_text(ZONE.replace("mail A 127.0.0.9", "mail A 127.0.0.19"))
    assert _data(_ask(server, "mail.shop.example")) == ["127.0.0.19"]
    zone_file.write_text("this is not a zone")
    assert _data(_ask(server, "mail.shop.example")) == ["127.0.0.19"]
