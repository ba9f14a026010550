"""What fails a host: each hurts whoever comes there now, or when the shop is back."""

from collections.abc import Iterator, Mapping, Sequence

from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.publishing import FRONT
from fallback.core.hosts.visitor import (
    SCRIPT,
    Expected,
    Group,
    Heard,
    Question,
    kept_for,
    media,
)
from fallback.core.model import MANIFEST
from fallback.core.text import T, Text

KEPT_AT_MOST = 60
"""Seconds: a browser that keeps the page for longer shows it after the shop is back."""


def problems(
    url: str,
    expected: Expected,
    asked: Sequence[Question],
    heard: Mapping[str, Heard],
    promised: Capabilities,
) -> Iterator[tuple[Text, bool]]:
    """Yield what fails, the most telling first, and whether waiting may help.

    A kind of host that answers a deep link with 200 or 503 is *promised* to show the
    page there.
    """
    page_everywhere = promised.deep in (200, 503)
    by_place = {question.place: question for question in asked}
    for place in ("front", "manifest"):
        failure = heard.get(place, Heard()).failure
        if failure is not None:
            yield failure, False
            return
    if "manifest" in by_place:
        yield from _manifest_problem(url, expected, heard["manifest"])
    yield from _front_problems(url, expected, heard["front"])
    for question in asked:
        answer = heard.get(question.place, Heard())
        match question.group:
            case Group.FRONT | Group.MANIFEST:
                continue
            case Group.POST:
                yield from _post_problems(url, question, answer)
            case Group.DEEP:
                yield from _deep_problems(
                    url, expected, question, answer, page=page_everywhere
                )
            case _:
                yield from _file_problems(url, expected, question, answer)


def _manifest_problem(
    url: str, expected: Expected, answer: Heard
) -> Iterator[tuple[Text, bool]]:
    if answer.status == 200 and answer.digest == expected.digest:
        return
    if answer.status == 200 and answer.manifest is not None:
        yield T("{url} still shows an earlier page", url=url), True
        return
    yield _something_else(url, answer.status, MANIFEST), False


def _front_problems(
    url: str, expected: Expected, answer: Heard
) -> Iterator[tuple[Text, bool]]:
    facts = expected.manifest.files[FRONT]
    if answer.digest != facts.digest:
        yield (
            T("{url} shows another version of the page than was published", url=url)
            if answer.ours
            else T("{url} shows something else than the page at its front", url=url),
            answer.ours,
        )
    elif answer.status not in (200, 503):
        yield (
            T("{url} answers {status} at its front; 200 and 503 are right",
              url=url, status=answer.status),
            False,
        )  # fmt: skip
    elif media(answer.header("content-type")) != "text/html":
        yield (
            T("{url} sends the page as {type}, which browsers do not show as a page",
              url=url, type=answer.header("content-type") or T("nothing")),
            False,
        )  # fmt: skip
    else:
        yield from _kept_problem(url, "/", answer)


def _kept_problem(url: str, target: str, answer: Heard) -> Iterator[tuple[Text, bool]]:
    kept = kept_for(answer.header("cache-control"))
    if kept is not None and kept > KEPT_AT_MOST:
        yield (
            T("{url} lets browsers keep {target} for {seconds} s: customers would see"
              " it after the shop is back", url=url, target=target, seconds=kept),
            False,
        )  # fmt: skip


def _post_problems(
    url: str, question: Question, answer: Heard
) -> Iterator[tuple[Text, bool]]:
    if 200 <= answer.status < 300:
        yield (
            T("{url} answers {status} to a POST: a payment provider would believe that"
              " it had delivered its message", url=url, status=answer.status),
            False,
        )  # fmt: skip
    elif 300 <= answer.status < 400:
        yield _redirected(url, question.target, answer.status), False


def _deep_problems(
    url: str, expected: Expected, question: Question, answer: Heard, *, page: bool
) -> Iterator[tuple[Text, bool]]:
    if answer.failure is not None:
        yield answer.failure, False
    elif answer.digest not in expected.pages and (page or answer.status < 400):
        yield (
            T("{url} answers {status} with something else than the page to a deep link",
              url=url, status=answer.status),
            answer.ours,
        )  # fmt: skip
    elif 300 <= answer.status < 400:
        yield _redirected(url, question.target, answer.status), False


def _redirected(url: str, target: str, status: int) -> Text:
    return T("{url} redirects {target} ({status}); nothing may be redirected",
             url=url, target=target, status=status)  # fmt: skip


def _file_problems(
    url: str, expected: Expected, question: Question, answer: Heard
) -> Iterator[tuple[Text, bool]]:
    if answer.failure is not None:
        yield answer.failure, False
        return
    facts = expected.manifest.files[question.path]
    kind = media(answer.header("content-type"))
    if answer.status != 200 or answer.digest != facts.digest:
        # a cache in front keeps each file for itself
        cached = answer.status == 200 and kind == media(facts.content_type)
        yield _something_else(url, answer.status, question.path), cached
    elif question.group is Group.WORKERS:
        if not SCRIPT.fullmatch(kind):
            yield (
                T("{url} sends {file} as {type}: browsers would keep the dead shop's"
                  " worker", url=url, file=question.path, type=kind or T("nothing")),
                False,
            )  # fmt: skip
        yield from _kept_problem(url, question.target, answer)


def _something_else(url: str, status: int, file: str) -> Text:
    return T("{url} shows something else than was published: {status} for {file}",
             url=url, status=status, file=file)  # fmt: skip
