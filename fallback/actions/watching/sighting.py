"""What a watcher asks the world: the shop, the records, the page. It changes nothing.

``fallback.core.outage`` decides what the answers mean.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from fallback.actions.moving import evidence
from fallback.actions.moving.surveying import By, Job, bench, survey
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.model import Observation, Verdict
from fallback.core.redirect.gates import PageLook
from fallback.core.redirect.journal import Entry, Verb
from fallback.core.redirect.moves import drifted, foreign
from fallback.core.result import Talk
from fallback.core.text import T
from fallback.core.watching import Looked, Route
from fallback.probes import connectivity, resolver, shop


def look(
    config: Config,
    pinned: Sequence[str],
    route: Route | None,
    clock: Clock,
    *,
    public: bool,
) -> Looked:
    """Look at the shop by its own addresses, and by its public name when need be.

    *pinned* are the shop's addresses as far as they are known. The public view is taken
    when *public* is asked for, or when the origin is not up; never while the names lead
    to the page. Canaries are asked only after a failure. Takes a minute at most.
    """
    led_away = route in (Route.REDIRECTED, Route.PARTLY)
    addresses = tuple(pinned) or (() if led_away else _addresses(config))
    origin = shop.look(config, addresses, clock.now())
    seen: Observation | None = None
    proven: tuple[str, ...] = ()
    if not led_away and (public or origin.verdict is not Verdict.UP):
        seen = shop.look(config, None, clock.now())
        if seen.verdict is Verdict.UP:
            proven = _proven(config, pinned, addresses, origin, clock)
    if not addresses and seen is not None and seen.verdict is Verdict.DOUBTFUL:
        origin = seen  # a name that leads nowhere: that much is known
    failed = origin.verdict is not Verdict.UP or (
        seen is not None and seen.verdict is not Verdict.UP
    )
    return Looked(
        origin,
        seen,
        online=connectivity.online(config.network) if failed else None,
        pinned=tuple(pinned),
        proven=proven,
    )


def _addresses(config: Config) -> tuple[str, ...]:
    """Return where the probe's name leads now; nothing when DNS does not say."""
    host = urlsplit(config.primary.probe).hostname or ""
    with suppress(ValueError):
        return (str(ip_address(host)),)
    with suppress(OSError, FallbackError):
        return resolver.addresses(host, config.network)
    return ()


def _proven(
    config: Config,
    pinned: Sequence[str],
    asked: Sequence[str],
    origin: Observation,
    clock: Clock,
) -> tuple[str, ...]:
    """Return where the public name leads, if the shop answers there by address too."""
    now_at = _addresses(config)
    if set(now_at) <= set(pinned):
        return now_at
    if set(now_at) == set(asked):
        return now_at if origin.verdict is Verdict.UP else ()
    seen = shop.look(config, now_at, clock.now())
    return now_at if seen.verdict is Verdict.UP else ()


def known_addresses(
    config: Config, route: Route | None, clock: Clock
) -> tuple[str, ...]:
    """Return the shop's own addresses: as pinned, else as the journal has them.

    The journal is asked only while a redirect is in force. Raises nothing: what cannot
    be read is not known.
    """
    addresses = evidence.pinned(config)
    if addresses or route not in (Route.REDIRECTED, Route.PARTLY):
        return addresses
    with suppress(FallbackError):
        jobs, _ = _survey(config, clock)
        decisions = [job.in_force for job in jobs]
        return tuple(
            dict.fromkeys(
                address
                for decision in decisions
                if decision is not None
                for address in evidence.addresses_before(decision, config.network)
            )
        )
    return ()


def route(config: Config, clock: Clock, say: Talk) -> Route | None:
    """Return where the names lead, by the provider's records and our marker.

    ``None`` when no zone is configured, or none can be read now. A zone that cannot be
    read counts neither way. Never raises.
    """
    try:
        jobs, problems = _survey(config, clock)
    except FallbackError as error:
        say("unread", T("where the names lead cannot be read: {why}", why=error.what))
        return None
    for problem in problems:
        say("unread", T("a zone cannot be read: {why}", why=problem))
    return combined(_zone_route(job) for job in jobs)


def _survey(config: Config, clock: Clock) -> tuple[list[Job], list[str]]:
    """Read every zone as for a restore that is not carried out."""
    if not config.dns:
        return [], []
    by = By(dry_run=True)
    with bench(config, Verb.RESTORE, clock=clock, say=_quiet, by=by) as desk:
        _, jobs, unreadable = survey(desk)
    return jobs, [str(moved.problem) for moved in unreadable]


def _quiet(event: str, text: object) -> None:
    """Say nothing: what a survey says is said again by what acts on it."""


def _zone_route(job: Job) -> Route:
    if foreign(job.history, job.snapshot):
        return Route.FOREIGN
    decision = job.in_force
    return Route.PRIMARY if decision is None else _progress(decision, job)


def _progress(decision: Entry, job: Job) -> Route:
    """Return how far *decision* is in force.

    A name of which somebody else changed a record is theirs; it counts neither way.
    """
    theirs = {each.name for each in drifted(job.history, decision, job.snapshot)}
    web = [change for change in decision.changes if change.type != "TXT"]
    ours = [change for change in web if change.name not in theirs]
    if theirs and not ours:
        return Route.FOREIGN
    behind = any(job.snapshot.get(change.key) != change.after for change in ours)
    return Route.PARTLY if behind else Route.REDIRECTED


def combined(routes: Iterable[Route]) -> Route | None:
    """Return the route of the whole site from those of its zones."""
    found = set(routes)
    if Route.FOREIGN in found:
        return Route.FOREIGN
    return (found.pop() if len(found) == 1 else Route.PARTLY) if found else None


def page_is_there(config: Config) -> bool:
    """Return whether every name, asked at the target's addresses, shows our page.

    That is what a redirect would show, certificate included. Never raises.
    """
    with suppress(FallbackError, OSError):
        return bool(config.dns) and all(
            _shown(evidence.page_looks(config, typed, table.target), typed)
            for table in config.dns
            for typed in [evidence.typed_names(config, table.zone, table.names)]
        )
    return False


def _shown(looks: Sequence[PageLook], names: Sequence[str]) -> bool:
    routed = [seen for seen in looks if seen.failure != "unreachable"]
    everywhere = {seen.name for seen in routed} >= set(names)
    return everywhere and all(seen.ours and not seen.failure for seen in routed)
