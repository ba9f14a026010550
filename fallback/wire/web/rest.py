"""A vendor's HTTP API in one verb: bounded, patient where it may be, and in our errors.

Reads, and writes that may be repeated, are tried three times with jitter: after 429, a
5xx, half an answer or none at all, as long as the caller's time allows. A server that
says when to come back is believed, and not waited for when that is too long. Nothing
else is ever sent twice.
"""

import json
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen

from fallback.core.config import Network
from fallback.core.errors import (
    AdapterError,
    CredentialsRefused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.text import T, Text
from fallback.wire import deadline
from fallback.wire.web import retry_after
from fallback.wire.web.http import NEVER_SENT, FetchFailed, Reply, ask

_TRIES = 3
_ONE_CALL = timedelta(seconds=10)
_CAP = 4 * 1024 * 1024
_SLOWEST = 100_000
"""Bytes a second that a line must carry for an upload to be waited for."""
_PAUSE = timedelta(milliseconds=500)
_LONGEST_PAUSE = timedelta(seconds=20)


@frozen
class Api:
    """One vendor's API. ``base`` has no slash at its end; ``vendor`` is for people.

    ``credential`` is how a person finds the token (``env:NETLIFY_TOKEN``), never the
    token itself; ``permission`` is what that token must be allowed to do.
    ``bad_token`` are codes in an answer of 400 that speak of the token.
    """

    vendor: str
    base: str
    network: Network
    token: str = field(repr=False)
    credential: str
    permission: Text
    bad_token: frozenset[int] = frozenset()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        again: bool = False,
        absent: bool = False,
    ) -> Any:
        """Return the JSON that the vendor answers, or ``None`` for an empty answer.

        Takes and raises what ``reply`` does.
        """
        reply = self.reply(
            method,
            path,
            body=body,
            headers=headers,
            token=token,
            again=again,
            absent=absent,
        )
        return None if reply is None else _decoded(reply)

    def reply(
        self,
        method: str,
        path: str,
        *,
        body: bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        again: bool = False,
        absent: bool = False,
    ) -> Reply | None:
        """Return the answer as it came, for vendors that do not always answer JSON.

        A mapping is sent as JSON. *again* says that the call may be repeated; reads
        always may. With *absent*, 404 is ``None``. *token* replaces the usual one, for
        vendors that hand out one for an upload. Raises ``CredentialsRefused`` (401,
        403), ``Rejected`` (other 4xx), ``Unavailable``, or ``Unknown`` when a write
        that may not be repeated lost its answer.
        """
        sent, kind = _encoded(body)
        known = {"Authorization": f"Bearer {token or self.token}", **kind}
        reply = self._tried(
            method,
            path,
            {**known, **(headers or {})},
            sent,
            repeatable=again or method in ("GET", "HEAD"),
        )
        if reply.status == 404 and absent:
            return None
        if reply.status >= 400:
            raise self._refused(method, path, reply)
        return reply

    def _tried(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        repeatable: bool,
    ) -> Reply:
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES
            pause = _PAUSE * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - jitter
            try:
                reply = ask(
                    self.base + path,
                    network=self.network,
                    method=method,
                    headers=headers,
                    body=body,
                    deadline=deadline.left(
                        _ONE_CALL + timedelta(seconds=len(body) / _SLOWEST)
                    ),
                    cap=_CAP,
                )
            except FetchFailed as failed:
                never_sent = failed.kind in NEVER_SENT
                if last or not (repeatable or never_sent) or _too_long(pause):
                    raise self._lost(failed, known=repeatable or never_sent) from failed
            else:
                failed_there = reply.status >= 500 or reply.truncated
                may = reply.status == 429 or (repeatable and failed_there)
                pause = max(pause, _asked_to_wait(reply))
                if last or not may or _too_long(pause):
                    return reply
            time.sleep(pause.total_seconds())
        raise AssertionError

    def _lost(self, failed: FetchFailed, *, known: bool) -> AdapterError:
        error = Unavailable if known else Unknown
        return error(
            T("{vendor} does not answer: {why}",
              vendor=self.vendor, why=failed.detail or failed.kind.value),
            next=T("deploy again; the other hosts were not held up"),
        )  # fmt: skip

    def _refused(
        self, method: str, path: str, reply: Reply
    ) -> AdapterError | CredentialsRefused:
        said = _said(reply)
        spoken_of = reply.status == 400 and _code(reply) in self.bad_token
        if spoken_of or reply.status in (401, 403):
            return CredentialsRefused(
                T("{vendor} refuses {credential}: {said}",
                  vendor=self.vendor, credential=self.credential, said=said),
                next=T("give it a token that may: {permission}",
                       permission=self.permission),
            )  # fmt: skip
        what: Text = T(
            "{vendor} answers {status} to {call}: {said}",
            vendor=self.vendor,
            status=reply.status,
            call=f"{method} {path.partition('?')[0]}",  # a query can be long, or secret
            said=said,
        )
        if reply.status == 429 or reply.status >= 500:
            return Unavailable(what, next=_when(_asked_to_wait(reply)))
        return Rejected(what)


def _too_long(pause: timedelta) -> bool:
    """Return whether *pause* is more than anybody, or this very caller, waits."""
    return pause > _LONGEST_PAUSE or pause > deadline.left(pause)


def _encoded(
    body: bytes | Mapping[str, Any] | None,
) -> tuple[bytes, Mapping[str, str]]:
    if body is None:
        return b"", {}
    if isinstance(body, bytes):
        return body, {"Content-Type": "application/octet-stream"}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _decoded(reply: Reply) -> Any:
    if not reply.body.strip():
        return None
    try:
        return json.loads(reply.body)
    except ValueError as error:
        raise Unavailable(T("the answer is not JSON, or was cut")) from error


def _when(asked: timedelta) -> Text:
    if not asked:
        return T("try again in a few minutes")
    return T("try again in {seconds} s", seconds=round(asked.total_seconds()))


def _asked_to_wait(reply: Reply) -> timedelta:
    """Return for how long the server wants to be left alone.

    By ``Retry-After`` (RFC 9110 section 10.2.3), or the moment in ``X-RateLimit-Reset``
    that Netlify and GitHub give, as seconds since 1970. Moments are compared with the
    server's own ``Date``, for our clock may be wrong.
    """
    now = retry_after.date(reply.header("date")) or datetime.now(UTC)
    asked = retry_after.asked(reply.header("retry-after"), now)
    if asked or reply.status != 429:
        return asked
    return retry_after.until(retry_after.epoch(reply.header("x-ratelimit-reset")), now)


def _code(reply: Reply) -> int | None:
    """Return the vendor's number of what is wrong, where there is one."""
    try:
        return int(json.loads(reply.body)["errors"][0]["code"])
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def _said(reply: Reply) -> str:
    """Return the vendor's own words, short enough for a terminal."""
    text = reply.body.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except ValueError:
        return text[:200]
    if not isinstance(found, dict):
        return text[:200]
    errors = found.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        found = errors[0]
    return str(found.get("message") or found.get("error") or text)[:200]
