"""Build the page: read the site folder, render it, and write what came out.

The only rooms that this action needs are the small render set: no cloud SDK can ever
stop the page.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback.actions.publishing.remains import with_workers
from fallback.actions.writing.dressing import dressed
from fallback.actions.writing.keeping import remembering
from fallback.actions.writing.picturing import pictured
from fallback.actions.writing.scribe import Scribe
from fallback.actions.writing.sources import sources
from fallback.channels.every import announcements
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Problem, UsageError
from fallback.core.hosts.publishing import Manifest
from fallback.core.model import MANIFEST, BuiltSite
from fallback.core.result import Talk, silent
from fallback.core.text import Sayable, T
from fallback.page.content import names
from fallback.page.content.complaints import Complaints
from fallback.page.content.leaves import Reader
from fallback.page.languages import autonym
from fallback.page.render import Catalogues, Rendered, Staged, Ways, render
from fallback.wire import shipped
from fallback.wire.durable import replace


@frozen
class BuildResult:
    """A built site. ``left_out`` is what is missing from it; then the code is 3."""

    site: BuiltSite
    left_out: tuple[Problem, ...] = ()
    noticed: tuple[Problem, ...] = ()
    out: Path | None = None

    @property
    def code(self) -> int:
        """Return 0, or 3 when something the owner wrote is not on the page."""
        return 3 if self.left_out else 0

    def told(self) -> Iterator[Sayable]:
        """Yield what is wrong first, and what was made last."""
        for problem in (*self.noticed, *self.left_out):
            yield from problem.told()
        size = sum(len(file.body) for file in self.site.files)
        built = T(
            "built {count} files, {size} kB",
            count=len(self.site.files),
            size=-(-size // 1000),
        )
        if self.out:
            yield T("{built}: {out}", built=built, out=str(self.out))
        if self.left_out:
            yield T(
                "the page is there, but what is named above is not on it: mend it and"
                " run the same command again"
            )

    def as_json(self) -> Mapping[str, Any]:
        """Return the keys of ``fallback build --json``."""
        return {
            "out": str(self.out) if self.out else None,
            "build": self.site.build_id,
            "files": [file.path for file in self.site],
            "left_out": [problem.as_json() for problem in self.left_out],
            "noticed": [problem.as_json() for problem in self.noticed],
        }


def build(
    config: Config,
    *,
    out: Path | None,
    say: Talk = silent,
    staged: Staged | None = None,
    now: datetime | None = None,
) -> BuildResult:
    """Build the site of *config*; write it to *out* unless that is ``None``.

    With *staged* it is a preview of another state: see ``fallback.page.render``. Who
    knows what time it is says so with *now*: see ``fallback.page.content.words.tell``.
    Raises ``ContentError`` when there are no words or the theme cannot be used,
    ``UsageError`` for an *out* that would overwrite the site folder, and
    ``FallbackError`` when the disk refuses; then the old files stay.
    """
    config, seen = with_workers(config), pictured(config)
    found, unread = sources(config.root)
    with remembering(config, found) as kept, dressed(config) as dress:
        made: Rendered = render(
            config,
            found,
            dress.theme,
            _catalogues(config),
            staged=staged,
            beside=partial(announcements, config),
            picture=seen.picture,
            ways=Ways(Scribe(Reader.of(config), kept, say), kept),
            now=now,
        )
    if out is not None:
        _refuse_own_folder(config.root, out)
        say("writing", T("writing {out}", out=str(out)))
        _write(made.site, out)
    return BuildResult(
        made.site,
        (*unread, *made.left_out, *dress.left_out, *seen.left_out),
        (*_wordless(config, found), *made.noticed, *dress.noticed, *seen.noticed),
        out,
    )


def _wordless(config: Config, found: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield the languages of the shop in which nothing tells what happened, once."""
    spoken = config.shop.languages
    there = names.sort_out(found, spoken, Complaints()).outages
    without = [each for each in spoken if each not in there]
    if there and without:
        yield Problem(
            f"{names.CONTENT}outage.{without[0]}.md",
            0,
            T(
                "what happened is not told in {languages}: those readers get {other},"
                " and a note says so",
                languages=", ".join(map(autonym, without)),
                other=autonym(next(iter(there))),
            ),
            T("translate {file}", file=next(iter(there.values()))),
        )


def _catalogues(config: Config) -> Catalogues:
    """Return the sentences of every language that the shop speaks, or that we do."""
    spoken = (*config.shop.languages, *shipped.languages())
    return {code: shipped.catalogue(code) for code in spoken}


def _refuse_own_folder(root: Path, out: Path) -> None:
    """Raise ``UsageError`` when *out* is where the owner's own files are."""
    real, home = out.resolve(), root.resolve()
    kept = (home / "content", home / "themes")
    if home.is_relative_to(real) or any(real.is_relative_to(each) for each in kept):
        raise UsageError(
            T("{out} holds the site's own files", out=str(out)),
            customers_see=T("no change: nothing was written"),
            next=T("choose a folder of its own, for example: --out public"),
        )


def _write(site: BuiltSite, out: Path) -> None:
    """Make *out* hold *site*, front page and manifest last, then delete what is old.

    Only files that our own previous manifest lists are ever deleted.
    """
    manifest = out / MANIFEST
    try:
        old = Manifest.peek(manifest.read_bytes()) if manifest.is_file() else None
        for file in site:
            path = out / file.path
            if not (path.is_file() and path.read_bytes() == file.body):
                replace(path, file.body, lasting=False)
        wanted = {file.path for file in site.files}
        for path_of_old in set(old.files if old else ()) - wanted:
            _delete(out, path_of_old)
    except OSError as error:
        raise FallbackError(
            T(
                "{file} cannot be written: {why}",
                file=str(error.filename or out),
                why=str(error.strerror),
            ),
            customers_see=T("no change: nothing was published"),
            next=T("make room or choose another folder, and run the same again"),
        ) from error


def _delete(out: Path, path: str) -> None:
    real = (out / path).resolve()
    if real.is_relative_to(out.resolve()):
        real.unlink(missing_ok=True)
