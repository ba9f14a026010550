"""One incident of another status page, in our nouns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import define, evolve, field, frozen

from fallback.core.errors import Problem
from fallback.core.model import Language, Status
from fallback.core.text import T
from fallback.page.content import moments
from fallback.page.content.complaints import Complaints
from fallback.page.content.limits import TAGS

_DAY = re.compile(r"\d{4}-\d\d?-\d\d?")
_ZONED = re.compile(r"(?:z|utc|gmt|[+-]\d\d:?\d\d|\d\s+[a-z]{3,5})$", re.IGNORECASE)
_GO_ZONE = re.compile(r"([+-]\d{4}) [A-Z]{3,5}$")
_TAG = re.compile(r"</?([a-zA-Z][\w-]*)(?:\s[^<>]*)?/?>")


@frozen
class Entry:
    """One message: ``body`` is Markdown, ``line`` where it stands in its file."""

    at: datetime
    body: str = field(repr=False)
    status: Status | None = None
    line: int = 0


@frozen
class Incident:
    """What is told about one incident; its entries are oldest first, by language.

    ``until`` is the announced end of planned work; then ``started`` is its beginning.
    """

    file: str
    line: int
    titles: Mapping[Language, str]
    started: datetime
    entries: Mapping[Language, Sequence[Entry]]
    resolved: bool = True
    draft: bool = False
    until: datetime | None = None
    found: Complaints = field(factory=Complaints, eq=False, repr=False)

    @property
    def title(self) -> str:
        """Return its title in the first language that has one."""
        return next(iter(self.titles.values()), "")


@frozen
class Import:
    """Every incident that was read, newest first, and what could not be read."""

    incidents: tuple[Incident, ...]
    found: Complaints


@define
class Times:
    """Reads moments as other programs write them; one without a zone is the shop's."""

    zone: ZoneInfo
    zoneless: str = ""

    def read(self, text: str) -> datetime | None:
        """Return the moment that *text* names, on the shop's clock, or ``None``."""
        plain = _GO_ZONE.sub(r"\1", text.strip())
        if _DAY.fullmatch(plain):
            plain += " 00:00"
        found = moments.read(plain, self.zone)
        if found is None:
            return None
        if not _ZONED.search(plain) and not self.zoneless:
            self.zoneless = text.strip()
        return found.at.astimezone(self.zone)

    def notice(self, file: str, found: Complaints) -> None:
        """Say once what was decided about times without a zone."""
        if self.zoneless:
            found.notice(
                file,
                0,
                T(
                    "times without a zone were read on the shop's clock, {zone}",
                    zone=self.zone.key,
                ),
                T(
                    "if {time} is meant in UTC, write a Z behind it and import again",
                    time=self.zoneless,
                ),
            )


def closed(entries: Sequence[Entry], at: datetime | None) -> list[Entry]:
    """Return *entries* of a resolved incident, its end told: at *at*, if known.

    Our page believes the newest status that a message says.
    """
    told = next((each.status for each in reversed(entries) if each.status), None)
    if told is Status.RESOLVED or not entries:
        return list(entries)
    newest = entries[-1]
    if at and at > newest.at:
        return [*entries, Entry(at, "", Status.RESOLVED)]
    return [*entries[:-1], evolve(newest, status=Status.RESOLVED)]


def homeless(
    file: str, values: Iterator[tuple[str, str, int]], found: Complaints
) -> None:
    """Complain of each (key, value, line) that has no place with us."""
    for key, value, line in values:
        if value:
            found.lose(
                file,
                line,
                T("{key} has no place on our page: {value}", key=key, value=value),
                T("say it in the words, if customers should know it"),
            )


def strange_html(file: str, line: int, text: str, found: Complaints) -> None:
    """Complain of the HTML in *text*, which begins on *line*, that no page shows."""
    for offset, written in enumerate(text.split("\n")):
        strange = {
            match[0]
            for match in _TAG.finditer(written)
            if match[1].lower() not in TAGS | {"img"} and not match[0].startswith("</")
        }
        for tag in sorted(strange):
            found.lose(
                file,
                line + offset if line else 0,
                T("this HTML is not shown on the page: {tag}", tag=tag),
                T("say in words what it showed"),
            )


def newest_first(incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """Return *incidents* with the newest first."""
    return tuple(
        sorted(incidents, key=lambda each: (each.started, each.file), reverse=True)
    )


def lost(file: str, problems: Sequence[Problem], found: Complaints) -> None:
    """Add *problems* of *file* to what was lost."""
    found.left_out.extend(evolve(problem, file=file) for problem in problems)
