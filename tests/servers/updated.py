"""What tests do to a name server that takes TSIG-signed updates, whichever it is.

Three keys: ``fallback`` may do what a redirect needs and nothing else, ``narrow`` not
even that, ``person`` may do everything.
"""

import contextlib
import random
import socket
import subprocess

import dns.message
import dns.query
import dns.rcode
import dns.tsigkeyring
import dns.update
import dns.zone

from fallback.core.records import RRset
from tests import need
from tests.servers import zones

SECRETS = {
    "fallback": "c2VjcmV0LW9mLWZhbGxiYWNrLTAxMjM0NTY3ODk=",
    "narrow": "c2VjcmV0LW9mLW5hcnJvdy0wMTIzNDU2Nzg5MDE=",
    "person": "c2VjcmV0LW9mLXBlcnNvbi0wMTIzNDU2Nzg5MDE=",
}
ALGORITHM = "hmac-sha256"

_OF_DNSSEC = frozenset({"CDNSKEY", "CDS", "DNSKEY", "NSEC", "RRSIG", "TYPE65534"})


class Updated:
    """Mixed into a server that has an ``address``, a ``port`` and one ``zone``."""

    address: str
    port: int
    zone: str

    @property
    def server(self) -> str:
        """Return ``host:port``, as ``fallback.toml`` wants it."""
        return f"{self.address}:{self.port}"

    def transfer(self) -> dns.zone.Zone:
        """Return the whole zone as it is served, with absolute names."""
        zone = dns.zone.Zone(self.zone + ".", relativize=False)
        query = dns.message.make_query(self.zone, "AXFR")
        query.use_tsig(keyring("person"))
        dns.query.inbound_xfr(self.address, zone, query, port=self.port, timeout=10)
        return zone

    def records(self) -> frozenset[zones.Record]:
        """Return every record that is served; the SOA's serial is 0."""
        return zones.records(self.transfer())

    def written(self) -> frozenset[zones.Record]:
        """Return the records that people write: without what a server signs."""
        return frozenset(r for r in self.records() if r[1] not in _OF_DNSSEC)

    def nsupdate(self, *lines: str, key: str = "person") -> str:
        """Type *lines* into nsupdate, as a person would; return what went wrong."""
        script = "\n".join((f"server {self.address} {self.port}", *lines, "send", ""))
        done = subprocess.run(
            [need.program("nsupdate"), "-y", f"{ALGORITHM}:{key}:{SECRETS[key]}"],
            input=script.encode(),
            capture_output=True,
            timeout=20,
            check=False,
        )
        return (done.stdout + done.stderr).decode()

    def set(self, name: str, rtype: str, rrset: RRset | None) -> None:
        """Make the zone hold *rrset* there: the edit of somebody else."""
        seconds = int(rrset.ttl.total_seconds()) if rrset else 0
        failure = self.nsupdate(
            f"update delete {name} {rtype}",
            *(
                f"update add {name} {seconds} {rtype} {rdata}"
                for rdata in (rrset.rdatas if rrset else ())
            ),
        )
        assert failure == "", failure

    def begin_again(self) -> None:
        """Bring every record of ``zones.TEXT`` back, and no other."""
        self.hold(zones.records(zones.parse(zones.TEXT)))

    def hold(self, wanted: frozenset[zones.Record]) -> None:
        """Make the zone hold the records *wanted*, and no other."""
        for removing in (True, False):
            off = wanted ^ self.written()
            update = dns.update.UpdateMessage(self.zone, keyring=keyring("person"))
            for name, rtype in {record[:2] for record in off if record[1] != "SOA"}:
                if removing:
                    update.delete(name, rtype)
                for owner, kind, ttl, rdata in wanted:
                    if not removing and (owner, kind) == (name, rtype):
                        update.add(owner, ttl, kind, rdata)
            if off:
                reply = dns.query.tcp(update, self.address, timeout=10, port=self.port)
                assert reply.rcode() == dns.rcode.NOERROR, reply
        assert self.written() == wanted


def redirected(zone: str) -> tuple[str, ...]:
    """Return the names of *zone* that the key ``fallback`` may move."""
    return (zone, f"www.{zone}", f"shop.{zone}")


def keyring(name: str) -> dict[dns.name.Name, dns.tsig.Key]:
    """Return the key called *name*, as dnspython wants it."""
    return dns.tsigkeyring.from_text({name: (ALGORITHM, SECRETS[name])})


def free_port() -> int:
    """Return a port that is free for TCP and UDP, at every address of this machine.

    It is none that the system gives to whoever connects somewhere: those may be taken
    again before a server that is about to start has it.
    """
    for _ in range(50):
        port = random.randrange(10_000, 32_000)
        with (
            contextlib.suppress(OSError),
            socket.socket() as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("", port))
            udp.bind(("", port))
            return port
    raise AssertionError("no free port")
