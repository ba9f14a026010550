"""After a move: what every authoritative server says, waited for, never guessed.

Caches are nobody's to wait for; the name servers of the zone are.
"""

from collections.abc import Sequence
from datetime import timedelta

from attrs import evolve, frozen

from fallback.actions.moving import caches
from fallback.actions.moving.moved import ResolverSeen, ServerSeen, State, ZoneMoved
from fallback.core.clock import Clock
from fallback.core.config import Network
from fallback.core.records import Change, absolute
from fallback.core.result import Talk, silent
from fallback.core.text import T, Text
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
    say: Talk


def settled(
    scene: Scene, moved: ZoneMoved, changes: Sequence[Change], waited: timedelta
) -> ZoneMoved:
    """Return *moved* with what the name servers say, once all say *changes*.

    What was *waited* for the servers already counts. Then resolvers are asked what they
    remember, which changes nothing of the outcome. Where none of *changes* can be seen
    from outside, nobody is asked and nobody is late.
    """
    visible = [change for change in changes if _visible(change, scene.zone)]
    seen = _servers(scene, visible, max(WITHIN - waited, timedelta()))
    known = caches.remembered(_web(visible), scene.network)
    if known:
        _say(scene, "resolvers", _RESOLVERS, known)
    moved = evolve(moved, servers=seen, resolvers=known)
    if moved.drift:
        return evolve(moved, state=State.DRIFTED)
    if visible and not seen:
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
    scene = evolve(scene, say=silent)
    visible = [change for change in changes if _visible(change, scene.zone)]
    seen = _servers(scene, visible, timedelta())
    if not look_only and any(each.says == "old" for each in seen):
        seen = _servers(scene, visible, WITHIN)
    late = any(each.says == "old" for each in seen)
    return evolve(moved, servers=seen, state=State.LAGGING if late else moved.state)


def _servers(
    scene: Scene, visible: Sequence[Change], within: timedelta
) -> tuple[ServerSeen, ...]:
    """Return what each authoritative server says, as soon as all say *visible*.

    A server that was asked nothing said nothing: without *visible* there is none.
    """
    if not visible:
        return ()
    servers = resolver.authoritative(scene.zone, scene.network)
    end = scene.clock.monotonic() + within
    before, pause = -1, _FIRST
    while True:
        seen = parallel.each(
            lambda server: _seen(server, visible, scene.network), servers, width=8
        )
        new = sum(each.says == "new" for each in seen)
        if new != before:
            _say(scene, "name-servers", _SERVERS, seen)
        before, done = new, new == len(seen)
        left = end - scene.clock.monotonic()
        if done or left <= timedelta():
            return tuple(seen)
        scene.clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST)


_SERVERS = T("{zone}: {n} of {of} name servers say the new records")
_RESOLVERS = T("{zone}: {n} of {of} resolvers say the new records")


def _say(
    scene: Scene, event: str, said: Text, seen: Sequence[ServerSeen | ResolverSeen]
) -> None:
    new, zone = sum(each.says == "new" for each in seen), scene.zone.rstrip(".")
    scene.say(event, said.with_values(zone=zone, n=new, of=len(seen)))


def _web(visible: Sequence[Change]) -> list[Change]:
    """Return what customers ask for, and what they may have asked for before."""
    return [
        change
        for change in visible
        if change.type != "TXT" and change.before != change.after
    ]


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
        if not caches.as_wanted(answer.rrset, change):
            return ServerSeen(str(server), "old")
    return ServerSeen(str(server), "new")
