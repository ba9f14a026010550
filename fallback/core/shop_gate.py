"""The gates about the shop itself: whether it answers with its own words.

A shop that answers is not redirected, and one that does not is not restored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fallback.core.gates import Code, Refusal
from fallback.core.model import Observation, Verdict
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


def shop_not_back(looks: Mapping[str, Sequence[Observation]]) -> Iterator[Refusal]:
    """Yield a refusal for each name at which no origin address answers as the shop.

    *looks* holds, by name, one observation an address; one that is up suffices, and
    none at all means that no address is known.
    """
    for name, seen in looks.items():
        if any(look.verdict is Verdict.UP for look in seen):
            continue
        if seen:
            routed = [look for look in seen if look.why != "unreachable"]
            last = (routed or list(seen))[0]
            why = T(
                "the shop's own server does not answer {name} with the shop's words"
                " ({why})",
                name=name,
                why=last.detail or last.why,
            )
        else:
            why = T("no address of the shop's own server is known for {name}")
        yield Refusal(
            Code.SHOP_NOT_BACK,
            why.with_values(name=name),
            T("wait until the shop answers, then run: fallback restore"),
        )
