"""Which CAA records count for each name: today, and while it leads to the target."""

from collections.abc import Sequence

from attrs import define, field

from fallback.core.check.caa import Caa, CaaSet
from fallback.core.config import Network
from fallback.core.records import Target, absolute
from fallback.wire.dns.nameservers import resolve


def look(
    zone: str, names: Sequence[str], target: Target, network: Network
) -> tuple[Caa, ...] | None:
    """Return what counts for each of *names*; ``None`` when nobody answers.

    A name that has a CNAME today, or will have one, takes over what its target says
    (RFC 8659 section 3); at the top of *zone* there is none.
    """
    climber = _Climber(network)
    found = []
    for name in map(absolute, names):
        alias = resolve(name, "CNAME", network)
        if alias is None:
            return None
        today = climber.climb(name)
        later = climber.climb(_above(name)) if alias.rdatas else today
        if isinstance(target, str) and name != absolute(zone):
            later = climber.at(absolute(target)) or climber.climb(_above(name))
        found.append(Caa(name.rstrip("."), today, later))
    return None if climber.silent else tuple(found)


def _above(name: str) -> str:
    return name.partition(".")[2]


@define
class _Climber:
    """Asks each name once; ``silent``: somebody gave no answer."""

    network: Network
    silent: bool = False
    known: dict[str, CaaSet | None] = field(factory=dict)

    def at(self, name: str) -> CaaSet | None:
        if name not in self.known:
            answer = resolve(name, "CAA", self.network)
            self.silent = self.silent or answer is None
            rdatas = answer.rdatas if answer else ()
            self.known[name] = CaaSet(name, rdatas) if rdatas else None
        return self.known[name]

    def climb(self, name: str) -> CaaSet | None:
        """Return the set at *name*, else at the closest name above that has one.

        What a country says about all of its domains is not asked.
        """
        while name.count(".") > 1:
            if found := self.at(name):
                return found
            name = _above(name)
        return None
