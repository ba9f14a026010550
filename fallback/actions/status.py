"""Says where a site stands: page live, prepared, armed, and the one next thing to do.

It reads what is remembered here and looks at the page's own addresses. It asks no DNS
provider, needs no secret, and changes nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback import stores
from fallback.actions.checking.places import places, spare
from fallback.actions.drilling.drilled import drilled
from fallback.actions.watching.lookout import unwatched
from fallback.core import outage
from fallback.core.check.drill_readiness import Drilled, proof
from fallback.core.check.shop_readiness import doubt
from fallback.core.config import FILE_NAME, Config
from fallback.core.model import Verdict
from fallback.core.redirect.journal import fold
from fallback.core.standing import Grade, Place, Site, if_it_died, next_step
from fallback.core.text import Sayable, T, Text
from fallback.core.watching import Policy, State
from fallback.stores import journal

WATCH_KEY = "watch.json"


@frozen
class StatusResult:
    """Where one site stands; moments are told in the shop's own time."""

    site: Site
    zone: Any
    now: datetime

    @property
    def code(self) -> int:
        """10 while the last look says that the shop is down, else 0."""
        return 10 if self.site.verdict is Verdict.DOWN else 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        site = self.site
        yield f"{site.name} ({site.domain})"
        yield T("  the shop: {how}", how=self._shop())
        yield T("  page live: {how}", how=_page(site))
        if site.unwatched:
            yield T("  not watched, because they have no url: {hosts}",
                    hosts=", ".join(site.unwatched))  # fmt: skip
        if site.spare is not None:
            yield T("  spare address: {how}", how=_spare(site.spare))
        yield T("  prepared: {how}", how=_prepared(site, self.now))
        yield T("  armed: {how}", how=_armed(site))
        if site.redirected:
            yield T("  the shop's names lead to the page")
        if site.verdict is not Verdict.DOWN and not site.redirected:
            yield T("  if the shop died now: {what}", what=if_it_died(site))
            if site.drilled is not None and site.grade in _MOVES:
                yield T("    that it works: {proof}",
                        proof=proof(site.drilled, self.now))  # fmt: skip
        yield T("next: {next}", next=next_step(site, self.now))

    def _shop(self) -> Text:
        site = self.site
        if site.looked is None:
            return T("not watched yet")
        since = self._clock(site.since or site.looked)
        looked = self._clock(site.looked)
        match site.verdict:
            case Verdict.UP:
                return T("answers since {since} (seen {looked})",
                         since=since, looked=looked)  # fmt: skip
            case Verdict.DOWN:
                return T("DOWN since {since} (seen {looked})",
                         since=since, looked=looked)  # fmt: skip
            case Verdict.DOUBTFUL:
                return T("not clear: {why} (seen {looked})",
                         why=doubt(site.why), looked=looked)  # fmt: skip
            case _:
                return T("unknown: the watcher could not look (last {looked})",
                         looked=looked)  # fmt: skip

    def _clock(self, at: datetime) -> str:
        here, today = at.astimezone(self.zone), self.now.astimezone(self.zone)
        return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%F %H:%M}"

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        site = self.site
        return {
            "sites": [
                {
                    "site": site.domain,
                    "verdict": site.verdict.value,
                    "since": _stamp(site.since),
                    "looked": _stamp(site.looked),
                    "redirected": site.redirected,
                    "grade": site.grade.value,
                    "unwatched": list(site.unwatched),
                    "live": [place.label for place in site.live],
                    "spare": site.spare
                    and {"url": site.spare.url, "live": site.spare.live},
                    "if_it_died": str(if_it_died(site)),
                    "next": str(next_step(site, self.now)),
                    "drill": _drill(site.drilled, self.now),
                }
            ]
        }


@frozen
class Welcome:
    """The answer of the bare program where there is no site."""

    folder: Path
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield T("there is no site in {folder}", folder=str(self.folder))
        yield T("see the whole story in a minute: fallback demo")
        yield T("next: {next}", next=T("make a site of your own: fallback init DIR"))

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {"sites": [], "next": "fallback init DIR"}


def is_site(root: Path) -> bool:
    """Return whether *root* holds a site's settings."""
    return (root / FILE_NAME).exists()


def status(config: Config, *, now: datetime) -> StatusResult:
    """Return where the site of *config* stands at *now*.

    Raises ``FallbackError`` when what is remembered cannot be read.
    """
    shop, primary = config.shop, config.primary
    policy = Policy.of(primary, canaries=bool(config.network.canaries))
    seen = stores.connect(config.state, config).get(WATCH_KEY)
    watched = State.from_json(seen[0]) if seen else State()
    history = fold(journal.connect(config).read().entries)
    looked = watched.last_at
    verdict = watched.verdict if looked else Verdict.UNKNOWN
    site = Site(
        domain=shop.domain,
        name=shop.name,
        places=places(config),
        names=tuple(name for table in config.dns for name in table.names),
        redirected=any(zone.open for zone in history.zones.values()),
        verdict=verdict,
        why=watched.why,
        since=watched.since if verdict is watched.last else None,
        looked=looked,
        stale=looked is not None and now - looked > 2 * policy.max_gap,
        armed=policy.automatic and outage.armed(watched, policy),
        mode="auto" if policy.automatic else "ask",
        redirect_after=primary.redirect_after,
        unwatched=unwatched(config),
        drilled=drilled(config),
        spare=spare(config),
    )
    return StatusResult(site, shop.timezone, now)


def _page(site: Site) -> Sayable:
    if not site.live:
        if any(place.live is None for place in site.places):
            return T("not seen: a host without a url cannot be looked at")
        return T("no")
    missing = ", ".join(place.label for place in site.places if place.live is False)
    if missing:
        return T("{where}; NOT at: {missing}", where=_seen(site), missing=missing)
    return _seen(site)


def _seen(site: Site) -> Text:
    """Say where the page was seen; what only lies in a folder is seen by nobody yet."""
    seen = ", ".join(place.url for place in site.live if place.url)
    written = ", ".join(place.label for place in site.live if not place.url)
    if not seen:
        return T("not seen as a visitor: it is written to {hosts}, without a url",
                 hosts=written)  # fmt: skip
    if written:
        return T("yes: {seen}; not seen as a visitor: {hosts}",
                 seen=seen, hosts=written)  # fmt: skip
    return T("yes: {seen}", seen=seen)


def _spare(spare: Place) -> Text:
    if spare.live:
        return T("{url} shows the page", url=spare.url)
    return T("{url} does NOT show the page: fallback check", url=spare.url)


def _prepared(site: Site, now: datetime) -> Text:
    if site.grade is Grade.NOTHING:
        return T("no: there is no page to lead anybody to")
    if not site.names:
        return T("no: fallback.toml names no [[dns]]")
    names = ", ".join(site.names)
    if site.drilled is None:
        return T("set up for {names} (is it enough? fallback check)", names=names)
    if site.drilled.proves(now):
        return T("yes, for {names}: {proof}",
                 names=names, proof=proof(site.drilled, now))  # fmt: skip
    return T("set up for {names}, and {proof}",
             names=names, proof=proof(site.drilled, now))  # fmt: skip


_MOVES = (Grade.PREPARED, Grade.ARMED)
"""How far a site has come whose names would be moved."""


def _drill(drilled: Drilled | None, now: datetime) -> Mapping[str, Any] | None:
    """Return the last drill as JSON; ``None``: never, or not known."""
    if drilled is None or drilled.kept is None:
        return None
    return {
        "at": drilled.kept.at.isoformat(),
        "ok": drilled.kept.ok,
        "age_days": (now - drilled.kept.at).days,
        "unfinished": drilled.unfinished,
    }


def _armed(site: Site) -> Text:
    if site.grade is Grade.ARMED:
        return T("yes")
    if site.looked is None:
        return T("no: nobody watches")
    if site.stale:
        return T("no: the watcher stopped looking")
    if site.mode == "ask":
        return T("no: in mode ask a person confirms")
    return T("no: the shop and the page were not seen healthy for long enough")


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
