"""The nouns of watching: the policy, what is seen, what is ordered, what is known.

``fallback.core.outage`` holds the law that joins them. All of them are values; the
whole state of a watcher can be written down between any two events and read again.
"""

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from attrs import frozen
from cattrs import Converter

from fallback.core.config import Primary
from fallback.core.errors import FallbackError
from fallback.core.model import Observation, Verdict
from fallback.core.text import T

SCHEMA = 1


class Route(StrEnum):
    """Where the names lead, as the provider's records and our marker say."""

    PRIMARY = "primary"
    REDIRECTED = "redirected"
    PARTLY = "partly"
    FOREIGN = "foreign"


class Notice(StrEnum):
    """What a person is told; the last three want something done."""

    DOWN = "down"
    SOON = "soon"
    UP = "up"
    MOVED = "moved"
    REDIRECTED = "redirected"
    RESTORED = "restored"
    FOREIGN = "foreign"
    STUCK = "stuck"
    ASK_REDIRECT = "ask-redirect"
    ASK_RESTORE = "ask-restore"
    ASK_DOUBTFUL = "ask-doubtful"


@frozen
class Policy:
    """The owner's settings, and what follows from them.

    ``automatic`` is false in mode ``ask``, and without canaries: a watcher that cannot
    tell its own outage from the shop's never acts by itself.
    """

    redirect_after: timedelta
    restore_after: timedelta
    arm_after: timedelta
    interval: timedelta
    automatic: bool

    @classmethod
    def of(cls, primary: Primary, *, canaries: bool) -> "Policy":
        """Return the policy of *primary*; *canaries* tells whether there are any."""
        return cls(
            redirect_after=primary.redirect_after,
            restore_after=primary.restore_after,
            arm_after=primary.arm_after,
            interval=primary.interval,
            automatic=primary.mode == "auto" and canaries,
        )

    @property
    def max_gap(self) -> timedelta:
        """The most that one pair of samples may add: 2.5 intervals, at least 3 min.

        For clocks of less than an hour (drills, demos) the 3 minutes shrink with them,
        to a twentieth, lest two looks fill the whole clock.
        """
        floor = min(timedelta(minutes=3), self.redirect_after / 20)
        return max(2.5 * self.interval, floor)

    @property
    def burst_gap(self) -> timedelta:
        """The time between confirming looks: 20 s, or a third of a short interval."""
        return min(timedelta(seconds=20), self.interval / 3)

    @property
    def notice_after(self) -> timedelta:
        """When a person first hears of it: 5 min, or a twelfth of a short clock."""
        return min(timedelta(minutes=5), self.redirect_after / 12)

    @property
    def soon_after(self) -> timedelta:
        """When a person last hears of it: 30 min, or a quarter, before the redirect."""
        return self.redirect_after - min(timedelta(minutes=30), self.redirect_after / 4)


@frozen
class Looked:
    """One look at the shop: by its pinned addresses, and by its public name.

    ``public`` is ``None`` when that view was not taken this time; it always must be
    when the origin fails. ``online`` tells whether the canaries answered: ``None`` when
    nobody asked them. ``pinned`` are the addresses remembered; ``proven`` those to
    which the public name leads now, if the shop also answers there by address.
    """

    origin: Observation | None
    public: Observation | None = None
    online: bool | None = None
    pinned: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()


@frozen
class Found:
    """Where the names lead now, read from the provider."""

    route: Route


@frozen
class Page:
    """Whether our page was seen at a host."""

    seen: bool


@frozen
class Told:
    """A person was told what ``key`` stands for."""

    key: str


Event: TypeAlias = Looked | Found | Page | Told


@frozen
class Pin:
    """Remember the origin."""

    addresses: tuple[str, ...]


@frozen
class Burst:
    """Look again after ``Policy.burst_gap``, both views."""


@frozen
class Publish:
    """Build and publish the page; always stands before ``Redirect``."""


@frozen
class Redirect:
    """Move the names to the page."""


@frozen
class Restore:
    """Put the names back."""


@frozen
class Notify:
    """Tell a person; ``key`` is the same for the same occasion (deduplication)."""

    notice: Notice
    key: str


@frozen
class Ask(Notify):
    """Tell a person what to type: nothing happens unless they do."""


Order: TypeAlias = Pin | Burst | Publish | Redirect | Restore | Notify | Ask


@frozen
class State:
    """What the watcher knows; the whole of it, so that it may be saved anywhere.

    ``verdict`` and ``why`` are of the latest look, ``last`` and ``last_at`` of the
    latest that counted as a sample, ``since`` is when ``last`` was first seen.
    ``trouble`` is a clock like ``clock``, of everything that is not up. ``ordered`` is
    the route that our latest unfulfilled order aims at, ``witnessed`` whether we saw
    the shop down in the redirect that is in force. ``outbox`` holds what a person is
    still to be told, ``raised`` what this chapter of the story has already raised.
    """

    verdict: Verdict = Verdict.UNKNOWN
    why: str = ""
    last: Verdict | None = None
    last_at: datetime | None = None
    since: datetime | None = None
    clock: timedelta = timedelta(0)
    trouble: timedelta = timedelta(0)
    down_samples: int = 0
    up_run: timedelta = timedelta(0)
    up_samples: int = 0
    healthy_for: timedelta = timedelta(0)
    public: Verdict | None = None
    page: bool = False
    route: Route | None = None
    confirming: Route | None = None
    confirmed: int = 0
    confirmed_at: datetime | None = None
    ordered: Route | None = None
    tries: int = 0
    tried_at: datetime | None = None
    witnessed: bool = False
    restores: tuple[datetime, ...] = ()
    chapter: int = 0
    raised: tuple[Notice, ...] = ()
    outbox: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Return the whole state as one line of JSON with a schema number."""
        body = {"schema": SCHEMA, **_converter.unstructure(self)}
        return json.dumps(body, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> "State":
        """Return the state that ``to_json`` wrote.

        Raises ``FallbackError`` when a newer program wrote it, or when it is torn.
        """
        try:
            body = json.loads(text)
            if body["schema"] <= SCHEMA:
                return _converter.structure(body, cls)
        except Exception as error:
            raise FallbackError(
                T("what the watcher remembered cannot be read"),
                next=T("delete watch.json in the state folder: arming starts again"),
            ) from error
        raise FallbackError(
            T("what the watcher remembers was written by a newer fallback"),
            next=T("update fallback on this machine"),
        )


def _in_json() -> Converter:
    """Return the converter: moments in ISO 8601, lengths of time in seconds."""
    converter = Converter()
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(timedelta, timedelta.total_seconds)
    converter.register_structure_hook(
        datetime, lambda text, _: datetime.fromisoformat(text)
    )
    converter.register_structure_hook(
        timedelta, lambda seconds, _: timedelta(seconds=seconds)
    )
    return converter


_converter = _in_json()
