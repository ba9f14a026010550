"""The zone that tests move: what a redirect must bring back, or not touch."""

import re
from collections.abc import Iterable

import dns.name
import dns.zone

from fallback.core.records import WEB_TYPES
from fallback.wire.dns import presentation

NAME = "kwiaty.example"
NAMES = ("kwiaty.example", "www.kwiaty.example")

TEXT = """\
; the shop's own zone, as an owner keeps it
$TTL 3600
@       IN SOA  ns1 hostmaster (
                2026010107 ; serial
                7200       ; refresh
                900        ; retry
                1209600    ; expire
                300 )      ; negative answers
        NS      ns1
        NS      ns2.elsewhere.test.
        MX      10 mail
        MX      20 mx.elsewhere.test.
        TXT     "v=spf1 mx -all; really" "second string"
        CAA     0 issue "letsencrypt.org"
@   300 IN A    192.0.2.10
    300 A       192.0.2.11            ; the second machine
@   300 AAAA    2001:db8::10
@   300 HTTPS   1 . alpn="h2,h3" ipv4hint=192.0.2.10,192.0.2.11

www 600 CNAME   kwiaty.example.       ; as every year
*       A       192.0.2.99            ; the old catch-all
mail    A       192.0.2.25
        AAAA    2001:db8::25
ns1     A       127.0.0.1
_dmarc  TXT     "v=DMARC1; p=none"
panel   CNAME   www
"""

Record = tuple[str, str, int, str]
"""Name, type, TTL in seconds, canonical data."""


def records(zone: dns.zone.Zone) -> frozenset[Record]:
    """Return every record of *zone* with absolute names; the SOA's serial is 0."""
    found = set()
    for name, rdataset in zone.iterate_rdatasets():
        for rdata in rdataset:
            text = presentation.text(rdata)
            rtype = rdata.rdtype.name
            if rtype == "SOA":
                text = re.sub(r"^(\S+ \S+) \d+", r"\1 0", text)
            found.add((str(name), rtype, rdataset.ttl, text))
    return frozenset(found)


def ours(record: Record) -> bool:
    """Say whether a move may change *record*: at ``NAMES``, or the marker."""
    name, rtype = record[0].rstrip("."), record[1]
    return name == f"_fallback.{NAME}" or (name in NAMES and rtype in WEB_TYPES)


def foreign(before: Iterable[Record], now: Iterable[Record]) -> int:
    """Return how many records changed that no move may change."""
    return sum(not ours(record) for record in set(before) ^ set(now))


def parse(text: str, zone: str = NAME) -> dns.zone.Zone:
    """Return the zone that *text* spells, with absolute names."""
    return dns.zone.from_text(text, dns.name.from_text(zone), relativize=False)
