"""Cloudflare's own SDK, carried by our own HTTP: one deadline, a size cap, one token.

Left to itself the SDK sends a write three times, waits for a dripping answer for ever,
lets a proxy or ``CLOUDFLARE_EMAIL`` of the environment decide who is asking, and trusts
other authorities than the rest of the product. So it only spells the calls and reads
the answers here; ``fallback.wire.web.http`` carries them, once. Reads are repeated by
``Desk.read``, with jitter; a write never is.

The SDK is an extra of 105 MB that takes a second to import: it is imported inside.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from attrs import field, frozen

from fallback.core.config import Network
from fallback.core.errors import (
    AdapterError,
    Conflict,
    CredentialsRefused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.text import T, Text
from fallback.wire.web import http, retry_after

if TYPE_CHECKING:
    import httpx

R = TypeVar("R")

ENDPOINT = "https://api.cloudflare.com/client/v4"
INSTALL = 'pip install ".[cloudflare]"'
_DEADLINE = timedelta(seconds=15)
_CAP = 4 * 1024 * 1024
_READS = 3
_PAUSE = timedelta(milliseconds=500)
_LONGEST_PAUSE = timedelta(seconds=20)

_BAD_TOKEN = frozenset({6003, 6111, 9109, 10000, 10001})
"""Invalid request headers, invalid format of Authorization, invalid access token,
authentication error, unable to authenticate: some of them come with status 400."""
_SOMEBODY_FASTER = frozenset({81044, 81053, 81054, 81057, 81058})
"""The record does not exist; an A, AAAA or CNAME, a CNAME, the same, an identical
record already exists (``dns/manage-dns-records/troubleshooting``)."""

_OURS = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "connection"}
    | {"content-length", "authorization", "x-auth-email", "x-auth-key"}
    | {"x-auth-user-service-key"}
)
"""Headers of a request that are not the SDK's to decide, or the environment's."""


def token_url() -> str:
    """Return where a fitting token is made, the form being filled in already.

    Source, below developers.cloudflare.com:
    ``fundamentals/api/how-to/account-owned-token-template``
    """
    keys = [{"key": "dns", "type": "edit"}, {"key": "zone", "type": "read"}]
    form = quote(json.dumps(keys, separators=(",", ":")))
    at = "https://dash.cloudflare.com/profile/api-tokens"
    return f"{at}?permissionGroupKeys={form}&accountId=*&zoneId=all&name=fallback"


def opened(token: str, endpoint: str, network: Network) -> Any:
    """Return the SDK's client. Raises ``Rejected`` where it is not installed."""
    try:
        import cloudflare
        import httpx
    except ImportError as error:
        raise Rejected(
            T("the provider {kind} needs the package {package}",
              kind="cloudflare", package="cloudflare"),
            next=T("run in the program's clone: {command}", command=INSTALL),
        ) from error  # fmt: skip

    class Carrier(httpx.BaseTransport):
        """Sends requests by ``fallback.wire.web.http``, with our token and no other."""

        def handle_request(self, request: "httpx.Request") -> "httpx.Response":
            return _carried(request, token, network)

    # no redirect is followed: the token belongs to this one address
    carried = httpx.Client(transport=Carrier(), follow_redirects=False, trust_env=False)
    return cloudflare.Cloudflare(
        api_token=token, base_url=endpoint, max_retries=0, http_client=carried
    )


def _carried(
    request: "httpx.Request", token: str, network: Network
) -> "httpx.Response":
    import httpx

    url = str(request.url)
    kept = {k: v for k, v in request.headers.items() if k.lower() not in _OURS}
    reply = http.ask(
        url,
        network=network,
        method=request.method,
        headers={**kept, "Authorization": f"Bearer {token}"},
        body=request.read(),
        deadline=_DEADLINE,
        cap=_CAP,
    )
    if reply.truncated:
        raise http.FetchFailed(url, http.FailureKind.RESET, "the answer was cut")
    return httpx.Response(
        reply.status, headers=list(reply.headers), content=reply.body, request=request
    )


@frozen
class Desk:
    """One zone's conversation with Cloudflare, in our errors.

    ``credential`` is how a person finds the token (``env:CLOUDFLARE_API_TOKEN``).
    """

    client: Any = field(repr=False)
    credential: str
    zone: str

    def read(self, call: Callable[[], R], permission: str) -> R:
        """Return what *call* does, tried three times; it must change nothing.

        *permission* is what the token needs for it. Raises ``Unavailable``,
        ``Rejected`` or ``CredentialsRefused``.
        """
        for attempt in range(1, _READS + 1):
            try:
                return call()
            except Exception as error:  # the SDK lets pydantic's and json's through
                said = self._outcome(error, permission)
                if not isinstance(said, Unavailable | Unknown):
                    raise said from error
                pause = _PAUSE * 2**attempt * random.uniform(0.5, 1)  # noqa: S311
                pause = max(pause, _asked_to_wait(error))
                if attempt == _READS or pause > _LONGEST_PAUSE:
                    raise Unavailable(said.what, next=said.next) from error
            time.sleep(pause.total_seconds())
        raise AssertionError

    def write(self, call: Callable[[], R], permission: str) -> R:
        """Return what *call* does, done once.

        Raises ``Unavailable`` (not carried out), ``Conflict``, ``Rejected``,
        ``CredentialsRefused``, or ``Unknown`` when the answer was lost.
        """
        try:
            return call()
        except Exception as error:  # as above
            raise self._outcome(error, permission) from error

    def _outcome(
        self, error: Exception, permission: str
    ) -> AdapterError | CredentialsRefused:
        import cloudflare

        if isinstance(error, cloudflare.APIStatusError):
            return self._answered(error, permission)
        cause = error.__cause__
        if isinstance(cause, http.FetchFailed):
            why = cause.detail or cause.kind.value
            kind = Unavailable if cause.kind in http.NEVER_SENT else Unknown
            return kind(T("Cloudflare does not answer: {why}", why=why))
        return Unknown(T("Cloudflare's answer cannot be read: {why}", why=repr(error)))

    def _answered(
        self, error: Any, permission: str
    ) -> AdapterError | CredentialsRefused:
        """Return what an answer with an error status means."""
        status, codes = error.status_code, {each.code for each in error.errors}
        words = "; ".join(f"{e.message} ({e.code})" for e in error.errors)
        what = T(
            "Cloudflare answers {status} for the zone {zone}: {said}",
            status=status,
            zone=self.zone,
            said=(words or str(error.message))[:200],
        )
        if status in (401, 403) or codes & _BAD_TOKEN:
            return self._refused(what, permission)
        if codes & _SOMEBODY_FASTER:
            return Conflict(
                what,
                customers_see=T("no change: nothing was written"),
                next=T("run the same command again: it looks before it acts"),
            )
        if status == 429:
            return Unavailable(what, next=_when(_asked_to_wait(error)))
        if status >= 500:
            return Unknown(what)
        return Rejected(what, customers_see=T("no change: nothing was written"))

    def _refused(self, what: Text, permission: str) -> CredentialsRefused:
        return CredentialsRefused(
            what,
            customers_see=T("no change: nothing was written"),
            next=T(
                "{credential} lacks {permission}: make a token with Zone:Read and"
                " DNS:Edit for {zone} at {url}",
                credential=self.credential,
                permission=permission,
                zone=self.zone,
                url=token_url(),
            ),
        )


def _asked_to_wait(error: Exception) -> timedelta:
    """Return for how long Cloudflare wants to be left alone (``Retry-After``)."""
    response = getattr(error, "response", None)
    if response is None:
        return timedelta()
    now = retry_after.date(response.headers.get("date", ""))
    return retry_after.asked(response.headers.get("retry-after", ""), now)


def _when(asked: timedelta) -> Text:
    if not asked:
        return T("try again in a few minutes")
    return T("try again in {seconds} s", seconds=round(asked.total_seconds()))
