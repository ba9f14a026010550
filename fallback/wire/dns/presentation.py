"""dnspython's record sets and ours: the one place where record data becomes text.

The text is presentation format (RFC 1035 section 5.1, RFC 9460 section 2.1) with
absolute names, made the same way by every adapter, so that what was read, what was
planned and what is read back compare equal. The host name that a CNAME, HTTPS or SVCB
record leads to is written in lower case, because DNS compares names that way
(RFC 4343); everything else keeps its spelling.

dnspython is imported inside functions, here and in every adapter: it takes a third of
a second, and building the page works without it.
"""

from datetime import timedelta
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from fallback.core.records import RRset

if TYPE_CHECKING:
    import dns.rdata
    import dns.rdataset

TYPES = frozenset({"A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT"})
"""What a plain name server sees and writes for us; ALIAS is no DNS type."""


def text(rdata: "dns.rdata.Rdata") -> str:
    """Return *rdata*, whose names are absolute, as canonical text."""
    import dns.rdatatype

    if rdata.rdtype == dns.rdatatype.AAAA:
        return str(IPv6Address(rdata.to_text()))
    if rdata.rdtype in (
        dns.rdatatype.CNAME,
        dns.rdatatype.HTTPS,
        dns.rdatatype.SVCB,
    ):
        target = getattr(rdata, "target").canonicalize()  # noqa: B009 - a field of these
        return rdata.replace(target=target).to_text()
    return rdata.to_text()


def rrset(rdataset: "dns.rdataset.Rdataset") -> RRset:
    """Return *rdataset*, whose names are absolute, as our value."""
    return RRset(
        timedelta(seconds=rdataset.ttl), tuple(text(rdata) for rdata in rdataset)
    )


def rdataset(rtype: str, rrset: RRset) -> "dns.rdataset.Rdataset":
    """Return our value as dnspython's. Raises ``dns.exception.SyntaxError``."""
    import dns.rdataset

    seconds = int(rrset.ttl.total_seconds())
    return dns.rdataset.from_text_list("IN", rtype, seconds, rrset.rdatas)


def is_readable(rtype: str, rrset: RRset) -> bool:
    """Return whether a master file can hold *rrset*, which has any data at all."""
    import dns.exception

    try:
        return len(rdataset(rtype, rrset)) > 0
    except (dns.exception.DNSException, ValueError):
        return False
