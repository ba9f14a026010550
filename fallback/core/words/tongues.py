"""Whether all languages say the same, and every update says something new."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from fallback.core.findings import Finding, Severity
from fallback.core.model import Language
from fallback.core.text import T
from fallback.core.words.lexicon import folded
from fallback.core.words.passages import Passage

ALIKE = 0.9
_MISSING = "translation-missing"
_COMPARED = 300
"""Words of an update that are compared: the time grows with their square."""

_TWELVE = re.compile(
    r"\b(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))?\s?([ap])\.?\s?m\b\.?", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:[.,:/hH-]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
_PARTS = re.compile(r"[./-]")


def tongue_findings(
    passages: Sequence[Passage], languages: Sequence[Language]
) -> Iterator[Finding]:
    """Yield where the languages differ, and which update repeats the one before.

    *passages* hold the outage and the newest updates, in any order.
    """
    by_stem: dict[str, dict[Language, Passage]] = defaultdict(dict)
    for passage in passages:
        by_stem[passage.stem].setdefault(passage.language, passage)
    yield from _missing(by_stem, languages)
    for versions in by_stem.values():
        yield from _different(versions)
    yield from _repeated(by_stem)


def _missing(
    by_stem: Mapping[str, Mapping[Language, Passage]], languages: Sequence[Language]
) -> Iterator[Finding]:
    """Yield what is not there in every language, once for all that lack the same.

    A language that the outage lacks is not asked of the updates too.
    """
    spoken = set(by_stem.get("", {}))
    lacking: dict[tuple[Language, ...], list[str]] = defaultdict(list)
    # the newest first: that is the one to translate
    for stem in sorted(by_stem, reverse=True):
        wanted = languages if not stem else [one for one in languages if one in spoken]
        without = tuple(one for one in wanted if one not in by_stem[stem])
        files = [one.file for one in by_stem[stem].values()]
        meant = any(_MISSING in one.allowed for one in by_stem[stem].values())
        if without and not meant:
            lacking[without].append(files[0])
    for without, (first, *others) in lacking.items():
        seen = T("it is not there in: {languages}", languages=", ".join(without))
        if others:
            seen = T("{seen}; and so it is with {count} more", seen=seen,
                     count=len(others))  # fmt: skip
        yield Finding(
            _MISSING,
            Severity.WARNING,
            first,
            seen,
            T("those readers get it in another language"),
            T("write the same in a file whose name ends in .{language}.md",
              language=without[0]),
        )  # fmt: skip


def _different(versions: Mapping[Language, Passage]) -> Iterator[Finding]:
    first, *others = versions.values()
    for other in others:
        for key in first.facts.keys() & other.facts.keys():
            if first.facts[key] != other.facts[key]:
                yield _stale(first, other, key)
        mine, theirs = numbers(first.body), numbers(other.body)
        if mine != theirs:
            odd = sorted(mine ^ theirs)
            yield Finding(
                "numbers-differ",
                Severity.WARNING,
                other.file,
                T("numbers that stand only here, or only in {file}: {numbers}",
                  file=first.file, numbers=", ".join(odd[:5])),
                T("one of the two languages tells something that is not so"),
                T("compare the two files"),
            )  # fmt: skip


def _stale(first: Passage, other: Passage, key: str) -> Finding:
    return Finding(
        "translation-stale",
        Severity.WARNING,
        other.file,
        T("{key} is another one than in {file}", key=key, file=first.file),
        T("one of the two languages tells something that is not so"),
        T("say it in one of the two files only: it holds for every language"),
    )


def numbers(text: str) -> frozenset[str]:
    """Return the numbers in *text*, each as it is in every language.

    Signs between digits do not count (1,299 and 1.299), nor does the half of the day
    that a clock shows (3:40 pm and 15:40); a date is its parts, in any order.
    """
    found: set[str] = set()
    for token in _NUMBER.findall(_TWELVE.sub(_twenty_four, _unlisted(text))):
        parts = _PARTS.split(token)
        date = len(parts) == 3 and all(part.isdigit() for part in parts)
        for part in parts if date else [token]:
            digits = re.sub(r"\D", "", re.sub(r"[:.hH]00$", "", part))
            found.add(digits.lstrip("0") or "0")
    return frozenset(found)


def _twenty_four(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3] in "pP" else 0)
    return f"{hour}:{found[2] or '00'}"


def _unlisted(text: str) -> str:
    return re.sub(r"^\s*\d+[.)]\s", "", text, flags=re.MULTILINE)


def _repeated(
    by_stem: Mapping[str, Mapping[Language, Passage]],
) -> Iterator[Finding]:
    stems = sorted(stem for stem in by_stem if stem)
    for before, after in pairwise(stems):
        if _eta(by_stem[before]) != _eta(by_stem[after]):
            continue
        for language, later in by_stem[after].items():
            earlier = by_stem[before].get(language)
            if earlier and _alike(earlier, later):
                yield Finding(
                    "update-repeats",
                    Severity.WARNING,
                    later.file,
                    T("it says the same as {file}", file=earlier.file),
                    T("words without news tire people, and they stop reading"),
                    T("say what is new, or only when you write again"),
                )


def _eta(versions: Mapping[Language, Passage]) -> str | None:
    return next(
        (one.facts["eta"] for one in versions.values() if "eta" in one.facts), None
    )


def _alike(one: Passage, other: Passage) -> bool:
    mine, theirs = (
        folded(f"{each.title} {each.body}").split()[:_COMPARED] for each in (one, other)
    )
    if not (mine and theirs):
        return mine == theirs
    match = SequenceMatcher(None, mine, theirs, autojunk=False)
    if match.real_quick_ratio() <= ALIKE or match.quick_ratio() <= ALIKE:
        return False  # the exact answer takes longer
    return bool(match.ratio() > ALIKE)
