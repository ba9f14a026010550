"""The site while its words are edited: the last good page, and what is wrong now.

One thread looks for edits; visitors' threads read, wait for the next change, and have
the page made in other states.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Condition

from attrs import define, evolve, field

from fallback.actions import site as site_folder
from fallback.actions.build import BuildResult, build
from fallback.core.clock import Clock
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import ConfigError, ContentError, FallbackError, Problem
from fallback.core.model import BuiltFile, BuiltSite
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.page.hosting import built
from fallback.page.sheets import preview
from fallback.page.sheets.scene import Scene
from fallback.wire.web.page_server import Files

MOST_KEPT = 60
"""States that are kept until the next edit; there are more, and each is a site."""


@define
class Edited:
    """The page in memory, and the state of the files that it was made from.

    ``number`` grows with every change that a preview should show, and ``at`` is when
    the last of them came. ``broken`` says why the newest edit could not be built, and
    ``problems`` where.
    """

    config: Config
    say: Talk
    clock: Clock
    files: Files = field(factory=dict)
    made: BuildResult | None = None
    number: int = 0
    at: datetime = field(init=False)
    rebuilt: int = 0
    broken: Sayable | None = None
    problems: tuple[Problem, ...] = ()
    _stamps: frozenset[tuple[str, int, int]] = frozenset()
    _scenes: dict[tuple[Scene, str], Files] = field(factory=dict)
    _changed: Condition = field(factory=Condition)

    def build(self) -> None:
        """Build, and serve what was built. Raises what ``build`` raises."""
        self._stamps = _stamps(self.config)
        made = build(self.config, out=None, now=self.clock.now())
        for problem in (*made.noticed, *made.left_out):
            self._complain(problem)
        with self._changed:
            self.made, self.files = made, _by_path(made.site)
            self.broken, self.problems = None, ()
            self._scenes.clear()
            self._tell()

    def look(self) -> None:
        """Build again if a file has changed; whatever is wrong keeps the old page."""
        if _stamps(self.config) == self._stamps:
            return
        try:
            # a file that cannot be used is not tried again until it changes
            self._stamps = _stamps(self.config)
            self.config = site_folder.load(self.config.root)
            self.build()
        except FallbackError as error:
            self._refuse(error)
        else:
            self.rebuilt += 1
            self.say("rebuilt", T("rebuilt: load the page again"))

    def wait(self, after: int, seconds: float) -> int:
        """Return the newest number as soon as it is not *after*, or after *seconds*."""
        with self._changed:
            self._changed.wait_for(lambda: self.number != after, seconds)
            return self.number

    def scene(self, shown: Scene, look: str) -> Files:
        """Return the files of the page as it is in the scene *shown*, light or dark.

        While an edit is broken it is the page that is held, as it is written.
        """
        key = (shown, look)
        with self._changed:
            number, files = self.number, self._scenes.get(key)
        if files is not None:
            return files
        files = self._in_frame(shown, look)
        with self._changed:
            if number == self.number:
                if len(self._scenes) >= MOST_KEPT:
                    self._scenes.clear()
                self._scenes[key] = files
        return files

    def _in_frame(self, shown: Scene, look: str) -> Files:
        files = self.files
        if shown != Scene():
            now = self.clock.now()
            try:
                made = build(
                    self.config,
                    out=None,
                    staged=lambda told: shown.staged(told, now),
                    now=now,
                )
                files = _by_path(made.site)
            except FallbackError:
                shown = Scene()  # the edit is broken, and the preview says so
        return {path: _framed(file, shown, look) for path, file in files.items()}

    def _refuse(self, error: FallbackError) -> None:
        problems: tuple[Problem, ...] = ()
        if isinstance(error, ConfigError | ContentError):
            problems = tuple(error.problems)
        for problem in problems:
            self._complain(problem)
        self.say("broken", T("the last good page stays: {why}", why=error.what))
        with self._changed:
            self.broken, self.problems = error.what, problems
            self._tell()

    def _tell(self) -> None:
        self.number += 1
        self.at = self.clock.now()
        self._changed.notify_all()

    def _complain(self, problem: Problem) -> None:
        self.say(
            "problem", T("{place}: {what}", place=problem.place, what=problem.what)
        )
        if problem.remedy:
            self.say("remedy", T("    {remedy}", remedy=problem.remedy))
        if problem.mended:
            self.say("mended", T("this would be right: {text}", text=problem.mended))


def _by_path(site: BuiltSite) -> Files:
    return {file.path: file for file in site}


def _framed(file: BuiltFile, shown: Scene, look: str) -> BuiltFile:
    if not file.content_type.startswith("text/html"):
        return file
    fresh = built(file.path, preview.framed(file.body, shown, look))
    return evolve(file, body=fresh.body, digest=fresh.digest)


def _stamps(config: Config) -> frozenset[tuple[str, int, int]]:
    """Return what tells an edited file: its path, its time and its length."""
    found = set()
    root, pictures = config.root, (config.shop.share_image, config.brand.logo)
    for path in (
        root / FILE_NAME,
        *filter(None, pictures),
        *_under(root / "content"),
        *_under(root / "themes"),
    ):
        try:
            about = path.stat()
        except OSError:
            continue  # an editor is just replacing it: the next look sees it
        found.add((str(path), about.st_mtime_ns, about.st_size))
    return frozenset(found)


def _under(folder: Path) -> Iterator[Path]:
    return folder.rglob("*") if folder.is_dir() else iter(())
