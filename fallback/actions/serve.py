"""The page as a customer gets it, on this machine, rebuilt while its words are edited.

A broken edit keeps the last good page and says what is wrong with file and line: what
is being tried out here is what an owner does at three in the morning.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from fallback.actions import site as site_folder
from fallback.actions.build import build
from fallback.core.clock import Clock
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import ConfigError, FallbackError, Problem, UsageError
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.wire.listen import Listener, listening
from fallback.wire.page_server import Held, respond_from

LOOK_EVERY = timedelta(seconds=0.5)


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


def serve(
    config: Config,
    *,
    address: str,
    port: int,
    status_port: int | None,
    say: Talk,
    clock: Clock,
) -> ServeResult:
    """Serve the page of *config* at *address* until Ctrl-C or SIGTERM.

    With *status_port* it is also served as its status address does it, with 200. Port 0
    takes a free one. Raises what ``build`` raises when there is no good page to begin
    with, and ``UsageError`` when the address or port cannot be had.
    """
    live = _Live(config, say)
    live.build()
    with ExitStack() as stack:
        page = stack.enter_context(_opened(live.held, address, port, status=False))
        say("serving", T("{url} answers as the shop's address would", url=page.url))
        if status_port is not None:
            status = _opened(live.held, address, status_port, status=True)
            url = stack.enter_context(status).url
            say("serving_status", T("{url} is the status address", url=url))
        try:
            say("live", T("edit the words and load the page again; Ctrl-C ends this"))
            while True:
                clock.sleep(LOOK_EVERY)
                live.look()
        except KeyboardInterrupt:
            return ServeResult(page.url, live.rebuilt)


def _opened(
    held: Held, address: str, port: int, *, status: bool
) -> AbstractContextManager[Listener]:
    try:
        return listening(respond_from(held, status_address=status), address, port)
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
class _Live:
    """The page in memory, and the state of the files that it was made from."""

    config: Config
    say: Talk
    held: Held = field(factory=lambda: Held({}))
    stamps: frozenset[tuple[str, int, int]] = frozenset()
    rebuilt: int = 0

    def build(self) -> None:
        """Build, and serve what was built. Raises what ``build`` raises."""
        self.stamps = _stamps(self.config.root)
        made = build(self.config, out=None)
        self.held.replace(made.site)
        for problem in (*made.noticed, *made.left_out):
            self._complain(problem)

    def look(self) -> None:
        """Build again if a file has changed; whatever is wrong keeps the old page."""
        if _stamps(self.config.root) == self.stamps:
            return
        try:
            self.stamps = _stamps(self.config.root)
            self.config = site_folder.load(self.config.root)
            self.build()
        except FallbackError as error:
            self._refuse(error)
        else:
            self.rebuilt += 1
            self.say("rebuilt", T("rebuilt: load the page again"))

    def _refuse(self, error: FallbackError) -> None:
        for problem in error.problems if isinstance(error, ConfigError) else ():
            self._complain(problem)
        self.say("broken", T("the last good page stays: {why}", why=error.what))

    def _complain(self, problem: Problem) -> None:
        self.say(
            "problem", T("{place}: {what}", place=problem.place, what=problem.what)
        )
        if problem.remedy:
            self.say("remedy", T("    {remedy}", remedy=problem.remedy))
        if problem.mended:
            self.say("mended", T("this would be right: {text}", text=problem.mended))


def _stamps(root: Path) -> frozenset[tuple[str, int, int]]:
    """Return what tells an edited file: its path, its time and its length."""
    found = set()
    for path in (root / FILE_NAME, *_under(root / "content"), *_under(root / "themes")):
        try:
            about = path.stat()
        except OSError:
            continue  # an editor is just replacing it: the next look sees it
        found.add((str(path), about.st_mtime_ns, about.st_size))
    return frozenset(found)


def _under(folder: Path) -> Iterator[Path]:
    return folder.rglob("*") if folder.is_dir() else iter(())
