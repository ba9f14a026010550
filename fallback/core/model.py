"""The nouns of the product, as frozen values.

Units are in the types: moments are aware ``datetime``, lengths of time ``timedelta``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NewType

from attrs import field, frozen

from fallback.core.errors import Problem

Digest = NewType("Digest", str)
"""SHA-256 of a body, as 64 hexadecimal digits."""

Language = NewType("Language", str)
"""A language as in ``fallback.toml``: ``pl``, ``en``, ``pt`` (BCP 47, lower case)."""


class Status(StrEnum):
    """How far the repair has come; the four words that status pages agree on."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"


@frozen
class Announcement:
    """What is being told about the outage in one language (``outage.<lang>.md``).

    ``html`` is sanitised. ``eta`` and ``next_update`` are what the header says, before
    an update overrides them.
    """

    language: Language
    title: str
    html: str
    status: Status | None = None
    started: datetime | None = None
    eta: datetime | None = None
    next_update: datetime | None = None


@frozen
class Update:
    """One entry of the log. ``texts`` holds (title, sanitised html) by language."""

    stem: str
    at: datetime
    texts: Mapping[Language, tuple[str, str]]
    status: Status | None = None
    eta: datetime | None = None
    next_update: datetime | None = None


@frozen
class Words:
    """Everything the owner says, in every language; updates are newest first.

    ``left_out`` names what was not understood, with file, line and remedy. ``report``
    tells afterwards what happened: (title, sanitised html) by language. ``earlier`` are
    updates of outages before this one: they are kept, and say nothing about it.
    """

    announcements: Mapping[Language, Announcement]
    updates: tuple[Update, ...]
    left_out: tuple[Problem, ...] = ()
    report: Mapping[Language, tuple[str, str]] = field(factory=dict)
    earlier: tuple[Update, ...] = ()

    @property
    def log(self) -> tuple[Update, ...]:
        """Every update there is, newest first."""
        return (*self.updates, *self.earlier)


@frozen
class BuiltFile:
    """One file of the built site, with the headers a host should send with it.

    ``path`` is relative, with forward slashes and no dot segments.
    """

    path: str
    body: bytes = field(repr=False)
    content_type: str
    cache_control: str
    digest: Digest


MANIFEST = "_fallback/manifest.json"
"""Where the manifest stands in every built site; it is published last."""


@frozen
class BuiltSite:
    """A complete build: what every host is asked to hold.

    ``build_id`` is derived from the files alone, so the same input has the same id.
    ``sequence`` is the newest moment the content speaks of, in seconds since 1970: a
    host never replaces a newer sequence with an older one.
    """

    build_id: str
    sequence: int
    files: tuple[BuiltFile, ...]

    def __iter__(self) -> Iterator[BuiltFile]:
        """Iterate over the files in the order in which they are published.

        Assets, then feeds, then pages, then the manifest: whatever a visitor sees,
        what it needs is already there.
        """
        return iter(
            sorted(self.files, key=lambda file: (publish_rank(file), file.path))
        )

    def file(self, path: str) -> BuiltFile:
        """Return the file at *path*; raises ``KeyError``."""
        for file in self.files:
            if file.path == path:
                return file
        raise KeyError(path)


def publish_rank(file: BuiltFile) -> int:
    """Return 0 for assets, 1 feeds, 2 pages, 3 the front page, 4 the manifest."""
    if file.path == MANIFEST:
        return 4
    if file.path == "index.html":
        return 3
    if file.content_type.startswith("text/html"):
        return 2
    return 1 if "feed" in file.path else 0


@frozen
class Receipt:
    """What one publish did to one host, by path."""

    written: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


@frozen
class Spot:
    """A place for one file on a host, in its own words, beside its ``manifest``."""

    at: str
    manifest: Digest


class Verdict(StrEnum):
    """What one observation says about the primary.

    Only ``DOWN`` moves a name; ``DOUBTFUL`` asks a person; ``UNKNOWN`` says something
    about the watcher (its own network was down), and counts for nothing.
    """

    UP = "up"
    DOWN = "down"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"


@frozen
class Observation:
    """One look at the primary. ``why`` is a stable English word such as ``refused``."""

    at: datetime
    verdict: Verdict
    why: str
    detail: str = ""


@frozen
class Origin:
    """The primary's addresses (IP literals), as they answered when pinned."""

    addresses: tuple[str, ...]
    pinned_at: datetime
