"""A bucket behind an S3 API: Amazon's, or any other's by ``endpoint``.

Only keys of our own are ever asked for, so a bucket full of somebody else's files costs
nothing. Everything that decides what is to be written is asked at once, in one round
trip. Every write is tied to what was seen then: of two publishes at the same moment the
newer words stay, wherever the server knows conditions. Retries and time-outs:
``fallback.wire.s3.rest``.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import field, frozen

from fallback.core.errors import FallbackError, Refused
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.model import MANIFEST, BuiltSite, Digest, Receipt, Spot
from fallback.core.text import T
from fallback.wire import publishing
from fallback.wire.deadline import left
from fallback.wire.s3.api import Parcel, Stamp
from fallback.wire.s3.bucket import Bucket
from fallback.wire.s3.shelf import BucketReading, BucketShelf, PerhapsAtWorkError

if TYPE_CHECKING:
    from fallback.wire.aws.edges import Edges

_WAITS = 3
"""How often whoever may be at work is waited for, before that is the answer."""


@frozen
class S3Host:
    """See ``fallback.core.ports.Host``. ``prefix`` is empty or ends with a slash.

    ``foreign``: the bucket is not Amazon's.
    """

    bucket: Bucket
    prefix: str
    edges: "Edges | None" = None
    foreign: bool = False
    _published: list[BuiltSite] = field(factory=list, repr=False, eq=False)

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``.

        Of Amazon a bucket's website, where what is missing is forbidden to whoever may
        not list the bucket; or a distribution as ``setup`` makes it
        (``fallback.wire.aws.distribution``). One that was made by hand may answer
        otherwise, which is why it is measured. Of whoever else speaks S3 nothing is
        known: some have no website at all, some answer 404, some have certificates.
        """
        if self.edges is not None:
            return Capabilities(
                front=503, deep=503, post=503, retry_after=True, tls_ahead=True
            )
        if self.foreign:
            return Capabilities()
        return Capabilities(
            front=200, deep=403, post=405, retry_after=False, tls_ahead=False
        )

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        self._published.clear()
        receipt = self._written_in_turn(site)
        self._published.append(site)
        if self.edges is not None and receipt.written:
            self.edges.forget(site, receipt)
        return receipt

    def _written(self, site: BuiltSite) -> Receipt:
        """Write what has changed; raises as ``publish``, or ``PerhapsAtWorkError``."""
        shelf = BucketShelf(self.bucket, self.prefix, site)
        try:
            receipt = publishing.publish(site, shelf)
        except Refused as refused:
            older: Sequence[str] = ()
            with suppress(FallbackError):  # the refusal says more than a failed look
                older = shelf.left_behind()
            if older:
                raise _mixed(older) from refused
            raise
        if shelf.contended:  # what the other one wrote before it gave in is put right
            BucketShelf(self.bucket, self.prefix, site).mend()
        return receipt

    def _written_in_turn(self, site: BuiltSite) -> Receipt:
        """Write *site*, and wait for others who may be at work as long as they may be.

        Each wait is for one object, and others were written a moment after it.
        """
        for _ in range(_WAITS):
            try:
                return self._written(site)
            except PerhapsAtWorkError as other:
                self._wait_for(other)
        return self._written(site)

    def _wait_for(self, other: PerhapsAtWorkError) -> None:
        """Wait until the *other* publish has ended, which raises, or looks dead.

        One that was killed, such as the one that had the same words with a slip in
        them, must not turn its own successor away; one that is alive wins.
        """
        before = self._ended()
        if left(other.quiet_in) < other.quiet_in:
            raise other
        time.sleep(other.quiet_in.total_seconds())
        if self._ended() != before:
            raise other

    def _ended(self) -> bytes | None:
        return self.bucket.get(self.prefix + MANIFEST)

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``.

        What this very host published a moment ago is proven by the server's own tags,
        and need not travel again.
        """
        known = self._published[0] if self._published else None
        return publishing.read_back(BucketReading(self.bucket, self.prefix, known))

    def beside(self, path: str) -> Spot | None:
        """See ``fallback.core.ports.Roomy.beside``."""
        manifest = self._ended()
        return None if manifest is None else publishing.spot(manifest, path)

    def lay(self, spot: Spot, body: bytes) -> None:
        """See ``fallback.core.ports.Roomy.lay``."""
        key, plain = self.prefix + spot.at, "text/plain; charset=utf-8"
        self.bucket.put(Parcel(key, body, plain, "no-store", Stamp.parse(None)))

    def lift(self, spot: Spot) -> None:
        """See ``fallback.core.ports.Roomy.lift``."""
        if self.bucket.delete([self.prefix + spot.at]):
            raise publishing.not_lifted(spot.at)


def _mixed(paths: Sequence[str]) -> Refused:
    return Refused(
        T("a newer page was published there meanwhile, and this older one left {paths}"
          " beside it", paths=", ".join(paths)),
        customers_see=T("the newer page, with older words in {paths}",
                        paths=", ".join(paths)),
        next=T("fetch the newest words and deploy again: that puts it right"),
    )  # fmt: skip
