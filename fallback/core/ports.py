"""The protocols of the adapters: one verb reads, one writes, a plan stands between.

A dry run is the run that never calls the second verb. An adapter is named by the word
the owner writes in ``fallback.toml``; the tuples in ``fallback.hosts.KINDS``,
``fallback.dns.KINDS`` and ``fallback.stores.KINDS`` list them for people to read.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NewType, Protocol

from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.known import Known
from fallback.core.hosts.provision import Provision
from fallback.core.model import BuiltSite, Digest, Receipt, Spot
from fallback.core.records import Caps, Commit, Plan, Snapshot
from fallback.core.text import Text

Version = NewType("Version", str)
"""What a store calls the state of one value; never reused for another value."""


class Host(Protocol):
    """A place where the page is published."""

    @property
    def caps(self) -> Capabilities:
        """What this kind of host can answer, as far as the kind decides it."""
        ...

    def publish(self, site: BuiltSite) -> Receipt:
        """Make the host hold *site*, atomically for a visitor.

        Assets go first, the front page and the manifest last; what is no longer part
        of the site is deleted by the publish after this one. Files whose body and
        headers are already there are skipped. May be repeated at any time: after a
        kill, the same call finishes the job. Raises ``Unavailable``, ``Rejected``,
        ``CredentialsRefused``, or ``Refused`` for an empty or an older build.
        """
        ...

    def read_back(self) -> Mapping[str, Digest]:
        """Return the digest of each file the host holds, by the host's own API.

        Only the paths of the manifest that the host holds are read. Raises
        ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
        """
        ...


class Roomy(Protocol):
    """A host that can hold one file beside the page, without a publish.

    Optional: ``check --write`` proves by it that an address is the host's. What lies
    there is in no manifest, so that no publish and no ``read_back`` sees it. Every verb
    raises ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
    """

    def beside(self, path: str) -> Spot | None:
        """Return where a file lies that visitors find at *path*; nothing is written.

        ``None``: the host holds no page of ours, and nothing is to be touched there.
        """
        ...

    def lay(self, spot: Spot, body: bytes) -> None:
        """Put *body* at *spot*, to be kept by nobody's cache."""
        ...

    def lift(self, spot: Spot) -> None:
        """Take away what lies at *spot*; nothing there is fine."""
        ...


class Named(Protocol):
    """A host whose vendor says which names are its own, and nobody else's there.

    Optional: ``check --write`` compares them where no single file can be laid.
    """

    def known_as(self) -> Known:
        """Return the names by which the vendor knows this host.

        Raises ``Unavailable``, ``Rejected`` or ``CredentialsRefused``.
        """
        ...


class Provisioner(Protocol):
    """Makes one host and takes it away; each verb may be repeated at any time."""

    def setup(self, names: Sequence[str]) -> Provision:
        """Make whatever is missing, so that the host can answer for *names*.

        What is there already is left as it is, or brought to what it should be. Raises
        ``Unavailable``, ``Rejected``, ``CredentialsRefused``, or ``Refused`` when a
        thing of that name belongs to somebody else.
        """
        ...

    def pointing_here(self) -> Collection[str]:
        """Return the host names and IP addresses by which DNS would point here."""
        ...

    def attached(self) -> Mapping[str, Text]:
        """Return the host names that the vendor itself leads here, by records it keeps.

        With each comes where a person detaches it. Raises like ``setup``.
        """
        ...

    def teardown(self) -> Provision:
        """Take away what ``setup`` made, and only that.

        The caller has made sure that no name points here. Raises like ``setup``.
        """
        ...


class DnsProvider(Protocol):
    """A DNS operator's interface to one zone."""

    @property
    def caps(self) -> Caps:
        """What this provider can do."""
        ...

    def read(self, zone: str, names: Collection[str]) -> Snapshot:
        """Return the web records and the marker that the control plane holds.

        *names* are absolute; of one that is itself a marker's, its TXT is returned.
        Never asks a resolver. Record data comes back exactly as ``commit`` would store
        it, so that a read after a write compares equal. Raises ``Unavailable``,
        ``Rejected``, ``CredentialsRefused``, or ``Refused`` for a zone that we must not
        edit.
        """
        ...

    def commit(self, zone: str, plan: Plan) -> Commit:
        """If every key of *plan* is still exactly BEFORE, make it AFTER.

        Compared including TTL (but where a person types into a panel, which may round
        it), as late and as strongly as the provider allows. Nothing outside the plan's
        keys is ever written; nothing is retried inside. Raises ``Unavailable`` (nothing
        sent), ``Conflict`` or ``Rejected`` (nothing changed), ``CredentialsRefused``,
        or ``Unknown`` (the answer was lost: read again).
        """
        ...


class Store(Protocol):
    """Where state lives: small values under names, written by compare-and-swap."""

    def get(self, key: str) -> tuple[bytes, Version] | None:
        """Return the value and its version, or ``None``. Raises ``Unavailable``."""
        ...

    def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
        """Write *value* if the key still has *if_version* (``None``: is absent).

        Raises ``Conflict`` when somebody was faster, ``Unavailable`` or ``Unknown``.
        """
        ...
