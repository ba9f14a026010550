"""The whole rendering: configuration, words and a theme in, a finished site out.

Pure: bytes come in, files come out, no clock is asked. The same input gives the same
bytes on every machine, so that a page which did not change is not published again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from attrs import evolve, field, frozen

from fallback.core.check.workers import COMMON
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import Problem
from fallback.core.model import BuiltFile, BuiltSite, Language
from fallback.core.text import T
from fallback.page import hosting, sharing
from fallback.page.content.leaves import Read
from fallback.page.content.names import ROBOTS
from fallback.page.content.pictures import Picture
from fallback.page.content.words import Standing, Told, sequence, tell
from fallback.page.edition import FIRST_FLIGHT, ON_THE_PAGE, Edition, Kept, Parts
from fallback.page.languages import Speaker
from fallback.page.structured import structured
from fallback.page.themes.theme import Sheet, Theme
from fallback.page.view import Viewer, feeds_origin, status_address

Catalogues = Mapping[Language, bytes | None]
"""Compiled ``page`` catalogues by language; ``None``: English sentences.

Those of languages that the shop does not speak have a page each too.
"""

Staged = Callable[[Told], Told]
"""How a preview changes what is told: another status, another ETA, more messages."""

Beside = Callable[[Told, Sequence[Speaker]], Iterable[BuiltFile]]
"""What else is made of what is told, in the shop's languages, by another room."""


@frozen
class Ways:
    """How to render, never what: the same bytes come out whatever these are.

    ``read`` reads the owner's files, here and now when it is ``None``; ``kept`` is what
    was rendered before, and takes what is rendered now.
    """

    read: Read | None = None
    kept: Kept = field(factory=dict)


@frozen
class Rendered:
    """A site, what is missing from it, and what the owner should merely know."""

    site: BuiltSite
    standing: Standing
    left_out: tuple[Problem, ...] = ()
    noticed: tuple[Problem, ...] = ()


def render(  # noqa: PLR0913 - each is one thing that a site is made of
    config: Config,
    sources: Mapping[str, bytes],
    theme: Theme,
    catalogues: Catalogues,
    *,
    staged: Staged | None = None,
    beside: Beside | None = None,
    picture: Picture | None = None,
    ways: Ways | None = None,
    now: datetime | None = None,
) -> Rendered:
    """Return the site that *config* and *sources* (path → bytes) describe.

    *staged* may change what is told before it is shown: a preview, never published.
    *beside* makes more files, which stand beside the page.
    *picture* stands beside links to the page, where there is a status address.
    Without *now* nothing depends on a clock; with it see
    ``fallback.page.content.words.tell``.

    Raises ``ContentError`` without any ``outage*.md``, or for a theme that cannot be
    used. Everything else that is wrong costs only itself, and is in ``left_out``.
    """
    ways = ways or Ways()
    told = tell(config, sources, ways.read, now=now)
    if staged:
        told = staged(told)
    sheet = Sheet(theme, structured=structured(config), feeds=feeds_origin(config))
    workers, complaints = _workers(config)
    noticed = list(told.noticed)
    own = [Speaker.of(code, catalogues.get(code)) for code in config.shop.languages]
    others = _others(config, catalogues)
    elsewhere = [Speaker.of(code, catalogues[code]) for code in others]
    picture = picture if status_address(config) else None
    first = Viewer(config, told, own, own[0], elsewhere, picture)
    files = _editions(first, sheet, catalogues, ways.kept, noticed)
    front = next(file for file in files if file.path == "index.html")
    files.append(hosting.built("404.html", front.body))
    files.append(hosting.built("robots.txt", _robots(sources)))
    files += [hosting.worker(path) for path in workers]
    files += beside(told, own) if beside else ()
    files += [sharing.picture_file(picture)] if picture else ()
    noticed += _shop_words(config, front)
    files.append(
        hosting.built(
            "_headers",
            hosting.headers_file(files, _retry(told.standing), sheet.policy),
        )
    )
    files.append(hosting.built("_redirects", hosting.redirects_file(workers)))
    return Rendered(
        hosting.site(files, sequence(told.standing)),
        told.standing,
        (*told.words.left_out, *complaints),
        tuple(noticed),
    )


def _editions(
    first: Viewer,
    sheet: Sheet,
    catalogues: Catalogues,
    kept: Kept,
    noticed: list[Problem],
) -> list[BuiltFile]:
    """Return every page and feed, in the shop's languages and in all others of ours.

    *first* views the shop's first language.
    """
    config, own = first.config, first.speakers
    words = first.told.words
    parts = Parts.of(words.log)
    files: list[BuiltFile] = []
    needed: dict[Language, int] = {}
    logs: list[tuple[Edition, str]] = []
    # what was said in an earlier outage stands where older messages do
    shown = min(ON_THE_PAGE, len(words.updates))
    for speaker in (*own, *first.elsewhere):
        edition = Edition(evolve(first, speaker=speaker), sheet, parts)
        front = edition.front(shown)
        if speaker is own[0]:
            shown = front.shown  # about as many fit in any other language
        files += edition.files(front)
        if edition.viewer.own:
            logs.append((edition, _about(config, sheet, own, catalogues, speaker)))
            if front.size > FIRST_FLIGHT:
                noticed.append(_heavy(speaker.language, front.size))
        # what leads to the log of another language needs it to begin early enough
        home = edition.viewer.teller.language
        needed[home] = max(needed.get(home, 0), parts.needed(front.shown))
    for edition, about in logs:
        files += edition.older(needed[edition.viewer.speaker.language], kept, about)
    return files


def _others(config: Config, catalogues: Catalogues) -> list[Language]:
    """Return the languages that only we speak; ``pt-br`` is Portuguese already."""
    spoken = {each.partition("-")[0] for each in config.shop.languages}
    return [
        code
        for code in sorted(catalogues)
        if code not in config.shop.languages and code not in spoken
    ]


def _about(
    config: Config,
    sheet: Sheet,
    own: Sequence[Speaker],
    catalogues: Catalogues,
    speaker: Speaker,
) -> str:
    """Return what decides about pages of earlier messages, besides their frame."""
    catalogue = catalogues.get(speaker.language) or b""
    return json.dumps(
        [
            sheet.made_of,
            repr((config.shop, config.contact, config.hosts)),
            speaker.language,
            sha256(catalogue).hexdigest(),
            [each.language for each in own],
        ]
    )


def _retry(standing: Standing) -> datetime | None:
    return None if standing.late else standing.eta


def _robots(sources: Mapping[str, bytes]) -> bytes:
    """Return the shop's own rules; a robots.txt of zero bytes is no rules at all."""
    return sources.get(ROBOTS) or hosting.ALLOW_ALL


def _workers(config: Config) -> tuple[list[str], list[Problem]]:
    known = config.shop.workers
    paths, refused = hosting.placed(COMMON if known is None else known)
    problems = [
        Problem(
            FILE_NAME,
            0,
            T("no service worker can be placed at {address}", address=address),
            T("shop.workers holds paths such as {path}", path="/sw.js"),
        )
        for address in refused
    ]
    return paths, problems


def _shop_words(config: Config, front: BuiltFile) -> list[Problem]:
    """Complain when the page holds the words by which the living shop is known."""
    if config.primary.contains not in front.body.decode():
        return []
    return [
        Problem(
            FILE_NAME,
            0,
            T(
                "the page holds {words} too, so it could be taken for the shop",
                words=config.primary.contains,
            ),
            T("choose words for primary.contains that only the real shop shows"),
        )
    ]


def _heavy(language: Language, size: int) -> Problem:
    return Problem(
        f"content/outage.{language}.md",
        0,
        T(
            "the page is {size} kB, and needs more than one round trip",
            size=-(-size // 1000),
        ),
        T("shorten the texts: it must arrive on a bad connection"),
    )
