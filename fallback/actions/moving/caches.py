"""After a move: what well-known resolvers still remember, and for how long.

Caches are nobody's to wait for. They are asked so that a person knows whom the change
has reached; whatever they say, and if they say nothing, the move is what it is.
"""

from collections.abc import Sequence
from datetime import timedelta

from fallback.actions.moving.moved import ResolverSeen
from fallback.core.config import Network
from fallback.core.records import Change, RRset
from fallback.probes import resolver
from fallback.wire.questions import answered

PUBLIC = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
"""Asked where the settings name no resolvers: Cloudflare's, Google's and Quad9's."""

WITHIN = timedelta(seconds=3)
"""How long all of them may take together."""


def remembered(changes: Sequence[Change], network: Network) -> tuple[ResolverSeen, ...]:
    """Return what each resolver answers for *changes*, asked as customers ask it.

    Never raises, and takes at most ``WITHIN``. A laboratory's private zone is known to
    no resolver of the world, so none is asked about it.
    """
    asked = network.resolvers or (() if network.allow_private else PUBLIC)
    servers = {text: resolver.Server.parse(text) for text in asked}
    questions = {
        (text, change.key): lambda s=server, c=change: resolver.recall(s, *c.key)
        for text, server in servers.items()
        for change in changes
    }
    said = answered(questions, within=WITHIN) if questions else {}
    return tuple(
        _seen(text, [(change, said.get((text, change.key))) for change in changes])
        for text in (servers if changes else ())
    )


def _seen(
    name: str, said: Sequence[tuple[Change, resolver.Answer | None]]
) -> ResolverSeen:
    old = [answer.ttl for change, answer in said if answer and _old(answer, change)]
    if old:
        return ResolverSeen(name, "old", max(old))
    if any(answer is None for _, answer in said):
        return ResolverSeen(name, "nothing")
    return ResolverSeen(name, "new")


def _old(answer: resolver.Answer, change: Change) -> bool:
    """Say whether *answer* is from before; the TTL counts where the data is one."""
    was, now = change.before, change.after
    if was and now and was.rdatas == now.rdatas:
        return answer.ttl > now.ttl
    return not as_wanted(answer.rrset, change)


def as_wanted(said: RRset | None, change: Change) -> bool:
    """Say whether *said* is what *change* made.

    Data is compared; where nothing is wanted, a wildcard may answer. The TTL
    counts where nothing else changes, and there only the old one is wrong: a panel may
    have rounded the new one.
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
