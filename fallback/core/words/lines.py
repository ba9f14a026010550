"""How it is said: one line, one sentence at a time, by the lists of the lexicon."""

import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.leaks import leaks
from fallback.core.text import T, Text
from fallback.core.words.lexicon import hits
from fallback.core.words.passages import Line, Passage

LONGEST_SENTENCE = 25
LONGEST_LEAD = 60
"""In words: what a reader in a hurry takes in."""

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_TIME = re.compile(r"\b(?:[01]?\d|2[0-3])(?:[:.][0-5]\d|\s?[ap]\.?m\b)", re.IGNORECASE)
_SHOUT = re.compile(r"(?<!\w)[^\W\d_a-z]{3,}(?:[ ,]+[^\W\d_a-z]{3,})+")
_MOST_SHOWN = 60
_SPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")
"""Scripts that put no space between words: their words cannot be counted so."""


@frozen
class _Rule:
    severity: Severity
    seen: Text
    why: Text
    remedy: Text


_LISTS: Mapping[str, _Rule] = {
    "apology-hollow": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” is an apology that nobody believes"),
        T("sorry for “any inconvenience” says that you do not know what happened"),
        T("name what customers could not do, and be sorry for that"),
    ),
    "blame": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” puts the blame on somebody"),
        T("customers bought from you: whoever failed, it is yours to mend"),
        T("say what broke, not who broke it"),
    ),
    "promise": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” promises what you cannot know"),
        T("a promise that breaks costs more than the outage"),
        T("say what you expect, and when you write again"),
    ),
    "jargon": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” is a word of the trade"),
        T("most customers do not know it, and it frightens some"),
        T("say what it means for them"),
    ),
    "vague": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” says nothing that can be relied on"),
        T("people can plan with a time, even a rough one"),
        T("say what happened, or when you write again"),
    ),
    "humour": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” sounds as if it were funny"),
        T("for somebody who waits for an order it is not"),
        T("leave it out"),
    ),
    "panic": _Rule(
        Severity.INFO,
        T("{where}: “{words}” frightens"),
        T("customers read calm as competence"),
        T("say the same in plain words"),
    ),
    "security-claim": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” vouches for data"),
        T("if it turns out otherwise, that sentence is what is quoted"),
        T(
            "leave it out unless it was looked into; then end the line with {mark}",
            mark="<!-- lint-ok: security-claim -->",
        ),
    ),
    "personal-data": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” may be somebody's own"),
        T("the page is public, and is copied by machines"),
        T("leave out names, addresses and order numbers"),
    ),
    "placeholder": _Rule(
        Severity.WARNING,
        T("{where}: “{words}” is a place that nobody filled"),
        T("customers see it exactly like that"),
        T("write what belongs there, or take it out"),
    ),
}


def line_findings(
    passage: Passage, *, mail: str, shop: str, planned: bool, over: bool
) -> Iterator[Finding]:
    """Yield what sounds wrong in *passage*.

    *mail* is the address that may stand there, *shop* the shop's name; *planned* work
    may be called so, and when it is *over* nobody returns any more.
    """
    skipped = {"vague"} if planned else set()
    for line in passage.lines():
        found = [
            *_listed(passage, line, skipped),
            *_private(line, mail),
            *_loud(line, shop),
        ]
        yield from _placed(passage, line, found)
    for first, sentence in passage.sentences():
        found = [*_long(first, sentence)]
        if not over:
            found += _unqualified(passage, first, sentence)
        yield from _placed(passage, first, found)
    yield from _lead(passage)


def _placed(passage: Passage, line: Line, found: list[Finding]) -> Iterator[Finding]:
    for one in found:
        if one.id not in line.allowed:
            yield Finding(
                one.id, one.severity, passage.file, one.seen, one.why, one.remedy
            )


def _where(line: Line) -> Text:
    return T("line {line}", line=line.number) if line.number else T("the title")


def _listed(passage: Passage, line: Line, skipped: set[str]) -> Iterator[Finding]:
    for name, rule in _LISTS.items():
        # a bare address is no word, but a place that was left empty may look like one
        text = line.raw if name == "placeholder" else line.text
        found = () if name in skipped else hits(name, passage.language, text)
        if found:
            yield _found(name, rule, line, found[0])


def _private(line: Line, mail: str) -> Iterator[Finding]:
    rule = _LISTS["personal-data"]
    for address in _MAIL.findall(line.raw):
        if address.casefold() != mail.casefold():
            yield _found("personal-data", rule, line, address)
    if leaks("", line.raw):  # which is never repeated here
        yield _found("personal-data", rule, line, "…")


def _loud(line: Line, shop: str) -> Iterator[Finding]:
    rule = _LISTS["panic"]
    text = line.text.replace(shop, " ") if shop else line.text
    shouted = _SHOUT.search(text)
    if shouted and shouted[0].isupper():
        yield _found("panic", rule, line, shouted[0])
    if text.count("!") > 1:
        yield _found("panic", rule, line, "!!")


def _long(first: Line, sentence: str) -> Iterator[Finding]:
    count = len(sentence.split())
    if count > LONGEST_SENTENCE and not _SPACED.search(sentence):
        yield Finding(
            "long-sentence",
            Severity.INFO,
            "",
            T("{where}: a sentence of {count} words: “{words}”",
              where=_where(first), count=count, words=_short(sentence)),
            T("people read this in a hurry, and on a phone"),
            T("make two of it"),
        )  # fmt: skip


def _unqualified(passage: Passage, first: Line, sentence: str) -> Iterator[Finding]:
    language = passage.language
    if (
        _TIME.search(sentence)
        and hits("return", language, sentence)
        and not hits("qualifier", language, sentence)
    ):
        yield Finding(
            "eta-unqualified",
            Severity.WARNING,
            "",
            T("{where}: “{words}” sounds like a promise",
              where=_where(first), words=_short(sentence)),
            T("if it takes longer, you have broken your word"),
            T("say that you expect it, or that it is at about that time"),
        )  # fmt: skip


def _lead(passage: Passage) -> Iterator[Finding]:
    for first, text in passage.paragraphs():
        if first.number == 0 or first.raw.lstrip().startswith("#"):
            continue
        count = len(text.split())
        if count > LONGEST_LEAD and "long-sentence" not in first.allowed:
            yield Finding(
                "long-sentence",
                Severity.INFO,
                passage.file,
                T("{where}: a first paragraph of {count} words",
                  where=_where(first), count=count),
                T("people read this in a hurry, and on a phone"),
                T("begin with the two sentences that matter most"),
            )  # fmt: skip
        return


def _found(name: str, rule: _Rule, line: Line, words: str) -> Finding:
    seen = rule.seen.with_values(where=_where(line), words=_short(words))
    return Finding(name, rule.severity, "", seen, rule.why, rule.remedy)


def _short(words: str) -> str:
    return words if len(words) <= _MOST_SHOWN else f"{words[: _MOST_SHOWN - 1]}…"
