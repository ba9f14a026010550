"""The built page over HTTP, answered as a good host answers it.

Every path and every method gets the page with 503 and ``Retry-After``, so that search
engines wait and no payment provider believes that it delivered; only ``/_fallback/*``,
``robots.txt`` and the worker addresses answer 200, to GET and HEAD. A status address is
the other way round: 200 at ``/``, and nothing but reading.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from attrs import define, field, frozen

from fallback.core.hosts.publishing import BESIDE, Facts, Manifest
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest
from fallback.page.hosting import RETRY_AFTER, http_date
from fallback.wire.web.listen import Answer, Request

PAGE = "index.html"
_RULES = "_headers"
_NOT_ASKED_FOR = frozenset({PAGE, "404.html", _RULES, "_redirects"})
_READING = ("GET", "HEAD")
_BESIDE = f"{BESIDE}*"
_PLAIN = Facts(Digest(""), "text/plain; charset=utf-8", "no-store")

Files = Mapping[str, BuiltFile]


@define
class Held:
    """What is being served; ``replace`` swaps the whole site between two requests."""

    files: Files

    @classmethod
    def site(cls, site: BuiltSite) -> "Held":
        """Hold *site*."""
        return cls(_by_path(site))

    def replace(self, site: BuiltSite) -> None:
        """Hold *site* from the next request on."""
        self.files = _by_path(site)

    def __call__(self) -> Files:
        """Return the files of the site that is held now."""
        return self.files


def _by_path(site: BuiltSite) -> Files:
    return {file.path: file for file in site}


@define
class Folder:
    """A published folder as a host would serve it, read anew for each request.

    Only what its manifest lists is there, and what lies beside that for a moment
    (``BESIDE``). Without a manifest there is nothing.
    """

    path: Path

    def __call__(self) -> Files:
        """Return the files as they are published now; none while there are none.

        Each is read when it is asked for: most of a site is not, by one request.
        """
        try:
            body = (self.path / MANIFEST).read_bytes()
        except OSError:
            return {}
        manifest = Manifest.peek(body)
        listed = manifest.files if manifest else {}
        digest = Digest(sha256(body).hexdigest())
        own = BuiltFile(MANIFEST, body, "application/json", "no-cache", digest)
        facts = {**listed, MANIFEST: Facts.of(own)}
        files = _Published(self.path, facts, {MANIFEST: own})
        # without its rules the page would be shown without what protects it
        return {} if _RULES in listed and _RULES not in files else files


@frozen
class _Published(Files):
    """The files of a folder; one that is listed and not there is none of them."""

    folder: Path
    listed: Mapping[str, Facts]
    read: dict[str, BuiltFile] = field(factory=dict)

    def __getitem__(self, path: str) -> BuiltFile:
        if path not in self.read:
            facts = self.listed.get(path) or self._beside(path)
            try:
                body = (self.folder / path).read_bytes()
            except OSError:
                raise KeyError(path) from None
            digest = Digest(sha256(body).hexdigest())
            about = facts.content_type, facts.cache_control
            self.read[path] = BuiltFile(path, body, *about, digest)
        return self.read[path]

    def _beside(self, path: str) -> Facts:
        """Return how what lies beside the manifest's files is shown."""
        file = self.folder / path
        there = path.startswith(BESIDE) and file in self.folder.glob(_BESIDE)
        if there and file.is_file():
            return _PLAIN
        raise KeyError(path)

    def __iter__(self) -> Iterator[str]:
        return (path for path in self.listed if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def respond_from(
    files: Callable[[], Files],
    *,
    status_address: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Callable[[Request], Answer]:
    """Return the answering function for ``listen.listening``."""

    def respond(request: Request) -> Answer:
        return answer(files(), request, status_address=status_address, now=now())

    return respond


def answer(
    files: Files, request: Request, *, status_address: bool, now: datetime
) -> Answer:
    """Return what a host that holds *files* answers to *request*.

    *now* decides whether the announced end is still ahead: ``Retry-After`` never names
    a moment that has passed.
    """
    path = unquote(urlsplit(request.target).path).lstrip("/")
    reading = request.method in _READING
    asked = files.get(path) if path not in _NOT_ASKED_FOR else None
    if PAGE not in files:
        return _nothing_published()
    if reading and asked is not None:
        return _file(files, asked, request)
    if not status_address:
        return _unavailable(files, now)
    if not reading:
        return Answer(405, (("Allow", "GET, HEAD"),))
    if path in ("", PAGE):
        return _file(files, files[PAGE], request)
    return Answer(404, headers_of(files, files[PAGE]), files[PAGE].body)


def _file(files: Files, file: BuiltFile, request: Request) -> Answer:
    tag = f'"{file.digest[:32]}"'
    headers = (*headers_of(files, file), ("ETag", tag))
    if _knows(request.headers.get("if-none-match", ""), tag):
        return Answer(304, headers)
    return Answer(200, headers, file.body)


def _knows(if_none_match: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 section 13.1.2 says."""
    known = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in known or "*" in known


def headers_of(files: Files, file: BuiltFile) -> tuple[tuple[str, str], ...]:
    """Return what the manifest says of *file*, and what ``_headers`` adds to that.

    ``Retry-After`` is not among them: only 503 has one, and never a past one.
    """
    own = {"Content-Type": file.content_type, "Cache-Control": file.cache_control}
    rules = files[_RULES].body.decode() if _RULES in files else ""
    added, applies = {}, False
    for line in rules.splitlines():
        if not line.startswith(" "):
            applies = line in ("/*", f"/{file.path}")
        elif applies:
            name, _, value = line.strip().partition(": ")
            added[name] = value
    added.pop("Retry-After", None)
    return tuple((added | own).items())


def _unavailable(files: Files, now: datetime) -> Answer:
    page = files[PAGE]
    headers = (*headers_of(files, page), ("Retry-After", _retry_after(files, now)))
    return Answer(503, headers, page.body)


def _nothing_published() -> Answer:
    body = b"nothing is published here yet\n"
    headers = (("Content-Type", "text/plain"), ("Retry-After", RETRY_AFTER))
    return Answer(503, headers, body)


def _retry_after(files: Files, now: datetime) -> str:
    """Return the announced end as an HTTP-date, else in seconds."""
    eta = announced_end(files)
    return http_date(eta) if eta and eta > now else RETRY_AFTER


def announced_end(files: Files) -> datetime | None:
    """Return when the page says that the shop will be back; its feed tells."""
    try:
        feed = json.loads(files["_fallback/feed.json"].body)
        return datetime.fromisoformat(feed["_fallback"]["eta"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
