"""A name server that takes TSIG-signed updates: BIND, Knot, PowerDNS (RFC 2136, 8945).

Reading is a transfer (AXFR, RFC 5936), because a query cannot tell a record from what a
wildcard makes up. Writing is **one** UPDATE message, see ``fallback.wire.dns.updates``:
the server itself compares, and carries out all of it or nothing. Only a server that
signs and shows another SOA than it compares with sees the data alone (``updates.Pin``).

dnspython is imported inside, see ``fallback.wire.dns.presentation``.
"""

import binascii
import random
import socket
import time
from collections.abc import Collection, Iterator
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal, cast

from attrs import field, frozen

from fallback.core.check import least_privilege
from fallback.core.check.credential import Powers
from fallback.core.check.inventory import Inventory
from fallback.core.check.least_privilege import (
    MOVES,
    Grant,
    Rights,
    bind_drill,
    bind_policy,
    knot_acl,
    knot_drill,
)
from fallback.core.config import Config, DnsTable, Network, SecretRef
from fallback.core.errors import (
    Conflict,
    CredentialsRefused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.records import Caps, Commit, Plan, Snapshot
from fallback.core.text import T, Text
from fallback.wire import secrets
from fallback.wire.dns import nameservers, presentation, update_rights, updates, zones

if TYPE_CHECKING:
    import dns.message
    import dns.tsig
    import dns.update
    import dns.zone

_CONNECT = timedelta(seconds=5)
_ANSWER = timedelta(seconds=10)
_TRANSFER = timedelta(seconds=60)
_READS = 3
_WEAKEST = tuple(updates.Pin)[-1]

CAPS = Caps(atomic="batch", cas="server", apex=None, types=presentation.TYPES)

Algorithm = Literal["hmac-sha256", "hmac-sha512", "hmac-sha384", "hmac-sha1"]


@frozen
class Settings:
    """The keys of a ``[[dns]]`` table with ``provider = "rfc2136"``.

    ``server`` is ``host:port`` of the primary name server; the key must be allowed to
    transfer the zone and to update the names.
    """

    server: str
    key_name: str
    key_secret: SecretRef
    key_algorithm: Algorithm = "hmac-sha256"

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield (key, complaint) for what is not right."""
        try:
            nameservers.split(self.server)
        except ValueError:
            yield "server", T("{server} is not host:port", server=self.server)


def connect(settings: Settings, config: Config) -> "Rfc2136":
    """Return the provider. Raises ``CredentialsRefused`` when there is no secret."""
    secret = secrets.reveal(settings.key_secret, config.root)
    return Rfc2136(settings, secret, config.network)


def rights(table: DnsTable) -> Rights:
    """See ``fallback.dns.rights``."""
    settings = cast(Settings, table.settings)
    what = (table.zone, table.names, settings.key_name)
    return Rights(
        (
            MOVES,
            T("on Knot also write TXT at these names, where SPF stands; on PowerDNS,"
              " which knows no rights but for whole zones, change everything in it"),
        ),
        (
            Grant(T("BIND: the zone's clause in named.conf"), bind_policy(*what)),
            Grant(T("Knot: the acl section of knot.conf"), knot_acl(*what)),
            Grant(T("BIND, one rule more in update-policy: to drill"),
                  bind_drill(table.zone, settings.key_name)),
            Grant(T("Knot, one rule more, to be named in the zone's acl: to drill"),
                  knot_drill(table.zone, settings.key_name)),
        ),
    )  # fmt: skip


def copied(table: DnsTable, config: Config) -> str:
    """See ``fallback.dns.copied``."""
    provider = connect(cast(Settings, table.settings), config)
    return str(provider.transfer(table.zone).to_text(relativize=False))


@frozen
class Rfc2136:
    """See ``fallback.core.ports.DnsProvider``."""

    settings: Settings
    secret: str = field(repr=False)
    network: Network = field(factory=Network)

    @property
    def caps(self) -> Caps:
        """See ``fallback.core.ports.DnsProvider``."""
        return CAPS

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """See ``fallback.core.ports.DnsProvider``; tried three times."""
        return zones.snapshot(self.transfer(zone), names)

    def listing(self, zone: str) -> Inventory:
        """See ``fallback.core.check.inventory.Lister``."""
        return zones.inventory(self.transfer(zone))

    def tempt(self, zone: str, names: Collection[str]) -> Powers:  # noqa: ARG002
        """See ``fallback.core.check.credential.Tempted`` and ``update_rights``."""
        return Powers(tuple(update_rights.beyond(zone, self._key(), self._said_to)))

    def commit(self, zone: str, plan: Plan) -> Commit:
        """See ``fallback.core.ports.DnsProvider``."""
        live = self.transfer(zone)
        zones.compare(plan, lambda key: zones.at(live, key))
        zones.admit(live, plan)
        for pin in updates.Pin:
            try:
                self._carry_out(live, plan, pin)
                break
            except Conflict:
                if not self._keeps_another_soa(live, plan) or pin is _WEAKEST:
                    raise
        return Commit()

    def _carry_out(self, live: "dns.zone.Zone", plan: Plan, pin: updates.Pin) -> None:
        """Send the plan in the form that this server takes.

        Knot loses a CNAME unless its name is bared of signatures in the same message;
        BIND permits nobody to touch them, and needs no such thing.
        """
        key, bare = self._key(), updates.to_be_bared(live, plan)
        said = self._said_to(updates.message(live, plan, key, pin=pin, bare=bare))
        if bare and said == "REFUSED":
            said = self._said_to(updates.message(live, plan, key, pin=pin))
        self._judge(said, plan.zone)

    def _keeps_another_soa(self, live: "dns.zone.Zone", plan: Plan) -> bool:
        """Return whether the server refused us though nobody has changed the zone.

        BIND's inline signing shows the signed zone's SOA and compares with the unsigned
        one's, and so does PowerDNS with SOA-EDIT: no SOA that we can know would do.
        Raises ``Conflict`` when a key has changed after all.
        """
        if live.get_rdataset(live.origin or "@", "DNSKEY") is None:
            return False
        again = self.transfer(plan.zone)
        zones.compare(plan, lambda key: zones.at(again, key))
        return bool(zones.soa(again) == zones.soa(live))

    def transfer(self, zone: str) -> "dns.zone.Zone":
        """Return the whole zone. A busy server is asked again, a refusal is final."""
        import dns.exception

        for attempt in range(_READS):
            try:
                return self._transfer_once(zone)
            except (dns.exception.DNSException, OSError, EOFError) as error:
                self._raise_final(error, zone)
                last = error
            if attempt < _READS - 1:
                # BIND serves ten transfers at a time and says SERVFAIL to the next
                time.sleep(random.uniform(0.1, 0.4) * (attempt + 1))  # noqa: S311
        raise self._silent(last)

    def _transfer_once(self, zone: str) -> "dns.zone.Zone":
        import dns.message
        import dns.query
        import dns.zone

        found = dns.zone.Zone(zone.rstrip(".") + ".", relativize=False)
        query = dns.message.make_query(found.origin or zone, "AXFR")
        query.use_tsig(self._key())
        host, port = self._address()
        dns.query.inbound_xfr(
            host,
            found,
            query,
            port,
            timeout=_ANSWER.total_seconds(),
            lifetime=_TRANSFER.total_seconds(),
        )
        return found

    def _said_to(self, message: "dns.update.UpdateMessage") -> str:
        """Return the name of the code that *message* is answered with.

        Raises ``Unavailable`` when it was not sent, ``Unknown`` when nobody can tell.
        """
        import dns.exception
        import dns.query
        import dns.rcode
        import dns.tsig

        try:
            to = self._address()
            line = socket.create_connection(to, timeout=_CONNECT.total_seconds())
        except OSError as error:
            raise self._silent(error) from error
        with line:
            line.setblocking(False)
            try:
                reply = dns.query.tcp(
                    message, to[0], timeout=_ANSWER.total_seconds(), sock=line
                )
            except dns.tsig.PeerBadKey:
                return "BADKEY"
            except (dns.exception.DNSException, OSError, EOFError) as error:
                self._raise_refused_key(error)
                raise self._lost(repr(error)) from error
        if reply.rcode() == dns.rcode.NOERROR and not reply.had_tsig:
            raise self._lost("an answer without a signature")
        return dns.rcode.to_text(reply.rcode())

    def _judge(self, said: str, zone: str) -> None:
        """Raise what the code *said* means (RFC 2136 section 2.2)."""
        match said:
            case "NOERROR":
                return
            case "NXRRSET" | "YXRRSET" | "NXDOMAIN" | "YXDOMAIN":
                raise Conflict(
                    T(
                        "somebody else has changed the zone {zone} in the same moment"
                        " ({said})",
                        zone=zone,
                        said=said,
                    ),
                    customers_see=T("no change: nothing was written"),
                    next=T("run the same command again: it looks before it acts"),
                )
            case "REFUSED" | "BADKEY" | "NOTAUTH" | "NOTZONE" | "FORMERR" | "NOTIMP":
                raise self._rejected(said, zone)
            case _:
                raise self._lost(said)

    def _rejected(self, said: str, zone: str) -> Rejected:
        """Return the refusal, with what usually causes it."""
        remedy = {
            "REFUSED": T(
                "allow the key {key} to transfer the zone (allow-transfer) and to"
                " update the redirected names and _fallback.{zone} (update-policy)",
                key=self.settings.key_name,
                zone=zone.rstrip("."),
            ),
            # the key has just been good enough for the transfer: so Knot says no
            "BADKEY": T(
                "allow the key {key} in Knot's acl to update the redirected names and"
                " _fallback.{zone}, of the types {types}",
                key=self.settings.key_name,
                zone=zone.rstrip("."),
                types=", ".join(least_privilege.KNOT_TYPES),
            ),
            "NOTIMP": T("the server takes no updates; use another provider"),
        }.get(said, T("set server to the primary name server of {zone}", zone=zone))
        return Rejected(
            T(
                "the name server {server} refuses our request for the zone {zone}"
                " ({said})",
                server=self.settings.server,
                zone=zone,
                said=said,
            ),
            customers_see=T("no change: nothing was written"),
            next=remedy,
        )

    def _raise_final(self, error: Exception, zone: str) -> None:
        """Raise when asking again would not help."""
        import dns.rcode
        import dns.xfr

        self._raise_refused_key(error)
        if isinstance(error, dns.xfr.TransferError):
            said = dns.rcode.to_text(error.rcode)
            if said in ("REFUSED", "NOTAUTH", "NOTZONE", "FORMERR", "NOTIMP"):
                raise self._rejected(said, zone) from error

    def _raise_refused_key(self, error: Exception) -> None:
        """Raise ``CredentialsRefused`` when *error* is about our signature."""
        import dns.tsig

        why: Text | None = None
        if isinstance(error, dns.tsig.PeerBadKey):
            why = T("it knows no key of that name and algorithm, or gives it no right")
        elif isinstance(error, dns.tsig.PeerBadSignature):
            why = T("the secret is not the one it has")
        elif isinstance(error, dns.tsig.PeerBadTime):
            why = T("this machine's clock and the server's are minutes apart")
        elif isinstance(error, dns.tsig.PeerError):
            why = T("it does not accept the signature")
        if why is not None:
            raise CredentialsRefused(
                T(
                    "the name server {server} does not accept the key {key}: {why}",
                    server=self.settings.server,
                    key=self.settings.key_name,
                    why=why,
                ),
                customers_see=T("no change: nothing was written"),
                next=T("compare key_name, key_algorithm and key_secret with the server")
                if not isinstance(error, dns.tsig.PeerBadTime)
                else T("set the clock of this machine, or of the server"),
            ) from error

    def _silent(self, error: Exception) -> Unavailable:
        return Unavailable(
            T(
                "the name server {server} does not answer: {error}",
                server=self.settings.server,
                error=str(error) or type(error).__name__,
            ),
            customers_see=T("no change: nothing was written"),
            next=T("see whether it runs and can be reached, then try again"),
        )

    def _lost(self, said: str) -> Unknown:
        return Unknown(
            T(
                "the name server {server} took the change and gave no usable answer"
                " ({said})",
                server=self.settings.server,
                said=said,
            ),
            customers_see=T("either the records before or those after the change"),
            next=T("run the same command again: it looks before it acts"),
        )

    def _key(self) -> "dns.tsig.Key":
        import dns.tsig

        name, algorithm = self.settings.key_name, self.settings.key_algorithm
        try:
            return dns.tsig.Key(name, self.secret, algorithm)
        except binascii.Error:
            raise CredentialsRefused(
                T(
                    "the secret {reference} is no TSIG secret: it is not base64",
                    reference=str(self.settings.key_secret),
                ),
                next=T("copy the secret between the quotes of the server's key clause"),
            ) from None

    def _address(self) -> tuple[str, int]:
        """Return the server's address. Raises ``OSError`` when its name has none."""
        host, port = nameservers.split(self.settings.server)
        try:
            return str(ip_address(host)), port
        except ValueError:
            pass
        if self.network.resolvers:
            for rtype in ("A", "AAAA"):
                found = nameservers.resolve(host, rtype, self.network)
                if found and found.rdatas:
                    return found.rdatas[0], port
            raise OSError(f"{host} has no address")
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return str(infos[0][4][0]), port
