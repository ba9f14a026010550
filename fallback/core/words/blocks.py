"""What a message needs: what it means, what one can do, why, and that we are sorry.

Judged for each language over the outage and its newest updates together, because it is
enough to say a thing once. The finding names the outage's file.
"""

from collections.abc import Iterator, Mapping, Sequence

from fallback.core.findings import Finding, Severity
from fallback.core.model import Language, Status
from fallback.core.text import T, Text
from fallback.core.words.lexicon import LANGUAGES, hits
from fallback.core.words.passages import Passage

MEANS, ORDER, DO, WORK = "means", "order", "do", "work"
"""The blocks that are asked for, by the names that ``headings`` have."""

_KNOWN = frozenset({Status.IDENTIFIED, Status.MONITORING, Status.RESOLVED})
_BLOCKS: Mapping[str, tuple[str, Severity, Text, Text]] = {
    MEANS: (
        "impact-missing",
        Severity.WARNING,
        T("nothing says what it means for customers"),
        T("they must know what does not work, and what does"),
    ),
    DO: (
        "alternatives-missing",
        Severity.WARNING,
        T("nothing says what customers can do now"),
        T("half of them came to do something that a phone call can do, too"),
    ),
    ORDER: (
        "order-missing",
        Severity.INFO,
        T("nothing is said to those who ordered just before"),
        T("they are the ones who worry most"),
    ),
    WORK: (
        "work-missing",
        Severity.INFO,
        T("nothing says what is being done"),
        T("silence looks as if nobody worked on it"),
    ),
}


def block_findings(
    passages: Sequence[Passage],
    headings: Mapping[Language, Mapping[str, str]],
    languages: Sequence[Language],
    status: Status,
) -> Iterator[Finding]:
    """Yield what the words in each of *languages* do not say."""
    for language in languages:
        mine = [one for one in passages if one.language == language]
        outage = next((one for one in mine if not one.stem), None)
        if outage is None:
            continue  # a missing translation is a finding of its own
        if status is not Status.RESOLVED:
            yield from _blocks(outage, mine, headings.get(language, {}))
        if language.partition("-")[0] in LANGUAGES:
            yield from _sorry(outage, mine)
            if status in _KNOWN:
                yield from _cause(outage, mine)


def _blocks(
    outage: Passage, mine: Sequence[Passage], headings: Mapping[str, str]
) -> Iterator[Finding]:
    there: set[str] = set()
    for passage in mine:
        there |= passage.blocks(headings)
    for block, (name, severity, seen, why) in _BLOCKS.items():
        if block in headings and block not in there:
            remedy = T("add a part under the heading: ## {heading}",
                       heading=headings[block])  # fmt: skip
            yield Finding(name, severity, outage.file, seen, why, remedy)


def _sorry(outage: Passage, mine: Sequence[Passage]) -> Iterator[Finding]:
    if not _anywhere("apology", mine):
        yield Finding(
            "apology-missing",
            Severity.WARNING,
            outage.file,
            T("nobody says sorry"),
            T("people forgive a failure sooner than a cold message"),
            T("say that you are sorry, in your own words"),
        )


def _cause(outage: Passage, mine: Sequence[Passage]) -> Iterator[Finding]:
    if not _anywhere("cause", mine, besides="cause-named"):
        yield Finding(
            "cause-missing",
            Severity.WARNING,
            outage.file,
            T("the cause is known, and nothing tells it"),
            T("what can be understood can be forgiven"),
            T("say in plain words what broke: fallback update --template cause"),
        )


def _anywhere(rule: str, passages: Sequence[Passage], besides: str = "") -> bool:
    """Return whether *passages* hold what *rule* lists, not counting *besides*."""
    return any(
        hits(rule, passage.language, _without(besides, passage.language, text))
        for passage in passages
        for _, text in passage.paragraphs()
    )


def _without(rule: str, language: Language, text: str) -> str:
    for hit in hits(rule, language, text) if rule else ():
        text = text.replace(hit, " ")
    return text
