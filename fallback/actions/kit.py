"""The emergency kit: one zip that is of use to a person who has none of our tools.

Deterministic: the same site and the same records of one day are the same bytes. Only
the small render set is needed; an operator's SDK that is missing or broken costs a date
on the records and nothing else.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback.actions.build import BuildResult, build
from fallback.actions.card import CardResult, card, gaps
from fallback.actions.moving.records_seen import in_force
from fallback.actions.writing.proofread import as_told
from fallback.channels.every import messages
from fallback.channels.telling import Telling, unmarked
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.model import Language
from fallback.core.redirect.card import restore_card
from fallback.core.result import Talk, silent
from fallback.core.text import Sayable, T, Text
from fallback.page.languages import Speaker
from fallback.page.sheets import kit as words
from fallback.page.sheets.preview import Speak
from fallback.wire import durable, shipped
from fallback.wire.scrubbing import scrub

_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The first moment that a zip can tell (APPNOTE 4.4.6)."""
_MODE = 0o644 << 16


@frozen
class KitResult:
    """What is in the kit, by path, and where it was written."""

    files: tuple[str, ...]
    out: Path
    size: int
    card: CardResult
    built: BuildResult

    @property
    def code(self) -> int:
        """Return 0, or 3 when something the owner wrote is not on the page."""
        return self.built.code

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for problem in self.built.left_out:
            yield from problem.told()
        yield T("the kit is in {file}: {n} files, {size} kB", file=str(self.out),
                n=len(self.files), size=-(-self.size // 1000))  # fmt: skip
        for gap in gaps(self.card.card):
            yield T("  missing: {what}", what=gap)
        yield T("next: {next}", next=T(
            "keep it where it does not die with the shop: a telephone, a memory stick,"
            " a mailbox elsewhere"))  # fmt: skip

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            **self.card.as_json(),
            "out": str(self.out),
            "files": list(self.files),
            "left_out": [problem.as_json() for problem in self.built.left_out],
        }


def kit(
    config: Config,
    out: Path,
    *,
    now: datetime,
    speak: Speak,
    language: str = "en",
    say: Talk = silent,
    ask: bool = True,
) -> KitResult:
    """Write the kit of *config* to *out*, in the owner's *language* (``speak``).

    *ask* is as in ``fallback.actions.card.card``. Raises ``ContentError`` when there
    are no words to make a page of, ``UsageError`` when *out* cannot be written.
    """
    built = build(config, out=None, now=now)
    made = card(config, now=now, speak=speak, language=language, say=say, ask=ask)
    way_back = _way_back(config, speak, ask=ask)
    files = dict(_files(config, built, made, speak, language, now, way_back))
    body = _zipped(files, datetime.fromtimestamp(built.site.sequence, UTC))
    try:
        durable.replace(out, body)
    except OSError as error:
        raise UsageError(
            T(
                "{file} cannot be written: {why}",
                file=str(out),
                why=error.strerror or str(error),
            )
        ) from error
    return KitResult(tuple(files), out, len(body), made, built)


def _files(
    config: Config,
    built: BuildResult,
    made: CardResult,
    speak: Speak,
    language: str,
    now: datetime,
    way_back: str,
) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the kit, by path, in the order of use."""
    for code, speaks in _readers(config, speak, language):
        text = words.read_me(made.card, speaks, redirected=bool(way_back))
        yield f"READ-ME.{code}.txt", _plain(text)
    yield f"{words.CARD}.html", made.html
    yield f"{words.CARD}.txt", _plain(made.text)
    if way_back:
        yield words.WAY_BACK, _plain(way_back)
    for zone in made.card.zones:
        path = f"{words.RECORDS}/{zone.zone.rstrip('.')}.txt"
        yield path, _plain(words.records(zone, speak))
    yield from _messages(config, now)
    for file in built.site:
        yield f"{words.PAGE}/{file.path}", file.body
    yield f"{words.PAGE}/.htaccess", words.HTACCESS


def _readers(
    config: Config, speak: Speak, language: str
) -> Iterator[tuple[str, Speak]]:
    """Yield each language in which the kit is explained: the owner's, the shop's."""
    yield language, speak
    for code in (*config.shop.languages, Language("en")):
        catalogue = shipped.catalogue(code, "owner")
        if code == language or (catalogue is None and code != "en"):
            continue
        yield code, partial(_said, Speaker.of(code, catalogue))


def _said(speaker: Speaker, said: Sayable) -> str:
    return said.said_by(speaker.translate) if isinstance(said, Text) else str(said)


def _plain(text: str) -> bytes:
    """Return *text* as a file that old editors show: CRLF, and a mark of UTF-8."""
    return scrub(text).replace("\n", "\r\n").encode("utf-8-sig")


def _messages(config: Config, now: datetime) -> Iterator[tuple[str, bytes]]:
    told = as_told(config, now)
    speakers: Sequence[Speaker] = [
        Speaker.of(code, shipped.catalogue(code)) for code in config.shop.languages
    ]
    for speaker in speakers:
        for said in messages(Telling(config, told, speakers, speaker)):
            text = f"{said.subject}\n\n{said.text}" if said.subject else said.text
            path = f"{words.CHANNELS}/{said.channel}.{said.language}.txt"
            yield path, _plain(f"{unmarked(text)}\n")


def _way_back(config: Config, speak: Speak, *, ask: bool) -> str:
    """Return the restore card while a name is redirected, else ``""``."""
    redirects = in_force(config, silent, ask=ask)  # the card has told what is unread
    if not redirects:
        return ""
    lines = restore_card(config.shop.name, list(redirects.values()))
    return "".join(f"{speak(line)}\n" for line in lines)


def _zipped(files: Mapping[str, bytes], at: datetime) -> bytes:
    """Return *files* as a zip whose bytes depend on them and on *at* alone."""
    made = io.BytesIO()
    stamp = max(at, _EARLIEST).timetuple()[:6]
    with zipfile.ZipFile(made, "w") as archive:
        for path, body in files.items():
            about = zipfile.ZipInfo(path, stamp)
            about.create_system = 3  # the same on every system
            about.external_attr = _MODE
            archive.writestr(about, body, zipfile.ZIP_DEFLATED, 9)
    return made.getvalue()
