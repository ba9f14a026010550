"""The page as a customer gets it, on this machine, rebuilt while its words are edited.

A broken edit keeps the last good page and says what is wrong with file and line: what
is being tried out here is what an owner does at three in the morning. Beside the page,
at an address of its own, stands the author's preview.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import define, evolve, field, frozen

from fallback.actions.writing.editing import Edited
from fallback.actions.writing.proofread import proofread
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import Problem, UsageError
from fallback.core.findings import Severity
from fallback.core.model import Language
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.page.sheets import preview
from fallback.page.sheets.preview import Choice, Group, Shown
from fallback.page.sheets.scene import KNOWN, Scene
from fallback.wire import shipped
from fallback.wire.web.listen import Answer, Listener, Request, Respond, listening
from fallback.wire.web.page_server import answer

LOOK_EVERY = timedelta(seconds=0.5)
HELD_BACK = 20.0
"""Seconds that a preview waits for a change before it asks anew."""

_FOLDER = "_fallback/"
_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
_TONES = {
    Severity.CRITICAL: "bad",
    Severity.WARNING: "warn",
    Severity.INFO: "note",
}
_HERE = frozenset({"localhost", "local"})


@frozen
class ServeResult:
    """The server was stopped by a person, which is the only way it ends."""

    url: str
    rebuilt: int
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield T("stopped; times the page was rebuilt: {times}", times=self.rebuilt)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {"url": self.url, "rebuilt": self.rebuilt}


@frozen
class Reader:
    """The author: their language, and how a sentence is said in it, safe to show."""

    language: str = "en"
    speak: Callable[[Sayable], str] = str


def serve(
    config: Config,
    *,
    address: str,
    port: int,
    status_port: int | None,
    reader: Reader,
    say: Talk,
    clock: Clock,
) -> ServeResult:
    """Serve the page of *config* at *address* until Ctrl-C or SIGTERM.

    Below it *reader* finds the preview. With *status_port* the page is also served as
    its status address does it, with 200. Port 0 takes a free one. Raises what ``build``
    raises when there is no good page to begin with, and ``UsageError`` when the address
    or port cannot be had.
    """
    edited = Edited(config, say, clock)
    edited.build()
    with ExitStack() as stack:
        desk = Desk(edited, reader, clock)
        page = stack.enter_context(_opened(desk.answer, address, port))
        desk.url = page.url
        say("serving", T("{url} answers as the shop's address would", url=page.url))
        own = page.url.rstrip("/") + preview.PATH
        say("preview", T("{url} shows every state and language to you", url=own))
        if status_port is not None:
            status = evolve(desk, status_address=True)
            opened = _opened(status.answer, address, status_port)
            url = stack.enter_context(opened).url
            say("serving_status", T("{url} is the status address", url=url))
        try:
            say("live", T("edit the words and load the page again; Ctrl-C ends this"))
            while True:
                clock.sleep(LOOK_EVERY)
                edited.look()
        except KeyboardInterrupt:
            return ServeResult(page.url, edited.rebuilt)


def _opened(
    respond: Respond, address: str, port: int
) -> AbstractContextManager[Listener]:
    try:
        return listening(respond, address, port)
    except OSError as error:
        raise UsageError(
            T(
                "{address} port {port} cannot be listened on: {why}",
                address=address,
                port=port,
                why=error.strerror or str(error),
            ),
            customers_see=T("no change: nothing is published by this command"),
            next=T("choose a free port: fallback serve --port 0"),
        ) from error


@define
class Desk:
    """Answers for the page as a host does, and for the preview beside it."""

    edited: Edited
    reader: Reader
    clock: Clock
    status_address: bool = False
    url: str = ""
    _strange: set[str] = field(factory=set, init=False)
    sheet: preview.Sheet = field(
        factory=lambda: preview.Sheet(*map(shipped.preview, ("html", "css", "js")))
    )

    def answer(self, request: Request) -> Answer:
        """Return what is answered to *request*."""
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query))
        reading = request.method in ("GET", "HEAD")
        unknown = _unknown(query.get("state", ""))
        if unknown and reading and query["state"] not in self._strange:
            self._strange.add(query["state"])
            self.edited.say("unknown_state", unknown)
        if reading and not self.status_address:
            if parts.path in (preview.PATH, preview.CHANGES) and not _at_home(request):
                return _not_here()
            if parts.path == preview.PATH:
                return self._preview(Choice.read(query), unknown)
            if parts.path == preview.CHANGES:
                return self._changes(query.get("after", ""))
        shown = Scene.read(query["state"]) if "state" in query else None
        if shown is None or not reading:
            return self._as_a_host(self.edited.files, request)
        look = Choice.read(query).look
        said = self._as_a_host(self.edited.scene(shown, look), request)
        return evolve(said, headers=tuple(map(_previewed, said.headers)))

    def _as_a_host(self, files: Any, request: Request) -> Answer:
        now = self.clock.now()
        return answer(files, request, status_address=self.status_address, now=now)

    def _preview(self, choice: Choice, unknown: Text | None) -> Answer:
        shown = self._shown()
        if unknown:
            problem = Problem(preview.PATH, 0, unknown)
            asked = Group(T("what was asked for"), "bad", [problem])
            shown = evolve(shown, groups=[asked, *shown.groups])
        body = self.sheet.page(shown, choice, self.reader.speak, self.reader.language)
        headers = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", self.sheet.policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        )
        return Answer(200, headers, body)

    def _changes(self, after: str) -> Answer:
        known = int(after) if after.isascii() and after.isdecimal() else -1
        number = self.edited.wait(known, HELD_BACK)
        return Answer(200, _JSON, json.dumps({"number": number}).encode())

    def _shown(self) -> Shown:
        edited = self.edited
        shop = edited.config.shop
        return Shown(
            shop=shop.name,
            languages=self._languages(),
            address=self.url,
            at=f"{edited.at.astimezone(shop.timezone):%H:%M:%S}",
            number=edited.number,
            groups=self._groups(),
            broken=edited.broken,
        )

    def _languages(self) -> list[Language]:
        """Return the languages that have a page, the page's own first."""
        spoken = [
            Language(path.removeprefix(_FOLDER).removesuffix(".html"))
            for path in self.edited.files
            if path.startswith(_FOLDER)
            and path.endswith(".html")
            and path.count("/") == 1
        ]
        own = self.edited.config.shop.languages
        rest = sorted(set(spoken) - set(own))
        return [own[0], *(each for each in own if each in spoken), *rest]

    def _groups(self) -> list[Group]:
        edited = self.edited
        if edited.broken or edited.made is None:
            return [Group(T("where it is broken"), "bad", edited.problems)]
        found = proofread(edited.config, now=self.clock.now())
        by_tone = {
            tone: [each for each in found if each.severity is severity]
            for severity, tone in _TONES.items()
        }
        return [
            Group(T("left out of the page"), "bad", edited.made.left_out),
            Group(T("customers will miss this"), "bad", by_tone["bad"]),
            Group(T("could be said better"), "warn", by_tone["warn"]),
            Group(T("worth a thought"), "note", by_tone["note"]),
            Group(T("good to know"), "note", edited.made.noticed),
        ]


def _unknown(state: str) -> Text | None:
    """Return what is wrong with the word *state* of an address, if anything is.

    It may be the shop's own word, so that the page itself is as written then.
    """
    if not state or Scene.read(state) is not None:
        return None
    return T(
        "{state} is no state of the preview, so the page is as written; known states,"
        " with commas between them: {known}",
        state=state[:80],
        known=" ".join(KNOWN),
    )


def _previewed(header: tuple[str, str]) -> tuple[str, str]:
    """Return *header* so that our own preview may frame the page, and sees it anew."""
    name, _ = header
    match name.lower():
        case "content-security-policy":
            return name, "frame-ancestors 'self'"  # the page itself says the rest
        case "cache-control":
            return name, "no-store"
    return header


def _at_home(request: Request) -> bool:
    """Return whether the author's browser asks for this machine by an own name.

    A strange site may have its name lead here for a moment (DNS rebinding), and would
    read what is not yet published.
    """
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    address = ":" in host or host.replace(".", "").isdecimal()
    return address or "." not in host or host.rpartition(".")[2] in _HERE


def _not_here() -> Answer:
    body = b"ask for the preview by the address that fallback serve printed\n"
    return Answer(421, (("Content-Type", "text/plain"),), body)
