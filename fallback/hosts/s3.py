"""A bucket behind an S3 API: Amazon's, or any other's by ``endpoint``.

Only keys of our own are ever asked for, so a bucket full of somebody else's files costs
nothing. Everything that decides what is to be written is asked at once, in one round
trip. Every write is tied to what was seen then: of two publishes at the same moment the
newer words stay, wherever the server knows conditions. Retries and time-outs:
``fallback.wire.s3_rest``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Literal

from attrs import define, field, frozen

from fallback.core.capabilities import Capabilities
from fallback.core.config import Config, SecretRef
from fallback.core.errors import FallbackError, PartlyDone, Unavailable
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest, Receipt
from fallback.core.publishing import FRONT, LEFTOVERS, Manifest, is_safe, outdated
from fallback.core.text import T, Text
from fallback.wire import cloudfront, publishing
from fallback.wire.aws import Login, log_in
from fallback.wire.parallel import each
from fallback.wire.s3 import Bucket, Outrun, Unconditional, open_bucket, same_body
from fallback.wire.s3_api import ABSENT, WIDTH, Held, Listed, Parcel, Place, Stamp

_OWN = "_fallback/"
_A_PART = 900
"""How many keys of ours one listing is to cover; a page holds 1000."""
_AT_WORK = timedelta(seconds=15)
"""Whoever wrote an object so lately, and no manifest since, may still be at work."""
_TURNS = 5
"""How often one object is tried while others write it at the same moment."""


@frozen
class Settings:
    """What ``[[hosts]]`` with ``kind = "s3"`` takes.

    ``distribution`` is the CloudFront one in front of the bucket. ``website`` is what
    ``setup`` makes: the bucket's own website in its stead; by default where there is an
    ``endpoint``, because only Amazon has CloudFront.
    """

    bucket: str
    region: str = ""
    endpoint: str = ""
    prefix: str = ""
    distribution: str = ""
    website: bool | None = None
    access_key: SecretRef | None = None
    secret_key: SecretRef | None = None
    session_token: SecretRef | None = None
    owner: str = ""
    transport: Literal["direct", "boto3"] = "direct"

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield what is wrong beyond the types, as (key, sentence)."""
        if not self.bucket:
            yield "bucket", T("the bucket has no name")
        if self.prefix.strip("/") and not is_safe(self.prefix.strip("/")):
            yield "prefix", T("a prefix is a path such as shop/page")
        if self.endpoint and not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")
        if self.distribution and not cloudfront.is_id(self.distribution):
            yield "distribution", T("a distribution's id looks like E1QXVPK0EXAMPLE")
        if self.distribution and self.website:
            yield "website", T("a bucket with a distribution needs no website")
        if (self.access_key is None) != (self.secret_key is None):
            key = "secret_key" if self.secret_key is None else "access_key"
            yield key, T("access_key and secret_key are given together or not at all")
        if self.session_token is not None and self.access_key is None:
            yield "session_token", T("a session token belongs to an access_key")
        if self.owner and not (self.owner.isdecimal() and len(self.owner) == 12):
            yield "owner", T("an owner is an AWS account: 12 digits")


def connect(settings: Settings, config: Config) -> "S3Host":
    """Return the host, its secrets revealed. Raises ``CredentialsRefused``."""
    place = Place(
        settings.bucket,
        settings.region,
        settings.endpoint,
        settings.access_key,
        settings.secret_key,
        settings.session_token,
        settings.owner,
        settings.transport,
    )
    prefix = settings.prefix.strip("/")
    edges = Edges(settings, config) if settings.distribution else None
    return S3Host(open_bucket(place, config), f"{prefix}/" if prefix else "", edges)


def login(settings: Settings) -> Login:
    """Return how to call what stands beside the bucket: the same key, the same door."""
    return Login(
        settings.region,
        settings.endpoint,
        settings.access_key,
        settings.secret_key,
        settings.session_token,
    )


@frozen
class Edges:
    """The places all over the world where CloudFront keeps what it gave a visitor."""

    settings: Settings
    config: Config

    def forget(self, site: BuiltSite) -> None:
        """Make them ask for *site*; raises ``PartlyDone``, for it is published already.

        Without it they ask by themselves: what we publish may be kept for 30 s.
        """
        try:
            aws = log_in(login(self.settings), self.config)
            cloudfront.invalidate(aws, self.settings.distribution, site.build_id)
        except FallbackError as error:
            raise PartlyDone(
                T("published, but CloudFront was not told: {why}", why=error.what),
                customers_see=T("the page before this one for half a minute at most,"
                                " then the new one"),
                next=error.next,
            ) from error  # fmt: skip


@frozen
class S3Host:
    """See ``fallback.core.ports.Host``. ``prefix`` is empty or ends with a slash."""

    bucket: Bucket
    prefix: str
    edges: Edges | None = None
    _published: list[BuiltSite] = field(factory=list, repr=False, eq=False)

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``.

        A bucket's website, and no more, where what is missing is forbidden to whoever
        may not list the bucket; or a distribution as ``setup`` makes it
        (``fallback.wire.distribution``). One that was made by hand may answer
        otherwise, which is why it is measured.
        """
        if self.edges is not None:
            return Capabilities(
                front=503, deep=503, post=503, retry_after=True, tls_ahead=True
            )
        return Capabilities(
            front=200, deep=403, post=405, retry_after=False, tls_ahead=False
        )

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        self._published.clear()
        shelf = _BucketShelf(self.bucket, self.prefix, site)
        receipt = publishing.publish(site, shelf)
        if shelf.contended:  # what the other one wrote before it gave in is put right
            _BucketShelf(self.bucket, self.prefix, site).mend()
        self._published.append(site)
        if self.edges is not None and receipt.written:
            self.edges.forget(site)
        return receipt

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``.

        What this very host published a moment ago is proven by the server's own tags,
        and need not travel again.
        """
        known = self._published[0] if self._published else None
        return publishing.read_back(_Reading(self.bucket, self.prefix, known))


@define
class _Reading:
    """See ``fallback.wire.publishing.Readable``. ``known`` is what may be there."""

    bucket: Bucket
    prefix: str
    known: BuiltSite | None
    _proven: dict[str, bytes] | None = None

    def get(self, path: str) -> bytes | None:
        if self._proven is None:
            return self._first(path)
        if path in self._proven:
            return self._proven[path]
        return self.bucket.get(self.prefix + path)

    def _first(self, path: str) -> bytes | None:
        """Read *path*, the manifest, and list what is known at the same time."""
        files = self.known.files if self.known else ()
        listed: dict[str, Listed] = {}
        ahead = _read_ahead(self.bucket, self.prefix, files, (path,), listed)
        self._proven = {
            file.path: file.body
            for file in files
            if (found := listed.get(file.path)) and same_body(found.etag, file.body)
        }
        return ahead[path]


def _read_ahead(
    bucket: Bucket,
    prefix: str,
    files: Sequence[BuiltFile],
    paths: Sequence[str],
    listed: dict[str, Listed],
) -> dict[str, bytes | None]:
    """Return the bodies at *paths*, and fill *listed* with *files*, all at once.

    Our own folder is listed as a whole, in parts that end at keys which should be
    there; each file outside it is asked for by name.
    """
    bodies: dict[str, bytes | None] = {}

    def read(path: str) -> None:
        bodies[path] = bucket.get(prefix + path)

    def keep(ask: Callable[[], Mapping[str, Listed]]) -> None:
        listed.update((k.removeprefix(prefix), v) for k, v in ask().items())

    asks: list[Callable[[], None]] = [partial(read, path) for path in paths]
    asks += [
        partial(keep, partial(bucket.look_up, prefix + file.path))
        for file in files
        if not file.path.startswith(_OWN)
    ]
    asks += [
        partial(keep, partial(bucket.list, prefix + _OWN, after=after, until=until))
        for after, until in _parts([prefix + file.path for file in files])
    ]
    each(lambda ask: ask(), asks, width=WIDTH)
    return bodies


def _parts(keys: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield (behind, up to) of listings that together hold everything of ours."""
    if not keys:
        return
    ends = [key for key in sorted(keys, key=str.encode) if f"/{_OWN}" in f"/{key}"]
    marks = ends[_A_PART::_A_PART]
    yield from zip(["", *marks], [*marks, None], strict=True)


@define
class _BucketShelf:
    """See ``fallback.wire.publishing.Shelf``."""

    bucket: Bucket
    prefix: str
    site: BuiltSite
    _listed: dict[str, Listed] = field(factory=dict)
    _ahead: dict[str, bytes | None] | None = None
    _ended: Stamp | None = None
    _conditional: bool = True
    contended: bool = False

    def get(self, path: str) -> bytes | None:
        """Return what is there now; the very first look brings several answers."""
        if self._ahead is None:
            self.bucket.client.expect(min(WIDTH, len(self.site.files)))
            self._ahead = _read_ahead(
                self.bucket,
                self.prefix,
                self.site.files,
                (MANIFEST, LEFTOVERS),
                self._listed,
            )
            self._ended = _stamp(self._ahead[MANIFEST])
        if path in self._ahead:
            return self._ahead.pop(path)
        if path == FRONT and path not in self._listed:
            return None
        return self.bucket.get(self.prefix + path)

    def intact(self, files: Sequence[BuiltFile]) -> Collection[str]:
        """Compare bodies by their tags, and headers by age.

        A listing shows no headers. An object younger than the manifest was written by
        a publish that did not finish, or by somebody else, so its headers are unknown.
        """
        manifest = self._listed.get(MANIFEST)
        return {
            file.path
            for file in files
            if (found := self._listed.get(file.path)) is not None
            and same_body(found.etag, file.body)
            and manifest is not None
            and found.modified <= manifest.modified
        }

    def put(self, files: Sequence[BuiltFile]) -> None:
        each(self._put, files, width=WIDTH)

    def mend(self) -> None:
        """Write anew what is not as the site has it, and then the manifest."""
        self.get(MANIFEST)
        intact = self.intact(self.site.files)
        wrong = [file for file in self.site if file.path not in intact]
        if wrong:
            self.put([file for file in wrong if file.path != MANIFEST])
            self.put([self.site.file(MANIFEST)])

    def _put(self, file: BuiltFile) -> None:
        """Write *file* over what was seen there, and over nothing newer.

        Raises ``Refused`` when a newer publish has written it meanwhile.
        """
        parcel = Parcel(
            self.prefix + file.path,
            file.body,
            file.content_type,
            file.cache_control,
            Stamp(self.site.sequence, self.site.build_id),
        )
        condition = self._condition(file.path, parcel)
        for _ in range(_TURNS):
            try:
                self.bucket.put(parcel, condition if self._conditional else None)
            except Unconditional:
                self._conditional = False
            except Outrun:
                there = self.bucket.head(parcel.key)
                if there is not None and _is(there, parcel):
                    return  # the answer to an earlier try was lost
                before, condition = condition, self._over(there, parcel, live=True)
                if condition == before:
                    self._conditional = False  # it reads our condition otherwise
            else:
                return
        raise _others(parcel)

    def _condition(self, path: str, parcel: Parcel) -> str:
        """Return what must be at *path* until *parcel* comes; raises ``Refused``.

        What is older than the manifest belongs to a publish that has ended, and that
        was no newer than ours. Anything else may be a newer one's that is under way.
        """
        seen, manifest = self._listed.get(path), self._listed.get(MANIFEST)
        if seen is None:
            return ABSENT
        if path == MANIFEST or (manifest and seen.modified < manifest.modified):
            return seen.etag
        return self._over(self.bucket.head(parcel.key), parcel, live=False)

    def _over(self, there: Held | None, parcel: Parcel, *, live: bool) -> str:
        """Return the condition to write *parcel* over *there*; raises ``Refused``.

        Of two publishes of one moment that meet, the same one always gives in, and
        raises ``Unavailable``; one that may have died makes way for whoever comes.
        """
        if there is None:
            return ABSENT
        if there.stamp.sequence > parcel.stamp.sequence:
            raise outdated()
        if there.stamp == self._ended:
            return there.etag
        live = live or there.age < _AT_WORK
        if live and there.stamp > parcel.stamp:
            raise _others(parcel)
        self.contended = self.contended or (
            live and there.stamp.build != parcel.stamp.build
        )
        return there.etag

    def remove(self, paths: Sequence[str]) -> Collection[str]:
        kept = self.bucket.delete([self.prefix + path for path in paths])
        return [key.removeprefix(self.prefix) for key in kept]


def _stamp(manifest: bytes | None) -> Stamp | None:
    """Return which publish the manifest says has ended there."""
    held = Manifest.peek(manifest or b"")
    return Stamp(held.sequence, held.build) if held else None


def _others(parcel: Parcel) -> Unavailable:
    return Unavailable(
        T("others are writing {key} at the same moment", key=parcel.key),
        customers_see=T("the page that was there before, or theirs"),
        next=T("deploy again in a minute"),
    )


def _is(there: Held, parcel: Parcel) -> bool:
    return (
        same_body(there.etag, parcel.body)
        and there.stamp == parcel.stamp
        and there.content_type == parcel.content_type
        and there.cache_control == parcel.cache_control
    )
