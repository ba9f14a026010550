"""A bucket as the shelf that a site is published to, see ``fallback.wire.publishing``.

Nothing here waits for one answer where it can ask for several at once, and no write is
made without saying what must be there until then.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from random import uniform

from attrs import define, field

from fallback.core.errors import Unavailable
from fallback.core.hosts.publishing import FRONT, LEFTOVERS, Manifest, outdated
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite
from fallback.core.text import T
from fallback.wire.parallel import each
from fallback.wire.s3.api import (
    ABSENT,
    FIRST_LOOKS,
    WIDTH,
    Held,
    Listed,
    Parcel,
    Stamp,
)
from fallback.wire.s3.bucket import Bucket, Outrun, Unconditional, tag_of

_OWN = "_fallback/"
_A_PART = 900
"""How many keys of ours one listing is to cover; a page holds 1000."""
AT_WORK = timedelta(seconds=15)
"""Whoever wrote an object so lately, and no manifest since, may still be at work."""
_TURNS = 5
"""How often one object is tried while others write it at the same moment."""
_PAUSE = timedelta(milliseconds=100)


class PerhapsAtWorkError(Unavailable):
    """Somebody else began a publish and has not ended it: at work still, or dead.

    *quiet_in* is when the difference will show.
    """

    def __init__(self, key: str, quiet_in: timedelta) -> None:
        told = _others(key)
        super().__init__(told.what, customers_see=told.customers_see, next=told.next)
        self.quiet_in = quiet_in


@define
class BucketReading:
    """See ``fallback.wire.publishing.Readable``. ``known`` is what may be there."""

    bucket: Bucket
    prefix: str
    known: BuiltSite | None
    _proven: dict[str, bytes] | None = None

    def get(self, path: str) -> bytes | None:
        """See ``fallback.wire.publishing.Readable.get``."""
        if self._proven is None:
            return self._first(path)
        if path in self._proven:
            return self._proven[path]
        return self.bucket.get(self.prefix + path)

    def _first(self, path: str) -> bytes | None:
        """Read *path*, the manifest, and list what is known at the same time."""
        files = self.known.files if self.known else ()
        listed: dict[str, Listed] = {}
        tags: dict[str, str] = {}
        ahead = _read_ahead(self.bucket, self.prefix, files, (path,), listed, tags)
        self._proven = {
            file.path: file.body
            for file in files
            if (found := listed.get(file.path)) and found.etag == tags[file.path]
        }
        return ahead[path]


def _read_ahead(
    bucket: Bucket,
    prefix: str,
    files: Sequence[BuiltFile],
    paths: Sequence[str],
    listed: dict[str, Listed],
    tags: dict[str, str],
) -> dict[str, bytes | None]:
    """Return the bodies at *paths*, and fill *listed* with *files*, all at once.

    Our own folder is listed as a whole, in parts that end at keys which should be
    there; each file outside it is asked for by name. While the answers are under way,
    *tags* is filled with what each of *files* should have.
    """
    bodies: dict[str, bytes | None] = {}

    def read(path: str) -> None:
        bodies[path] = bucket.get(prefix + path)

    def keep(ask: Callable[[], Mapping[str, Listed]]) -> None:
        listed.update((k.removeprefix(prefix), v) for k, v in ask().items())

    def digest() -> None:
        tags.update((file.path, tag_of(file.body)) for file in files)

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
    each(lambda ask: ask(), [*asks, digest], width=WIDTH)
    return bodies


def _parts(keys: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Yield (behind, up to) of listings that together hold everything of ours."""
    if not keys:
        return
    ends = [key for key in sorted(keys, key=str.encode) if f"/{_OWN}" in f"/{key}"]
    marks = ends[_A_PART::_A_PART]
    yield from zip(["", *marks], [*marks, None], strict=True)


@define
class BucketShelf:
    """See ``fallback.wire.publishing.Shelf``."""

    bucket: Bucket
    prefix: str
    site: BuiltSite
    _listed: dict[str, Listed] = field(factory=dict)
    _tags: dict[str, str] = field(factory=dict)
    _ahead: dict[str, bytes | None] | None = None
    _ended: Stamp | None = None
    _tags_tell: bool = True
    _conditional: bool = True
    _written: list[BuiltFile] = field(factory=list)
    contended: bool = False

    def get(self, path: str) -> bytes | None:
        """Return what is there now; the very first look brings several answers."""
        if self._ahead is None:
            several = min(len(self.site.files), WIDTH)
            self.bucket.client.expect(0, perhaps=several - FIRST_LOOKS)
            self._ahead = _read_ahead(
                self.bucket,
                self.prefix,
                self.site.files,
                (MANIFEST, LEFTOVERS),
                self._listed,
                self._tags,
            )
            manifest, listed = self._ahead[MANIFEST], self._listed.get(MANIFEST)
            self._ended = _stamp(manifest)
            if manifest and listed:
                self._tags_tell = listed.etag == tag_of(manifest)
        if path in self._ahead:
            return self._ahead.pop(path)
        if path == FRONT and path not in self._listed:
            return None
        return self.bucket.get(self.prefix + path)

    def intact(self, files: Sequence[BuiltFile]) -> Collection[str]:
        """Compare bodies by their tags, and headers by age.

        A listing shows no headers. An object younger than the manifest was written by
        a publish that did not finish, or by somebody else, so its headers are unknown.
        Where tags are no MD5s, as under a key of KMS, age has to do for both: the
        manifest that was just read gives it away.
        """
        manifest = self._listed.get(MANIFEST)
        return {
            file.path
            for file in files
            if (found := self._listed.get(file.path)) is not None
            and (found.etag == self._tags[file.path] or not self._tags_tell)
            and manifest is not None
            and found.modified <= manifest.modified
        }

    def put(self, files: Sequence[BuiltFile]) -> None:
        """See ``fallback.wire.publishing.Shelf.put``."""
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
        for turn in range(_TURNS):
            try:
                self.bucket.put(parcel, condition if self._conditional else None)
            except Unconditional:
                self._conditional = False
            except Outrun as outrun:
                there = self.bucket.head(parcel.key)
                if there is not None and _is(there, parcel):
                    return  # the answer to an earlier try was lost
                before, condition = condition, self._over(there, parcel, live=True)
                if outrun.under_way:  # what is there now is about to change
                    time.sleep(_PAUSE.total_seconds() * 2**turn * uniform(0.5, 1))  # noqa: S311 - jitter
                elif condition == before:
                    self._conditional = False  # it reads our condition otherwise
            else:
                self._written.append(file)
                return
        raise _others(parcel.key)

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
        if live and there.stamp > parcel.stamp:
            raise _others(parcel.key)
        if there.age < AT_WORK:
            if there.stamp > parcel.stamp:
                raise PerhapsAtWorkError(parcel.key, AT_WORK - there.age)
            live = True
        self.contended = self.contended or (
            live and there.stamp.build != parcel.stamp.build
        )
        return there.etag

    def left_behind(self) -> list[str]:
        """Return the paths of what this publish wrote beside a newer one's files.

        A newer publish does not touch what it need not change, so a write of ours that
        was held up on its way meets what it was tied to, and succeeds.
        """
        newer = Manifest.peek(self.bucket.get(self.prefix + MANIFEST) or b"")
        ours = [
            file
            for file in self._written
            if newer is not None
            and (facts := newer.files.get(file.path)) is not None
            and facts.digest != file.digest
        ]
        there = each(
            lambda file: self.bucket.head(self.prefix + file.path), ours, width=WIDTH
        )
        mine = Stamp(self.site.sequence, self.site.build_id)
        return sorted(
            file.path
            for file, held in zip(ours, there, strict=True)
            if held is not None and held.stamp == mine
        )

    def remove(self, paths: Sequence[str]) -> Collection[str]:
        """See ``fallback.wire.publishing.Shelf.remove``."""
        kept = self.bucket.delete([self.prefix + path for path in paths])
        return [key.removeprefix(self.prefix) for key in kept]


def _stamp(manifest: bytes | None) -> Stamp | None:
    """Return which publish the manifest says has ended there."""
    held = Manifest.peek(manifest or b"")
    return Stamp(held.sequence, held.build) if held else None


def _others(key: str) -> Unavailable:
    return Unavailable(
        T("others are writing {key} at the same moment", key=key),
        customers_see=T("the page that was there before, or theirs"),
        next=T("deploy again in a minute"),
    )


def _is(there: Held, parcel: Parcel) -> bool:
    return (
        there.etag == tag_of(parcel.body)
        and there.stamp == parcel.stamp
        and there.content_type == parcel.content_type
        and there.cache_control == parcel.cache_control
    )
