"""The gates about the shop itself: whether it answers with its own words.

A shop that answers is not redirected, and one that does not is not restored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fallback.core.model import Observation, Verdict
from fallback.core.redirect.gates import Code, Refusal
from fallback.core.text import T


def shop_answers(looks: Iterable[Observation]) -> Iterator[Refusal]:
    """Yield a refusal when the shop answered in one of *looks*."""
    for look in looks:
        if look.verdict is Verdict.UP:
            yield Refusal(
                Code.SHOP_ANSWERS,
                T("the shop answers with its own words: customers can buy"),
                T("leave the names where they are"),
            )
            return


def shop_not_back(
    looks: Mapping[str, Sequence[Observation]], *, moved: bool = False
) -> Iterator[Refusal]:
    """Yield a refusal for each name at which no origin address answers as the shop.

    *looks* holds, by name, one observation an address; one that is up suffices, and
    none at all means that no address is known. When the shop *moved*, each address
    that this machine can reach has to answer: its records are new, and any customer
    may be sent to any of them.
    """
    for name, seen in looks.items():
        routed = [look for look in seen if look.why != "unreachable"]
        down = [look for look in routed if look.verdict is not Verdict.UP]
        if len(down) < len(routed) and not (moved and down):
            continue
        if last := (down or list(seen))[:1]:
            why = T(
                "the shop's own server does not answer {name} with the shop's words"
                " ({why})",
                name=name,
                why=last[0].detail or last[0].why,
            )
        else:
            why = T("no address of the shop's own server is known for {name}")
        yield Refusal(
            Code.SHOP_NOT_BACK,
            why.with_values(name=name),
            T("make the new server answer there, then run the same command again")
            if moved
            else T("wait until the shop answers, then run: fallback restore"),
        )
