"""Record data has one spelling, whoever wrote it."""

from datetime import timedelta
from ipaddress import ip_address

import dns.rdata
import dns.rdataset
import pytest

from fallback.core.records import Marker, RRset
from fallback.wire.dns import presentation


@pytest.mark.parametrize(
    ("rtype", "written", "canonical"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
        ("AAAA", "::ffff:192.0.2.1", str(ip_address("::ffff:192.0.2.1"))),
        ("CNAME", "Page.Elsewhere.TEST.", "page.elsewhere.test."),
        ("HTTPS", "1 . alpn=h2,h3", '1 . alpn="h2,h3"'),
        ("HTTPS", "0 CDN.example.", "0 cdn.example."),
        ("SVCB", '2 S.test. port="8443" alpn=h2', '2 s.test. alpn="h2" port="8443"'),
        ("TXT", 'one "two three"', '"one" "two three"'),
        ("TXT", '"Case Stays; so does this"', '"Case Stays; so does this"'),
    ],
)
def test_it_is_spelled_canonically_and_reads_back(
    rtype: str, written: str, canonical: str
) -> None:
    rdata = dns.rdata.from_text("IN", rtype, written)
    assert presentation.text(rdata) == canonical
    again = presentation.rdataset(rtype, RRset(timedelta(seconds=60), (canonical,)))
    assert presentation.rrset(again).rdatas == (canonical,)


def test_a_set_keeps_its_ttl_and_loses_its_order() -> None:
    one = dns.rdataset.from_text("IN", "A", 300, "192.0.2.2", "192.0.2.1")
    assert presentation.rrset(one) == RRset(
        timedelta(seconds=300), ("192.0.2.1", "192.0.2.2")
    )


def test_a_marker_comes_through_unchanged() -> None:
    marker = Marker(7, "redirected").rrset()
    assert presentation.rrset(presentation.rdataset("TXT", marker)) == marker
