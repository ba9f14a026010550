"""Lays an owner's content files out for the checklist of ``fallback.core.wording``.

The page is made of what the files mean; the checklist wants what they say, with lines,
comments and headings as the owner wrote them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from fallback.core import wording
from fallback.core.config import Config
from fallback.core.findings import Finding
from fallback.core.model import Language
from fallback.core.wording import Wording
from fallback.core.words.blocks import DO, MEANS, ORDER, WORK
from fallback.core.words.passages import Passage
from fallback.page import sentences
from fallback.page.content import header, moments, names, reading
from fallback.page.content.complaints import Complaints
from fallback.page.content.words import Told
from fallback.page.languages import Speaker

REPORT = "content/report"
"""How the name of a report of causes and steps begins."""

_BLOCKS = {
    "what": sentences.WHAT_HAPPENED,
    MEANS: sentences.WHAT_IT_MEANS,
    ORDER: sentences.YOUR_ORDER,
    DO: sentences.WHAT_YOU_CAN_DO,
    WORK: sentences.WHAT_WE_DO,
    "sorry": sentences.APOLOGY,
    "compensation": sentences.COMPENSATION,
}
_MOMENTS = ("started", "eta", "next", "at")
_NEWEST = 40
"""How many updates are looked at: more than the checklist reads closely."""


def findings(
    config: Config,
    sources: Mapping[str, bytes],
    told: Told,
    speakers: Sequence[Speaker],
    *,
    now: datetime,
) -> tuple[Finding, ...]:
    """Return what the words in *sources* could say better; *told* is made of them.

    See ``fallback.core.wording.findings``.
    """
    return wording.findings(
        Wording(
            config,
            told.words,
            told.standing,
            tuple(passages(config, sources, told)),
            {each.language: _headings(each) for each in speakers},
            reported=any(path.startswith(REPORT) for path in sources),
        ),
        now=now,
    )


def passages(
    config: Config, sources: Mapping[str, bytes], told: Told
) -> Iterator[Passage]:
    """Yield the outage in each language, then the newest updates that are shown."""
    listed = names.sort_out(sources, config.shop.languages, Complaints())
    for language, path in listed.outages.items():
        yield _passage(path, sources[path], language, "", config.shop.timezone)
    for update in told.words.updates[:_NEWEST]:
        for language, path in listed.updates.get(update.stem, {}).items():
            if language in update.texts:
                zone = config.shop.timezone
                yield _passage(path, sources[path], language, update.stem, zone)


def _passage(
    path: str, body: bytes, language: Language, stem: str, zone: ZoneInfo
) -> Passage:
    document = header.parse(path, reading.read(body, language).text)
    title = document.field("title")
    facts = {key: one.value.casefold() for key, one in document.fields.items()}
    facts.pop("title", None)
    for key in _MOMENTS:
        read = moments.read(facts.get(key, ""), zone)
        if read:
            facts[key] = read.at.isoformat()
    return Passage(
        PurePosixPath(path).as_posix(),
        language,
        stem,
        document.body,
        document.body_line,
        reading.clean_line(title.value) if title else "",
        facts,
    )


def _headings(speaker: Speaker) -> Mapping[str, str]:
    return {block: speaker.say(text) for block, text in _BLOCKS.items()}
