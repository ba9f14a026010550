"""What a publish may do to a host, as pure decisions: every kind of host obeys them.

The manifest that a host holds says what its last finished publish put there; nothing
else is ours. What a newer site no longer has stays for one generation, because a
visitor may hold the page that asks for it, and is remembered in a list beside the
manifest.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from attrs import frozen

from fallback.core.errors import Refused
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest
from fallback.core.text import T

FRONT = "index.html"
LEFTOVERS = "_fallback/leftovers.json"
"""Where a host remembers what the next publish deletes."""

BESIDE = "_fallback/ours-"
"""How the path of a file begins that lies beside a page for a moment, in no manifest
(``fallback.core.ports.Roomy``). Below ``_fallback/`` every host gives what lies there,
also by the rules that ``setup`` writes."""

SCHEMA = 1
_LAST_SEQUENCE = 253_402_300_799  # the last second of the year 9999
_OURS = re.compile(
    rb"""<meta\s[^>]*name=["']?generator["']?\s[^>]*fallback""", re.IGNORECASE
)
_HARMLESS = re.compile(r"[^\x00-\x1f\x7f\\:*?\"<>|]+")


@frozen
class Facts:
    """What a manifest says about one file: its body and its headers."""

    digest: Digest
    content_type: str
    cache_control: str

    @classmethod
    def of(cls, file: BuiltFile) -> "Facts":
        """Return what the manifest of a site with *file* says about it."""
        return cls(file.digest, file.content_type, file.cache_control)


@frozen
class Manifest:
    """What the last finished publish put on a host; it does not list itself.

    ``sequence`` is the moment of the words in seconds since 1970.
    """

    build: str
    sequence: int
    files: Mapping[str, Facts]

    @classmethod
    def peek(cls, body: bytes) -> "Manifest | None":
        """Return the manifest in *body* if this program can read it; never raises."""
        try:
            return cls.parse(body)
        except Refused:
            return None

    @classmethod
    def parse(cls, body: bytes | None) -> "Manifest | None":
        """Return the manifest in *body*; ``None`` if there is none that can be read.

        A manifest that is damaged counts as absent: everything is published anew. So
        does one whose sequence is no moment, for it would refuse every later page.
        Paths that could lead out of the host are dropped. Raises ``Refused`` for the
        manifest of a newer program.
        """
        found = _loaded(body, MANIFEST)
        try:
            files = {
                path: Facts(
                    Digest(str(about["sha256"])),
                    str(about.get("content_type", "")),
                    str(about.get("cache_control", "")),
                )
                for path, about in found["files"].items()
                if is_safe(path)
            }
            sequence = int(found["sequence"])
            if not 0 <= sequence <= _LAST_SEQUENCE:
                return None
            return cls(str(found["build"]), sequence, files)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            return None  # OverflowError: 1e400 is read as infinity


def parse_leftovers(body: bytes | None) -> tuple[str, ...]:
    """Return the paths that the list of leftovers in *body* names, damaged ones apart.

    Raises ``Refused`` for the list of a newer program.
    """
    paths = _loaded(body, LEFTOVERS).get("paths")
    if not isinstance(paths, list):
        return ()
    return tuple(path for path in paths if isinstance(path, str) and is_safe(path))


def leftovers_body(paths: Iterable[str]) -> bytes:
    """Return the list of leftovers that ``parse_leftovers`` reads."""
    listed = {"schema": SCHEMA, "paths": sorted(paths)}
    return json.dumps(listed, indent=1, sort_keys=True).encode() + b"\n"


def _loaded(body: bytes | None, name: str) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):  # a stranger may nest as deep as he likes
        return {}
    if not isinstance(found, dict):
        return {}
    schema = found.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise Refused(
            T("{file} was written by a newer fallback", file=name),
            customers_see=T("the page as that program published it"),
            next=T("update fallback on this machine"),
        )
    return found


def is_safe(path: str) -> bool:
    r"""Return whether *path* stays inside every host, Windows folders included.

    Relative, forward slashes, no dot segment, nothing that a file system reads as a
    drive, a stream or a pattern.
    """
    if not _HARMLESS.fullmatch(path) or len(path) > 900:
        return False
    return all(part not in ("", ".", "..") for part in path.split("/"))


def refuse_empty(site: BuiltSite) -> None:
    """Raise ``Refused`` for a build that would take the page away, or lead out."""
    front = [file for file in site.files if file.path == FRONT]
    whole = any(file.path == MANIFEST for file in site.files)
    if not front or not front[0].body.strip() or not whole:
        raise Refused(
            T("the build is empty, and an empty build is never published"),
            customers_see=T("no change: what is published stays"),
            next=T("run: fallback build, and look at what it says"),
        )
    for file in site.files:
        if not is_safe(file.path) or file.path == LEFTOVERS:
            raise Refused(
                T("a file of the site cannot be called {path}", path=file.path),
                customers_see=T("no change: what is published stays"),
                next=T("choose another name for it"),
            )


def refuse_older(site: BuiltSite, held: Manifest | None) -> None:
    """Raise ``Refused`` when the host *held* newer words than *site*'s."""
    if held is not None and held.sequence > site.sequence:
        raise outdated()


def outdated() -> Refused:
    """Return the refusal to put older words over newer ones."""
    return Refused(
        T("a newer page is published there already"),
        customers_see=T("the newer page"),
        next=T(
            "fetch the newest words and deploy again; if these are the right"
            " words, delete {file} on the host first",
            file=MANIFEST,
        ),
    )


def is_our_page(body: bytes) -> bool:
    """Return whether *body* is a page that fallback built: its generator says so."""
    return _OURS.search(body) is not None


def refuse_foreign(site: BuiltSite, front: bytes | None) -> None:
    """Raise ``Refused`` when the host's *front* page is somebody else's.

    To be asked only of a host without a manifest of ours: a typing error in a path or
    a bucket must never put the page over a living shop.
    """
    if front is None or front == site.file(FRONT).body or is_our_page(front):
        return
    raise Refused(
        T("there is an {file} already that fallback did not write", file=FRONT),
        customers_see=T("what was there before: nothing was touched"),
        next=T(
            "give the page a place of its own, or move that {file} away", file=FRONT
        ),
    )


@frozen
class Removal:
    """Which paths a publish deletes, and which it leaves to the next one."""

    now: tuple[str, ...]
    later: tuple[str, ...]


def removal(
    site: BuiltSite, held: Manifest | None, leftovers: Collection[str]
) -> Removal:
    """Decide what goes and what stays for one generation.

    *leftovers* is what the host remembers. A path that its manifest still lists is of
    the living generation, whatever the list says: a publish may have been killed
    between writing the one and the other.
    """
    wanted = {file.path for file in site.files} | {LEFTOVERS}
    living = set(held.files) if held else set()
    return Removal(
        now=tuple(sorted(set(leftovers) - wanted - living)),
        later=tuple(sorted(living - wanted)),
    )
