"""How far a site has come, and what would happen if its shop died now.

Three things are told apart, because each is worth nothing without the one before it:
the *page is live* somewhere, a redirect is *prepared*, and a watcher is *armed*.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from fallback.core.check.drill_readiness import Drilled
from fallback.core.model import Verdict
from fallback.core.settings.values import spelled_span
from fallback.core.text import T, Text


class Grade(StrEnum):
    """The furthest that is true; each includes the ones before it."""

    NOTHING = "nothing"
    PAGE = "page"
    PREPARED = "prepared"
    ARMED = "armed"


@frozen
class Place:
    """One host. ``live`` tells whether our page was seen there; ``None``: not asked.

    ``url`` is its status address, empty where visitors have none.
    """

    label: str
    url: str
    live: bool | None


@frozen
class Site:
    """What is known of one site. ``looked`` is when a watcher last looked at the shop.

    ``why`` is the reason of the ``verdict`` in ``fallback.probes.shop``'s words.
    ``armed`` is what the watcher says of itself, ``mode`` the owner's setting.
    ``redirected`` is what the journal says, not what is live. ``unwatched`` are the
    hosts that no watcher can look at. ``drilled`` is the last drill, if it is known,
    ``spare`` the spare address, if there is one.
    """

    domain: str
    name: str
    places: tuple[Place, ...]
    names: tuple[str, ...]
    redirected: bool = False
    verdict: Verdict = Verdict.UNKNOWN
    why: str = ""
    since: datetime | None = None
    looked: datetime | None = None
    stale: bool = False
    armed: bool = False
    mode: str = "ask"
    redirect_after: timedelta = timedelta(hours=3)
    unwatched: tuple[str, ...] = ()
    drilled: Drilled | None = None
    spare: Place | None = None

    @property
    def live(self) -> tuple[Place, ...]:
        """Return the places where the page was seen."""
        return tuple(place for place in self.places if place.live)

    @property
    def spared(self) -> str:
        """Return the spare address where the page was seen there, else ``""``."""
        return self.spare.url if self.spare and self.spare.live else ""

    @property
    def grade(self) -> Grade:
        """Return how far this site has come."""
        if not self.live and not self.spared:
            return Grade.NOTHING
        if not self.names:
            return Grade.PAGE
        return Grade.ARMED if self.armed and not self.stale else Grade.PREPARED

    @property
    def address(self) -> str:
        """Return an address of the page that can be told to customers, or ``""``.

        The spare address first: customers may know it already.
        """
        return self.spared or next((p.url for p in self.live if p.url), "")


def if_it_died(site: Site) -> Text:
    """Return what customers would get if the shop died now, and who must do what."""
    what = _of_the_name(site)
    if not site.spared or site.grade is Grade.PAGE:  # that sentence holds the address
        return what
    return T("{what}; whoever knows {url} sees the page at once",
             what=what, url=site.spared)  # fmt: skip


def _of_the_name(site: Site) -> Text:  # noqa: PLR0911 - one answer a case
    """Return what customers would get who come by the shop's own name."""
    after = spelled_span(site.redirect_after)
    match site.grade:
        case Grade.NOTHING:
            return T("customers would see an error, and nothing else")
        case Grade.PAGE if site.address:
            return T(
                "customers would see an error, until you tell them the address {url}",
                url=site.address,
            )
        case Grade.PAGE:
            return T("customers would see an error: the page has no address of its own")
        case Grade.PREPARED if site.looked and not site.stale:
            return T(
                "customers would see an error, until you type: fallback redirect"
                " (the watcher reminds you after {after})",
                after=after,
            )
        case Grade.PREPARED:
            return T("customers would see an error, until you type: fallback redirect")
        case Grade.ARMED if site.mode == "auto":
            return T("after {after} customers would be led to the page", after=after)
        case _:
            return T(
                "after {after} you would be asked to type: fallback redirect",
                after=after,
            )


def next_step(site: Site, now: datetime) -> Text:  # noqa: PLR0911 - one answer a case
    """Return the one thing to do next."""
    if site.verdict is Verdict.DOWN:
        return _next_while_down(site)
    if site.redirected:
        return (
            T("the shop is back: fallback restore")
            if site.verdict is Verdict.UP
            else T("when the shop is back: fallback restore")
        )
    match site.grade:
        case Grade.NOTHING:
            return T("publish the page: fallback deploy")
        case Grade.PAGE:
            return T("say in fallback.toml which names lead here ([[dns]])")
        case Grade.PREPARED if site.looked is None:
            return T("see what is missing: fallback check; then: fallback watch")
        case Grade.PREPARED if site.stale:
            return T("start the watcher again: fallback watch")
        case _ if site.drilled is not None and not site.drilled.proves(now):
            return T("rehearse it on a throw-away name: fallback drill")
        case _:
            return T("nothing to do; now and then: fallback check")


def _next_while_down(site: Site) -> Text:
    if site.grade is Grade.NOTHING:
        return T("publish the page: fallback deploy")
    if site.redirected:
        return T('tell customers how it goes: fallback update "…" --deploy')
    if site.names:
        return T("lead the shop's names to the page: fallback redirect")
    if site.address:
        return T("tell your customers the address {url}", url=site.address)
    return T("give a host an address of its own (url) in fallback.toml")
