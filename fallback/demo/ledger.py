"""Compares two states of the zone file, for people and to the last record."""

import difflib
from collections.abc import Iterator
from pathlib import Path

import dns.rdatatype
import dns.zone
from attrs import frozen

from fallback.demo.world import DOMAIN


@frozen
class Ledger:
    """The zone file at one moment."""

    text: str

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Return what *path* holds now."""
        return cls(path.read_text("utf-8"))

    def records(self) -> frozenset[str]:
        """Return every record but the SOA as text, TTL included."""
        zone = dns.zone.from_text(self.text, DOMAIN, relativize=False)
        return frozenset(
            f"{name} {rdataset.ttl} {rdata.rdtype.name} {rdata}"
            for name, rdataset in zone.iterate_rdatasets()
            for rdata in rdataset
            if rdata.rdtype != dns.rdatatype.SOA
        )

    def serial(self) -> int:
        """Return the serial of the SOA."""
        zone = dns.zone.from_text(self.text, DOMAIN, relativize=False)
        return int(zone.get_soa().serial)

    def differences(self, after: "Ledger") -> Iterator[str]:
        """Yield the records that went (``-``) and came (``+``) until *after*."""
        before, now = sorted(self.records()), sorted(after.records())
        for line in difflib.ndiff(before, now):
            if line[0] in "-+":
                yield line
