"""Asks a host what a visitor asks: several questions side by side, bounded as a whole.

Each question has a connection of its own, as most visitors do. Nothing is followed and
nothing is judged here: ``fallback.core.hosts.visit`` does that.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from fallback.core.config import Network
from fallback.core.hosts.publishing import Manifest, is_our_page
from fallback.core.hosts.visitor import Group, Heard, Question
from fallback.core.model import Digest
from fallback.core.text import T, Text
from fallback.wire.web.http import FetchFailed, Reply, fetch

AT_ONCE = 12
"""A look at fifty files takes five round trips' time, and no small host is flooded."""
ONE_REQUEST = timedelta(seconds=10)
CAP = 4 * 1024 * 1024
"""More than any file of ours has; a body beyond it counts as cut."""

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_BODY = b"status=test"


def token() -> str:
    """Return letters and digits that nobody has asked for before."""
    return secrets.token_hex(12)


def ask_all(
    base: str,
    asked: Sequence[Question],
    network: Network,
    *,
    within: timedelta,
    cap: int = CAP,
    at: tuple[str, int] | None = None,
) -> dict[str, Heard]:
    """Return the answers by place; every question has one, if only a failure.

    *base* has no path of its own or one without a slash at its end. *at* pins the
    address, while SNI and ``Host`` are those of *base*. When the first question gets no
    answer at all, the others are not asked. Takes *within* at most. Never raises for
    what a host does. Not for use inside asyncio.
    """
    return asyncio.run(_all(base, asked, network, within, cap, at))


async def _all(
    base: str,
    asked: Sequence[Question],
    network: Network,
    within: timedelta,
    cap: int,
    at: tuple[str, int] | None,
) -> dict[str, Heard]:
    ends = asyncio.get_running_loop().time() + within.total_seconds()
    free = asyncio.Semaphore(AT_ONCE)

    async def one(question: Question) -> Heard:
        async with free:
            left = timedelta(seconds=ends - asyncio.get_running_loop().time())
            return await _one(base, question, network, left, cap, at)

    first, *others = asked
    found = {first.place: await one(first)}
    if found[first.place].failure is not None:
        return found
    answers = await asyncio.gather(*map(one, others))
    return found | {q.place: answer for q, answer in zip(others, answers, strict=True)}


async def _one(
    base: str,
    question: Question,
    network: Network,
    left: timedelta,
    cap: int,
    at: tuple[str, int] | None,
) -> Heard:
    if left <= timedelta(0):
        return Heard(failure=T("no time was left to look at {url}", url=base))
    posting = question.method == "POST"
    try:
        reply = await fetch(
            base + question.target,
            network=network,
            at=at,
            method=question.method,
            headers=_FORM if posting else None,
            body=_BODY if posting else b"",
            deadline=min(left, ONE_REQUEST),
            cap=cap,
        )
    except FetchFailed as error:
        return Heard(failure=sentence(error), kind=error.kind.value)
    return heard(question, reply)


def heard(question: Question, reply: Reply) -> Heard:
    """Return *reply* as the answer to *question*."""
    headers: dict[str, str] = {}
    for name, value in reply.headers:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    manifest = question.group is Group.MANIFEST
    return Heard(
        reply.status,
        headers,
        Digest("" if reply.truncated else sha256(reply.body).hexdigest()),
        ours=is_our_page(reply.body),
        manifest=Manifest.peek(reply.body) if manifest else None,
        certificate_ends=reply.certificate_ends,
    )


def sentence(error: FetchFailed) -> Text:
    """Return what *error* says, as a sentence that can be translated."""
    return error.what if isinstance(error.what, Text) else T(str(error.what))
