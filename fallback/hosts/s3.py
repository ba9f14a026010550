"""A bucket behind an S3 API: Amazon's, or any other's by ``endpoint``.

Only keys of our own are ever asked for, so a bucket full of somebody else's files costs
nothing. Retries and time-outs: ``fallback.wire.s3``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import frozen

from fallback.core.capabilities import Capabilities
from fallback.core.config import Config, SecretRef
from fallback.core.errors import FallbackError, PartlyDone
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest, Receipt
from fallback.core.publishing import is_safe
from fallback.core.text import T, Text
from fallback.wire import cloudfront, publishing
from fallback.wire.aws import Login, log_in
from fallback.wire.parallel import each
from fallback.wire.s3 import WIDTH, Bucket, Listed, Place, open_bucket, same_body

_OWN = "_fallback/"


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


def connect(settings: Settings, config: Config) -> "S3Host":
    """Return the host, its secrets revealed. Raises ``CredentialsRefused``."""
    place = Place(
        settings.bucket,
        settings.region,
        settings.endpoint,
        settings.access_key,
        settings.secret_key,
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

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``.

        A bucket's website, and no more; or a distribution as ``setup`` makes it
        (``fallback.wire.distribution``). One that was made by hand may answer
        otherwise, which is why it is measured.
        """
        if self.edges is not None:
            return Capabilities(
                front=503, deep=503, post=503, retry_after=True, tls_ahead=True
            )
        return Capabilities(
            front=200, deep=404, post=405, retry_after=False, tls_ahead=False
        )

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        receipt = publishing.publish(site, _BucketShelf(self.bucket, self.prefix))
        if self.edges is not None and receipt.written:
            self.edges.forget(site)
        return receipt

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``."""
        return publishing.read_back(_BucketShelf(self.bucket, self.prefix))


@frozen
class _BucketShelf:
    """See ``fallback.wire.publishing.Shelf``."""

    bucket: Bucket
    prefix: str

    def get(self, path: str) -> bytes | None:
        return self.bucket.get(self.prefix + path)

    def intact(self, files: Sequence[BuiltFile]) -> Collection[str]:
        """Compare bodies by their tags, and headers by age.

        A listing shows no headers. An object younger than the manifest was written by
        a publish that did not finish, or by somebody else, so its headers are unknown.
        """
        there = self._listed(files)
        manifest = there.get(MANIFEST)
        return {
            file.path
            for file in files
            if (found := there.get(file.path)) is not None
            and same_body(found.etag, file.body)
            and manifest is not None
            and found.modified <= manifest.modified
        }

    def _listed(self, files: Sequence[BuiltFile]) -> dict[str, Listed]:
        """Ask for our own folder as a whole, and for each file outside it by name."""
        outside = [f.path for f in files if not f.path.startswith(_OWN)]

        def ask(path: str) -> dict[str, Listed]:
            return self.bucket.list(self.prefix + path, only=path != _OWN)

        return {
            key.removeprefix(self.prefix): listed
            for found in each(ask, [_OWN, *outside], width=WIDTH)
            for key, listed in found.items()
        }

    def put(self, files: Sequence[BuiltFile]) -> None:
        each(self._put, files, width=WIDTH)

    def _put(self, file: BuiltFile) -> None:
        self.bucket.put(
            self.prefix + file.path,
            file.body,
            content_type=file.content_type,
            cache_control=file.cache_control,
        )

    def remove(self, paths: Sequence[str]) -> Collection[str]:
        kept = self.bucket.delete([self.prefix + path for path in paths])
        return [key.removeprefix(self.prefix) for key in kept]
