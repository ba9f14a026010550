"""One content file, read: its facts, its title and its words as harmless HTML.

What cannot be trusted costs an update its place (``whole``), and the outage no more
than the line it stands on: without an outage there would be no page.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from fallback.core.model import Language, Status
from fallback.core.text import T, Text
from fallback.core.values import nearest
from fallback.page import header, moments, reading
from fallback.page.complaints import Complaints
from fallback.page.guard import Kind, Stranger, seen
from fallback.page.header import Document, Field
from fallback.page.limits import MOST_BYTES, Unreadable
from fallback.page.prose import Prose, Writer

LONGEST_TITLE = 200
_MOST_RAW = 4 * MOST_BYTES + 4  # UTF-32 takes four bytes a letter, and a mark
_MOMENTS = ("at", "started", "eta", "next")
_NOBODY_KNOWS = frozenset({"", "?", "-", "–", "—", "none", "unknown", "nieznany"})
_PICTURES = T("pictures are not shown: this page must do without anything remote")


@frozen
class Facts:
    """What a header says. ``said`` holds each moment it mentions; ``None``: unknown.

    A key that is absent was not mentioned.
    """

    said: Mapping[str, datetime | None] = field(factory=dict)
    status: Status | None = None


@frozen
class Draft:
    """One file in one language, ready to be shown."""

    language: Language
    title: str
    html: str
    facts: Facts


class _LeftOut(Exception):
    """The file cannot be used; the complaint has been made."""


@frozen
class Desk:
    """What every file of one build is read with. ``phone`` is the shop's own."""

    zone: ZoneInfo
    phone: str
    writer: Writer
    complaints: Complaints


def drafted(
    file: str, body: bytes, language: Language, desk: Desk, *, whole: bool
) -> Draft | None:
    """Return what *body* says, or ``None`` when it had to be left out.

    *whole*: the file is an update, and stands or falls as one.
    """
    if len(body) > _MOST_RAW:  # whole lines, lest half a letter spoil the encoding
        head = body[:_MOST_RAW]
        body = head.rpartition(b"\n")[0] or head.rpartition(b" ")[0] or head
    read = reading.read(body, language)
    if read.guessed:
        desk.complaints.notice(
            file,
            0,
            T("this file is not in UTF-8, and was read as {name}", name=read.guessed),
            T("look at the accents on the page, and save the file as UTF-8"),
        )
    document = header.parse(file, read.text)
    desk.complaints.left_out.extend(document.problems)
    draft = _Drafting(document, language, desk, whole)
    try:
        return draft.finished()
    except _LeftOut:
        return None


@define
class _Drafting:
    document: Document
    language: Language
    desk: Desk
    whole: bool

    def finished(self) -> Draft:
        text = self._body()
        facts = Facts(self._moments(), self._status())
        title = self._title()
        if self.whole and not (text.strip() or title or facts.status):
            self._fail(0, T("this update says nothing, and was left out"))
        prose = self._guarded(text)
        return Draft(self.language, title, prose.html, facts)

    def _fail(
        self, line: int, what: Text, remedy: Text | None = None, mended: str = ""
    ) -> None:
        """Complain; an update is left out with that."""
        self.desk.complaints.lose(self.document.file, line, what, remedy, mended)
        if self.whole:
            raise _LeftOut

    def _body(self) -> str:
        text = self.document.body
        if len(text.encode()) <= MOST_BYTES:
            return text
        self._fail(
            self.document.body_line,
            T("this text is longer than {limit} KB", limit=MOST_BYTES // 1024),
            T("shorten it: the page must arrive on a bad connection"),
        )
        short = text.encode()[:MOST_BYTES].decode("utf-8", "ignore")
        return short.rpartition("\n")[0] or short

    def _title(self) -> str:
        found = self.document.field("title")
        if found is None:
            return ""
        title = reading.clean_line(found.value)
        strangers = list(self.desk.writer.guard.strange_numbers(seen(title)))
        if strangers:
            self._refuse_number(found.line, strangers[0], f"title: {title}")
            return ""
        for address in self.desk.writer.guard.strange_addresses(seen(title)):
            self._lose_link(found.line, address)
        if len(title) > LONGEST_TITLE:
            title = title[: LONGEST_TITLE - 1].rstrip() + "…"
            self.desk.complaints.lose(
                self.document.file,
                found.line,
                T(
                    "the title is longer than {n} characters and was cut",
                    n=LONGEST_TITLE,
                ),
                T("say the rest in the text below"),
                f"title: {title}",
            )
        return title

    def _status(self) -> Status | None:
        found = self.document.field("status")
        if found is None or not found.value:
            return None
        try:
            return Status(found.value.casefold())
        except ValueError:
            near = nearest(found.value, list(Status))
            self._fail(
                found.line,
                T("{value} is no status", value=found.value),
                T("a status is one of: {known}", known=" ".join(Status)),
                f"status: {near}" if near else "",
            )
            return None

    def _moments(self) -> dict[str, datetime | None]:
        said: dict[str, datetime | None] = {}
        for key in _MOMENTS:
            found = self.document.field(key)
            if found is None:
                continue
            if key != "at" and found.value.casefold() in _NOBODY_KNOWS:
                said[key] = None
                continue
            at = self._moment(key, found, said.get("at"))
            if at:
                said[key] = at
        if self.whole and "at" not in said:
            said["at"] = self._time_in_name()
        return said

    def _moment(self, key: str, found: Field, day: datetime | None) -> datetime | None:
        read = moments.read(found.value, self.desk.zone)
        if read is None:
            named = moments.read_name(self._stem(), self.desk.zone)
            near = day or (named.at if named else None)
            local = near.astimezone(self.desk.zone) if near else None
            mended = moments.mended(found.value, local)
            self._fail(
                found.line,
                T("{key}: {value} is no moment", key=key, value=found.value),
                T("write day and time like this: {form}", form=moments.FORM),
                f"{key}: {mended}" if mended else "",
            )
            return None
        self._doubt(found.line, read, found.value)
        return read.at

    def _doubt(self, line: int, read: moments.Read, value: str) -> None:
        said = {
            "gap": T("the clock was put forward over {value}", value=value),
            "fold": T("{value} came twice when the clock was put back", value=value),
            "day": T(
                "{value} is a day without a time: midnight was taken", value=value
            ),
        }
        if read.doubt:
            local = read.at.astimezone(self.desk.zone)
            self.desk.complaints.notice(
                self.document.file,
                line,
                said[read.doubt],
                T(
                    "we took {moment}: write it like that if it is meant",
                    moment=local.isoformat(timespec="minutes"),
                ),
            )

    def _time_in_name(self) -> datetime:
        stem = self._stem()
        read = moments.read_name(stem, self.desk.zone)
        if read is None:
            self._fail(
                1,
                T("nobody can tell when this update was written"),
                T("give it a line such as {line}", line=f"at: {moments.FORM}"),
                f"at: {moments.FORM}",
            )
            raise _LeftOut
        self._doubt(0, read, stem)
        return read.at

    def _stem(self) -> str:
        return PurePosixPath(self.document.file).name

    def _guarded(self, text: str) -> Prose:
        prose = self._prose(text)
        lines = [
            (line, re.sub(r"\D", "", seen(line)))
            for line in (text.split("\n") if prose.numbers else ())
        ]
        for stranger in prose.numbers:
            line, written = self._line_of_number(lines, stranger)
            self._refuse_number(line, stranger, written)
        if prose.numbers:  # only an outage comes here: what it says of them goes
            text = self._without_numbers(text)
            prose = self._prose(text)
            prose = Prose("") if prose.numbers else prose
        for link in prose.links:
            self._lose_link(self._line_of(text, link), link)
        if prose.pictures:
            self.desk.complaints.lose(
                self.document.file, self._line_of(text, "!["), _PICTURES
            )
        return prose

    def _prose(self, text: str) -> Prose:
        try:
            return self.desk.writer.prose(text, top=4 if self.whole else 2)
        except Unreadable:
            self._fail(
                self.document.body_line,
                T("this text is nested too deeply to be read"),
                T("write it without lists inside lists"),
            )
            return Prose("")

    def _refuse_number(self, line: int, stranger: Stranger, written: str) -> None:
        what = (
            T(
                "{number} is no account number of the configuration",
                number=stranger.text,
            )
            if stranger.kind is Kind.ACCOUNT
            else T(
                "{number} is not the phone number of fallback.toml",
                number=stranger.text,
            )
        )
        mended = ""
        if stranger.kind is Kind.PHONE and stranger.text in written:
            mended = written.replace(stranger.text, self.desk.phone).strip()
        self._fail(
            line,
            what,
            T(
                "so that nobody can mislead your customers, content may only name what"
                " stands in [contact]"
            ),
            mended,
        )

    def _lose_link(self, line: int, link: str) -> None:
        self.desk.complaints.lose(
            self.document.file,
            line,
            T("{link} is not in fallback.toml, and is no link on the page", link=link),
            T("add it to [contact.links] if your customers may go there"),
        )

    def _line_of(self, text: str, wanted: str) -> int:
        for number, line in enumerate(text.split("\n")):
            if wanted.casefold() in line.casefold():
                return self.document.body_line + number
        return self.document.body_line

    def _line_of_number(
        self, lines: Sequence[tuple[str, str]], stranger: Stranger
    ) -> tuple[int, str]:
        digits = re.sub(r"\D", "", stranger.text)
        for number, (line, of_line) in enumerate(lines):
            if digits in of_line:
                return self.document.body_line + number, line
        return self.document.body_line, ""

    def _without_numbers(self, text: str) -> str:
        guard = self.desk.writer.guard
        return "\n".join(
            line
            for line in text.split("\n")
            if not any(True for _ in guard.strange_numbers(seen(line)))
        )
