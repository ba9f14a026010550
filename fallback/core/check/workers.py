"""Which service workers a shop registers, told from its home page and its scripts.

Read, never run: a registration is known by how it is written. What is put together
while the script runs cannot be known so; then the names that makers of shops use are
looked for, and publishing one worker too many harms nobody.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice
from urllib.parse import urljoin, urlsplit

from attrs import field, frozen

COMMON = (
    "/sw.js",
    "/service-worker.js",
    "/serviceworker.js",
    "/superpwa-sw.js",
    "/ngsw-worker.js",
    "/pwabuilder-sw.js",
)
"""Where the usual tools put their workers: tried when nothing better is known."""
MOST = 20
"""Workers of one shop; nobody has so many, and each is a file of the page."""

_PUSH_ONLY = ("onesignal", "firebase-messaging", "pushwoosh", "webpushr", "sp-push-")
"""Makers of workers that only receive messages, and show no page from a cache."""
_LIKELY = re.compile(r"sw|worker|pwa|app|main|index|bundle|theme|global", re.IGNORECASE)

# every repetition is bounded: a script is a stranger's, and must cost no time
_TEXT = (
    r"(?:\"((?:[^\"\\\n]|\\.){1,200})\"|'((?:[^'\\\n]|\\.){1,200})'"
    r"|`([^`$\\]{1,200})`)"
)
_CALL = re.compile(
    r"(?:(serviceWorker[\"']?\]?\s{0,40})?(?:\?\.|\.|\[[\"'])register(?:[\"']\])?"
    r"|(new\s{1,4}[\w$.]{0,40}Workbox))(?:\?\.)?\s{0,9}\(\s{0,20}"
    rf"(?:(?P<url>new\s{{1,4}}URL\(\s{{0,20}})?{_TEXT}"
    r"(?P<own>\s{0,9},\s{0,9}import\.meta\.url)?"
    r"|(?P<name>[A-Za-z_$][\w$]{0,60}(?:\.[\w$]{1,60})?)\s{0,9}[,)])"
)
_MOST_CALLS = 200
_MOST_NAMES = 5
"""How many variables are looked up: each takes a walk through the whole script."""
_SCRIPT = re.compile(r"[\"'`]([\w.\\/-]{1,120}\.js)(?=[\"'`?])", re.ASCII)
_USUAL = re.compile(
    r"service-?worker|superpwa-sw|ngsw-worker|pwabuilder-sw|(?<![^\W_])sw(?![^\W_])",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)


@frozen
class HomePage:
    """What a home page runs: where its scripts are, and those that stand in it.

    ``base`` is the address that relative ones are relative to. ``sources`` are scripts
    of the shop's own origin, those first that look as if they registered a worker.
    """

    base: str
    sources: tuple[str, ...] = ()
    inline: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, page: str, address: str) -> "HomePage":
        """Return what *page*, loaded from *address*, runs."""
        reader = _Scripts(convert_charrefs=True)
        reader.feed(page)
        base = _joined(address, reader.base) or address
        found = dict.fromkeys(
            url
            for source in reader.sources
            if (url := _joined(base, source)) and _origin(url) == _origin(address)
        )
        ordered = sorted(
            found, key=lambda url: not _LIKELY.search(url.rpartition("/")[2])
        )
        return cls(base, tuple(ordered), tuple(reader.inline))


class _Scripts(HTMLParser):
    """Collects script elements; never raises for anything a page holds."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.base = ""
        self.sources: list[str] = []
        self.inline: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and not self.base:
            self.base = given.get("href", "")
        elif tag == "link" and given.get("rel", "").lower() == "modulepreload":
            self.sources.append(given.get("href", ""))
        elif tag == "script":
            self._inside = "src" not in given
            if not self._inside:
                self.sources.append(given["src"])

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline.append(data)


def registered(script: str, base: str, own: str) -> Iterator[str]:
    """Yield the path of each worker that *script* registers at the shop's origin.

    *base* is what the page's relative addresses are relative to, *own* the script's
    own address. Workers for messages only are left out; a path may come twice.
    """
    if "serviceWorker" not in script and "Workbox" not in script:
        return
    names = _MOST_NAMES
    unknown = False
    for call in islice(_CALL.finditer(script), _MOST_CALLS):
        surely = bool(call[1] or call[2])
        literal = call[4] or call[5] or call[6]
        if call["name"] and surely and names:
            names -= 1
            literal = _given(call["name"], script)
        if literal is None:
            unknown = unknown or surely
            continue
        path = _path(_unescaped(literal), own if call["own"] else base, base)
        if path and (surely or path.endswith(".js")):
            yield from _unless_push(path)
    if unknown:
        yield from _usual(script, base)


def _given(name: str, script: str) -> str | None:
    """Return the text that the variable or property *name* is given in *script*."""
    key = re.escape(name.rpartition(".")[2])
    found = re.search(rf"(?<![\w$]){key}[\"']?\s{{0,9}}[:=]\s{{0,9}}{_TEXT}", script)
    return found and (found[1] or found[2] or found[3])


def _usual(script: str, base: str) -> Iterator[str]:
    """Yield what is named like a worker in *script*, which registers one somehow."""
    for found in islice(_SCRIPT.finditer(script), _MOST_CALLS):
        path = _path(_unescaped(found[1]), base, base)
        if path and _USUAL.search(path.rpartition("/")[2]):
            yield from _unless_push(path)


def _unescaped(literal: str) -> str:
    r"""Undo the escapes of a JavaScript text: JSON in a page writes ``\/``."""

    def letter(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else found[3]

    return _ESCAPE.sub(letter, literal)


def _path(address: str, base: str, page: str) -> str | None:
    """Return the path of *address* at the origin of *page*; ``None`` if elsewhere."""
    url = _joined(base, address.strip())
    if not url or _origin(url) != _origin(page):
        return None
    path = urlsplit(url).path
    ours = path.startswith("/_fallback/")
    good = re.fullmatch(r"/[\w.~@+/-]{1,200}(?<!/)", path, re.ASCII) and not ours
    return path if good else None


def _unless_push(path: str) -> Iterator[str]:
    name = path.rpartition("/")[2].casefold()
    if not any(maker in name for maker in _PUSH_ONLY):
        yield path


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return the origin of *url*; the name with and without ``www.`` is one shop."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", None
    return parts.scheme, (parts.hostname or "").removeprefix("www."), port
