"""What a visitor of a host was answered, beside what was published there: judged.

What fails is what hurts whoever comes: another body than the published one, a redirect,
a page that a browser shows as text or keeps for long, a POST that counts as delivered.
What a kind of host cannot do, and what costs little, is told and fails nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from attrs import field, frozen

from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.visit_problems import problems
from fallback.core.hosts.visitor import (
    Expected,
    Group,
    Heard,
    Question,
    kept_for,
    media,
)
from fallback.core.text import Sayable, T, Text

_FEW = 3


@frozen
class Seen:
    """What one look came to. ``problem`` is ``None`` when it is what was published.

    ``differences`` are measured answers that the kind of host does not promise,
    ``remarks`` what else is not as it should be and fails nothing. ``right`` counts,
    for each group, the right answers and the questions. ``older``: waiting may help.
    ``foreign`` says what comes in the page's place where it fails nothing.
    """

    told: Text
    statuses: Mapping[str, int] = field(factory=dict)
    problem: Text | None = None
    older: bool = False
    measured: Capabilities | None = None
    differences: tuple[Text, ...] = ()
    remarks: tuple[Text, ...] = ()
    right: Mapping[Group, tuple[int, int]] = field(factory=dict)
    certificate_ends: datetime | None = None
    foreign: Text | None = None


def judged(
    url: str,
    expected: Expected,
    asked: Sequence[Question],
    heard: Mapping[str, Heard],
    promised: Capabilities,
) -> Seen:
    """Return what the answers *heard* at *url*, by place, say about its visitors."""
    measured = measure(heard)
    problem, older = next(
        problems(url, expected, asked, heard, promised), (None, False)
    )
    front, deep = heard.get("front", Heard()), heard.get("deep", Heard())
    told = T(
        "a visitor of {url} gets {front} at the front and {deep} ({what}) elsewhere",
        url=url,
        front=front.status,
        deep=deep.status,
        what=T("the page")
        if deep.digest in expected.pages
        else T("the host's own words, not the page"),
    )
    if front.failure is not None:
        told = T("nothing was seen at {url}", url=url)
    return Seen(
        told,
        {place: each.status for place, each in heard.items() if each.status},
        problem,
        older,
        measured,
        tuple(differences(promised, measured)),
        tuple(_remarks(expected, asked, heard)),
        _counted(expected, asked, heard),
        front.certificate_ends,
        next(_foreign(expected, asked, heard), None),
    )


def _foreign(
    expected: Expected, asked: Sequence[Question], heard: Mapping[str, Heard]
) -> Iterator[Text]:
    """Yield what an address of the shop shows that is no page of ours."""
    for question in asked:
        answer = heard.get(question.place, Heard())
        if question.group is not Group.DEEP or answer.status < 400:
            continue
        if answer.digest not in expected.pages:
            yield T("a deep link gets {status} with the host's own words, not the page",
                    status=answer.status)  # fmt: skip


def measure(heard: Mapping[str, Heard]) -> Capabilities:
    """Return what was really answered; of two POSTs the one that is worse."""

    def status(place: str) -> int | None:
        return heard[place].status or None if place in heard else None

    posts = [found for place in ("post", "notification") if (found := status(place))]
    deep = heard.get("deep", Heard())
    return Capabilities(
        front=status("front"),
        deep=status("deep"),
        post=min(posts, key=_harmless) if posts else None,
        # beside another status it means nothing (RFC 9110 section 10.2.3)
        retry_after=bool(deep.header("retry-after")) if deep.status == 503 else None,
    )


def _harmless(status: int) -> bool:
    return not 200 <= status < 400


def differences(promised: Capabilities, measured: Capabilities) -> Iterator[Text]:
    """Yield where the answers are not what the kind of host promises.

    What it promises for the shop's names a status address may answer with 200.
    """
    either = {promised.front, measured.front} <= {200, 503}
    for what, said, seen in (
        (T("its front"), None if either else promised.front, measured.front),
        (T("a deep link"), promised.deep, measured.deep),
        (T("a POST"), promised.post, measured.post),
    ):
        if said is not None and seen is not None and said != seen:
            yield T(
                "it answers {seen} at {what}, where such a host should answer {said}",
                seen=seen,
                what=what,
                said=said,
            )
    if promised.retry_after and measured.retry_after is False:
        yield T("it sends no Retry-After, which such a host should")


def _remarks(
    expected: Expected, asked: Sequence[Question], heard: Mapping[str, Heard]
) -> Iterator[Text]:
    """Yield what is not as it should be, and hurts nobody who comes now."""
    answers = [(q, heard[q.place]) for q in asked if q.place in heard]
    reading = [(q, answer) for q, answer in answers if q.path and answer.status]
    if any(answer.header("set-cookie") for _, answer in answers):
        yield T("it sets a cookie; the page itself needs none")
    if unanswered := [q.target for q, a in answers if a.failure and q.method == "POST"]:
        yield T("it gives no answer to a POST to {target}", target=unanswered[0])
    yield from _header_remarks(expected, reading)
    policy = expected.headers.get("content-security-policy", "")
    for name in ("front", "deep"):
        answer = heard.get(name, Heard())
        seen = answer.header("content-security-policy")
        if policy and seen and seen != policy:
            yield T("it sends a Content-Security-Policy of its own, not the page's")
            return
        if policy and not seen and _takes_headers(expected, answer):
            yield T("it leaves out the Content-Security-Policy of _headers")
            return


def _takes_headers(expected: Expected, answer: Heard) -> bool:
    """Say whether the host obeys ``_headers``, as far as another rule of it shows."""
    rule = expected.headers.get("referrer-policy", "")
    return bool(rule) and answer.header("referrer-policy") == rule


def _header_remarks(
    expected: Expected, reading: Sequence[tuple[Question, Heard]]
) -> Iterator[Text]:
    """Yield which files come with other headers than the manifest says."""
    types, kept, closed = [], [], []
    for question, answer in reading:
        facts = expected.manifest.files.get(question.path)
        if facts is None or answer.status != 200:
            continue
        said = answer.header("content-type")
        if not _same_type(said, facts.content_type):
            types.append(f"{question.target} ({said or '-'})")
        wanted, got = (kept_for(each) for each in (facts.cache_control, _cache(answer)))
        if wanted is not None and (got is None or got > wanted):
            kept.append(question.target)
        open_to = answer.header("access-control-allow-origin")
        if question.group is Group.FEEDS and open_to != "*":
            closed.append(question.target)
    if types:
        yield T("it sends other types than were published: {files}",
                files=_few(types))  # fmt: skip
    if kept:
        yield T("browsers may keep for longer than was published: {files}",
                files=_few(kept))  # fmt: skip
    if closed:
        yield T("open pages at the shop's address may not read {files}: CORS is"
                " missing", files=_few(closed))  # fmt: skip


def _few(files: Sequence[str]) -> Sayable:
    """Return the first of *files*: a server that is set up wrongly is so for all."""
    if len(files) <= _FEW:
        return ", ".join(files)
    first = ", ".join(files[:_FEW])
    return T("{first} and {count} more", first=first, count=len(files) - _FEW)


def _cache(answer: Heard) -> str:
    return answer.header("cache-control")


def _same_type(said: str, wanted: str) -> bool:
    """Compare media types, and the character set where both name one."""
    if media(said) != media(wanted):
        return False
    sets = [
        found[1].lower()
        for each in (said, wanted)
        if (found := re.search(r"charset=\"?([\w-]+)", each, re.IGNORECASE))
    ]
    return len(set(sets)) <= 1


def _counted(
    expected: Expected, asked: Sequence[Question], heard: Mapping[str, Heard]
) -> dict[Group, tuple[int, int]]:
    """Return, for each group of files, how many came as published, and of how many."""
    found: dict[Group, tuple[int, int]] = {}
    for question in asked:
        facts = expected.manifest.files.get(question.path)
        if facts is None:
            continue
        answer = heard.get(question.place, Heard())
        right, of = found.get(question.group, (0, 0))
        good = answer.digest == facts.digest and answer.status in (200, 503)
        found[question.group] = right + good, of + 1
    return found
