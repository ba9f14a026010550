"""After a move: what every authoritative server says, waited for, never guessed.

Caches are nobody's to wait for; the name servers of the zone are.
"""

from collections.abc import Sequence
from datetime import timedelta

from attrs import evolve, frozen

from fallback.actions.moved import ServerSeen, State, ZoneMoved
from fallback.core.clock import Clock
from fallback.core.config import Network
from fallback.core.records import Change, RRset, absolute
from fallback.core.text import T
from fallback.probes import resolver
from fallback.wire import parallel

WITHIN = timedelta(seconds=30)
"""How long the authoritative servers are waited for."""

_FIRST, _LONGEST = timedelta(milliseconds=50), timedelta(seconds=1)
"""Between two looks; each pause is twice the one before: most servers soon follow."""


@frozen
class Scene:
    """One zone, whose servers are looked at."""

    zone: str
    network: Network
    clock: Clock


def settled(scene: Scene, moved: ZoneMoved, changes: Sequence[Change]) -> ZoneMoved:
    """Return *moved* with what the name servers say, once all say *changes*."""
    seen = _servers(scene, changes, WITHIN)
    moved = evolve(moved, servers=seen)
    if moved.drift:
        return evolve(moved, state=State.DRIFTED)
    if not seen:
        problem = T("written, but no name server could be asked about it")
        return evolve(moved, state=State.LAGGING, problem=problem)
    late = any(each.says != "new" for each in seen)
    return evolve(moved, state=State.LAGGING) if late else moved


def nothing_to_do(
    scene: Scene, moved: ZoneMoved, changes: Sequence[Change], *, look_only: bool
) -> ZoneMoved:
    """Return *moved*, unless a name server still says the opposite of *changes*.

    A server that does not answer contradicts nobody.
    """
    seen = _servers(scene, changes, timedelta())
    if not look_only and any(each.says == "old" for each in seen):
        seen = _servers(scene, changes, WITHIN)
    late = any(each.says == "old" for each in seen)
    return evolve(moved, servers=seen, state=State.LAGGING if late else moved.state)


def _servers(
    scene: Scene, changes: Sequence[Change], within: timedelta
) -> tuple[ServerSeen, ...]:
    """Return what each authoritative server says, as soon as all say *changes*."""
    visible = [change for change in changes if _visible(change, scene.zone)]
    servers = resolver.authoritative(scene.zone, scene.network)
    end = scene.clock.monotonic() + within
    pause = _FIRST
    while True:
        seen = parallel.each(
            lambda server: _seen(server, visible, scene.network), servers, width=8
        )
        done = all(each.says == "new" for each in seen)
        if done or scene.clock.monotonic() >= end:
            return tuple(seen)
        scene.clock.sleep(pause)
        pause = min(2 * pause, _LONGEST)


def _visible(change: Change, zone: str) -> bool:
    """Say whether a name server can be asked for exactly this.

    What an ALIAS, a CNAME at the top of the zone or a provider's proxy answers, only
    they know.
    """
    flattened = change.type == "CNAME" and change.name == absolute(zone)
    hidden = change.after is not None and not change.after.plain
    return change.type != "ALIAS" and not flattened and not hidden


def _seen(
    server: resolver.Server, changes: Sequence[Change], network: Network
) -> ServerSeen:
    for change in changes:
        answer = resolver.ask(server, change.name, change.type, network)
        if answer is None:
            return ServerSeen(str(server), "nothing")
        if not _as_wanted(answer.rrset, change):
            return ServerSeen(str(server), "old")
    return ServerSeen(str(server), "new")


def _as_wanted(said: RRset | None, change: Change) -> bool:
    """Compare data; where nothing is wanted, a wildcard may answer.

    The TTL counts where nothing else changes, and there only the old one is wrong: a
    panel may have rounded the new one.
    """
    if change.after is None:
        return change.before is None or not (
            said is not None and said.rdatas == change.before.rdatas
        )
    if said is None or said.rdatas != change.after.rdatas:
        return False
    old = change.before
    if old is None or old == change.after or old.rdatas != said.rdatas:
        return True
    return said.ttl != old.ttl
