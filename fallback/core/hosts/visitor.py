"""What a visitor asks a host, what it hears, and what it should hear: the nouns."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from fallback.core.hosts.publishing import FRONT, Facts, Manifest
from fallback.core.model import MANIFEST, BuiltSite, Digest
from fallback.core.text import Text

RULES = "_headers"
SCRIPT = re.compile(r"(text|application)/(x-)?(java|ecma)script")
"""What browsers run (WHATWG MIME Sniffing, JavaScript MIME type); a worker of another
type is refused (W3C Service Workers, section 8.4)."""


class Group(StrEnum):
    """What questions are about; the columns of the table that people read."""

    FRONT = "front"
    DEEP = "deep"
    POST = "post"
    ROBOTS = "robots"
    WORKERS = "workers"
    LANGUAGES = "languages"
    FEEDS = "feeds"
    MANIFEST = "manifest"


@frozen
class Question:
    """One request of a visitor.

    ``place`` is its stable name in JSON. ``target`` is path and query, ``path`` the
    published file that is to answer: empty where no file of ours lies.
    """

    place: str
    group: Group
    target: str
    path: str = ""
    method: str = "GET"


@frozen
class Heard:
    """One answer; ``status`` is 0 when there was none, and ``failure`` says why.

    ``kind`` is the stable English word for a failure. ``headers`` have lower-case
    names. ``digest`` is empty when the body was cut. ``ours`` means a page of ours.
    """

    status: int = 0
    headers: Mapping[str, str] = field(factory=dict)
    digest: str = ""
    ours: bool = False
    manifest: Manifest | None = None
    certificate_ends: datetime | None = None
    failure: Text | None = None
    kind: str = ""

    def header(self, name: str) -> str:
        """Return the header called *name* (lower case), or an empty string."""
        return self.headers.get(name, "")


@frozen
class Expected:
    """What a host is to show: a manifest, and the digest of its own bytes.

    ``headers`` is what ``_headers`` says of every path, names in lower case.
    """

    manifest: Manifest
    digest: Digest
    headers: Mapping[str, str] = field(factory=dict)

    @classmethod
    def of(cls, site: BuiltSite) -> "Expected":
        """Return what a host that holds *site* is to show."""
        own = site.file(MANIFEST)
        manifest = Manifest.parse(own.body)
        assert manifest is not None, "a build writes a manifest that can be read"
        rules = next((file.body for file in site.files if file.path == RULES), b"")
        return cls(manifest, own.digest, _everywhere(rules.decode()))

    @property
    def pages(self) -> set[str]:
        """Return the digests of every page."""
        return {
            facts.digest
            for facts in self.manifest.files.values()
            if media(facts.content_type) == "text/html"
        }


def _everywhere(rules: str) -> dict[str, str]:
    """Return the headers that *rules* (``_headers``) give to every path."""
    found, applies = {}, False
    for line in rules.splitlines():
        if not line.startswith(" "):
            applies = line == "/*"
        elif applies:
            name, _, value = line.strip().partition(": ")
            found[name.lower()] = value
    return found


def questions(
    manifest: Manifest, token: str, *, posting: bool = True
) -> tuple[Question, ...]:
    """Return what a visitor asks a host that is to show *manifest*; the front first.

    *token* is random, so that no cache and no shop knows the deep links with it.
    """
    asked = [
        Question("front", Group.FRONT, "/", FRONT),
        Question("manifest", Group.MANIFEST, f"/{MANIFEST}", MANIFEST),
        Question("deep", Group.DEEP, f"/{token}/{token[:8]}"),
        Question("old_link", Group.DEEP, f"/produkt/{token[:8]}?utm_source=newsletter"),
    ]
    if posting:
        asked += [
            Question("post", Group.POST, "/", method="POST"),
            Question("notification", Group.POST, f"/wc-api/{token}", method="POST"),
        ]
    for path, facts in sorted(manifest.files.items()):
        group = _group(path, facts)
        if group is not None:
            place = "robots" if group is Group.ROBOTS else f"/{path}"
            asked.append(Question(place, group, f"/{path}", path))
    return tuple(asked)


def _group(path: str, facts: Facts) -> Group | None:
    """Return the group of the file at *path*; ``None``: nobody asks for it by name."""
    if path == "robots.txt":
        return Group.ROBOTS
    inside = path.removeprefix("_fallback/")
    if inside == path:
        script = SCRIPT.fullmatch(media(facts.content_type))
        return Group.WORKERS if script else None
    if "/" in inside:
        return None
    if inside.endswith(".html"):
        return Group.LANGUAGES
    return Group.FEEDS if inside.startswith("feed") else None


def kept_for(cache_control: str) -> int | None:
    """Return for how many seconds a browser may use an answer without asking again.

    ``None``: nobody said, so it decides itself (RFC 9111 sections 4.2.2 and 5.2.2).
    """
    said = {}
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        said[name] = value.strip('"')
    if "no-store" in said or "no-cache" in said:
        return 0
    age = said.get("max-age", "")
    # ten digits are centuries; more of them Python would not even read
    return int(age[:10]) if age.isascii() and age.isdigit() else None


def media(content_type: str) -> str:
    """Return the media type in *content_type*, without its parameters."""
    return content_type.partition(";")[0].strip().lower()
