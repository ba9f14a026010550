"""What else a zone holds, where nobody may list it: usual names, asked one by one.

One name server is asked, so that the answer is the zone's and no cache's.
"""

from collections.abc import Sequence
from secrets import token_hex

from fallback.core.check.inventory import USUAL, Inventory, Listed, marker_names
from fallback.core.config import Network
from fallback.core.records import Key, absolute
from fallback.wire import parallel
from fallback.wire.dns.nameservers import Server, ask, authoritative

_AT_ONCE = 8


def look(zone: str, names: Sequence[str], network: Network) -> Inventory | None:
    """Return what stands at usual names of *zone*; ``None`` when nobody answers.

    Names that a wildcard makes up are left out, and the wildcard stands for them. TXT
    is asked where programs leave their marks about *names*.
    """
    server = _first(zone, network)
    if server is None:
        return None
    star = f"*.{absolute(zone)}"
    nobody = f"nobody-{token_hex(6)}.{absolute(zone)}"
    made_up: dict[str, Listed] = {
        kind: Listed(star, kind, answer.rdatas)
        for kind in ("CNAME", "A", "AAAA", "TXT")
        if (answer := ask(server, nobody, kind, network)) and answer.rdatas
    }
    asked: list[Key] = [(f"{label}.{absolute(zone)}", "CNAME") for label in USUAL]
    asked += [(name, "TXT") for name in marker_names(zone, names)]
    answers = parallel.each(
        lambda key: ask(server, *key, network), asked, width=_AT_ONCE
    )
    found = [
        Listed(name, kind, answer.rdatas)
        for (name, kind), answer in zip(asked, answers, strict=True)
        if answer
        and answer.rdatas
        and not (kind in made_up and made_up[kind].rdatas == answer.rdatas)
    ]
    return Inventory((*made_up.values(), *found))


def _first(zone: str, network: Network) -> Server | None:
    """Return the first name server that answers for *zone*."""
    for server in authoritative(zone, network):
        answer = ask(server, zone, "SOA", network)
        if answer is not None and answer.rdatas:
            return server
    return None
