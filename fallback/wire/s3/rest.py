"""The S3 calls over kept connections, signed by ourselves: a bucket without an SDK.

Loading boto3 takes longer than publishing a usual page, and each of its requests costs
several times as much (see ``bench``). https://docs.aws.amazon.com/AmazonS3/latest/API/
"""

import random
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from html import escape
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from attrs import define, field

from fallback import __version__
from fallback.core.clock import Clock
from fallback.wire import deadline
from fallback.wire.clock import SystemClock
from fallback.wire.s3.api import (
    ABSENT,
    STAMP,
    WIDTH,
    Held,
    Listed,
    Parcel,
    Refusal,
    Stamp,
    Tag,
)
from fallback.wire.s3.sigv4 import Key, Signer, encoded_path, encoded_query
from fallback.wire.web import retry_after
from fallback.wire.web.pool import Answer, Pool
from fallback.wire.web.unanswered import NoAnswer

TRIES = 3
"""How often a server may stay silent or be in trouble."""
TRIES_WHEN_BUSY = 5
"""How often it may ask for patience: R2 takes one write a second for each key."""

_PATIENCE = timedelta(seconds=60)
_PAUSE = timedelta(milliseconds=200)
_LONGEST_PAUSE = timedelta(seconds=5)
_TROUBLE = frozenset({429, 500, 502, 503, 504})
_BUSY = frozenset({429, 503})
_AGENT = f"fallback/{__version__}"
_CUSTOMERS_KEY = "x-amz-server-side-encryption-customer-algorithm"


@define
class RestClient:
    """See ``fallback.wire.s3.api.Client``. Safe to use from several threads.

    ``root`` is what stands before each key: a slash, or the bucket's name in slashes.
    ``keys`` returns the key in force, which a machine's role renews now and then.
    """

    pool: Pool
    root: str
    region: str
    keys: Callable[[], Key] = field(repr=False)
    owner: str = ""
    clock: Clock = field(factory=SystemClock)
    _signer: Signer | None = field(default=None, repr=False)

    def expect(self, count: int, *, perhaps: int = 0) -> None:
        """See ``Client.expect``."""
        count = min(count, WIDTH)
        self.pool.server.warm(count, perhaps=min(perhaps, WIDTH - count))

    def get(self, key: str) -> tuple[bytes, Tag]:
        """See ``Client.get``."""
        answer = self._ask("GET", key)
        return answer.body, _tag(answer.headers)

    def head(self, key: str) -> Held:
        """See ``Client.head``."""
        said = self._ask("HEAD", key).headers
        return Held(
            said.get("etag", "").strip('"'),
            said.get("content-type", ""),
            said.get("cache-control", ""),
            Stamp.parse(said.get(f"x-amz-meta-{STAMP}")),
            age(said),
        )

    def put(self, parcel: Parcel, md5: str, condition: str | None) -> Tag:
        """See ``Client.put``.

        A tag to match is sent without quotes, as Amazon's pages show it and as older
        Ceph insists.
        """
        headers = {
            "Content-Type": parcel.content_type,
            "Cache-Control": parcel.cache_control,
            "Content-MD5": md5,
            **{f"x-amz-meta-{name}": said for name, said in parcel.metadata.items()},
        }
        if condition == ABSENT:
            headers["If-None-Match"] = ABSENT
        elif condition is not None:
            headers["If-Match"] = condition
        said = self._ask("PUT", parcel.key, headers=headers, body=parcel.body).headers
        return _tag(said)

    def list(
        self, prefix: str, after: str, most: int
    ) -> tuple[Mapping[str, Listed], bool]:
        """See ``Client.list``."""
        query = {
            "list-type": "2",
            "encoding-type": "url",  # XML has no way to write every key
            "prefix": prefix,
            "max-keys": str(most),
            **({"start-after": after} if after else {}),
        }
        page = _result(self._ask("GET", "", query=query), "ListBucketResult")
        found = {
            unquote(_text(entry, "Key")): Listed(
                _text(entry, "ETag").strip('"'), _moment(_text(entry, "LastModified"))
            )
            for entry in page.iter("Contents")
        }
        return found, _text(page, "IsTruncated") == "true"

    def delete(self, keys: Sequence[str]) -> Sequence[str]:
        """See ``Client.delete``. The answer names refusals one by one, under a 200."""
        listed = "".join(
            f"<Object><Key>{escape(k, quote=False)}</Key></Object>" for k in keys
        )
        body = f"<Delete><Quiet>true</Quiet>{listed}</Delete>".encode()
        digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        headers = {"Content-MD5": digest, "Content-Type": "application/xml"}
        query = {"delete": ""}
        answer = self._ask("POST", "", query=query, headers=headers, body=body)
        refused = _result(answer, "DeleteResult").iter("Error")
        return [_text(each, "Key") for each in refused]

    def _ask(
        self,
        method: str,
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Ask until there is an answer that stands, within the caller's time."""
        path = encoded_path(self.root + key)
        asked = encoded_query(query or {})
        target = f"{path}?{asked}" if asked else path
        until = time.monotonic() + deadline.left(_PATIENCE).total_seconds()
        attempt = 0
        while True:
            attempt += 1
            signed = self._signed(method, path, asked, headers or {}, body)
            pause = min(_LONGEST_PAUSE, _PAUSE * 2**attempt)
            pause *= random.uniform(0.5, 1)  # noqa: S311 - jitter
            try:
                answer = self.pool.exchange(method, target, signed, body)
            except NoAnswer as failed:
                again = attempt < TRIES and not failed.untrusted
                if not again or time.monotonic() + pause.total_seconds() > until:
                    raise
            else:
                if answer.status < 300:
                    return answer
                pause = max(pause, _asked_to_wait(answer))
                tries = TRIES_WHEN_BUSY if answer.status in _BUSY else TRIES
                again = answer.status in _TROUBLE and attempt < tries
                if not again or time.monotonic() + pause.total_seconds() > until:
                    raise self._refusal(answer)
            time.sleep(pause.total_seconds())

    def _signed(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> dict[str, str]:
        key = self.keys()
        signer = self._signer
        if signer is None or signer.key != key:
            self._signer = signer = Signer(key, self.region)
        known = {"Host": self._host(), "User-Agent": _AGENT, **headers}
        if self.owner:
            known["x-amz-expected-bucket-owner"] = self.owner
        return signer.sign(method, path, query, known, body, self.clock.now())

    def _host(self) -> str:
        server = self.pool.server
        usual = 443 if server.secure else 80
        host = f"[{server.host}]" if ":" in server.host else server.host
        return host if server.port == usual else f"{host}:{server.port}"

    def _refusal(self, answer: Answer) -> Refusal:
        about = _parsed(answer.body)
        region = _text(about, "Region") or answer.headers.get("x-amz-bucket-region", "")
        return Refusal(
            answer.status,
            _text(about, "Code"),
            _text(about, "Message"),
            region,
            clocks(answer.headers.get("date", ""), self.clock.now()),
        )


def clocks(date: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the server's clock, as its header *date* has it, and ours."""
    server = retry_after.date(date)
    return (server, now) if server else None


def _tag(said: Mapping[str, str]) -> Tag:
    encrypted = said.get("x-amz-server-side-encryption", "AES256") != "AES256"
    is_md5 = not encrypted and _CUSTOMERS_KEY not in said
    return Tag(said.get("etag", "").strip('"'), is_md5)


def age(headers: Mapping[str, str]) -> timedelta:
    """Return how old an object was when the server sent *headers*; else very old."""
    made = retry_after.date(headers.get("last-modified", ""))
    now = retry_after.date(headers.get("date", ""))
    return now - made if made and now else timedelta.max


def _asked_to_wait(answer: Answer) -> timedelta:
    said = answer.headers
    now = retry_after.date(said.get("date", ""))
    return retry_after.asked(said.get("retry-after", ""), now)


def _result(answer: Answer, name: str) -> ET.Element:
    """Return the XML called *name* of a good answer; raises ``NoAnswer`` without it.

    A 200 may come from a captive portal, too.
    """
    root = _parsed(answer.body)
    if root.tag != name:
        raise NoAnswer("what answers does not speak S3")
    return root


def _parsed(body: bytes) -> ET.Element:
    """Return *body* without namespaces: Amazon's differs from everybody else's."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - the owner's own server
    except ET.ParseError:
        return ET.Element("nothing")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _moment(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError as error:
        raise NoAnswer("what answers does not speak S3") from error


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(name) or ""
