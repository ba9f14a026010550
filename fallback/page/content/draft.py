"""One content file, read: its facts, its title and its words as harmless HTML.

What cannot be trusted costs an update its place (``whole``), and the outage no more
than the line it stands on: without an outage there would be no page.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from fallback.core.model import Language, Status
from fallback.core.settings.values import nearest
from fallback.core.text import T, Text
from fallback.page.content import header, moments, reading
from fallback.page.content.complaints import Complaints
from fallback.page.content.dialling import national
from fallback.page.content.guard import Guard, Stranger, seen
from fallback.page.content.header import Document, Field
from fallback.page.content.limits import MOST_BYTES, Unreadable
from fallback.page.content.numbers import Kind, digits, unmasked
from fallback.page.content.prose import Prose, Writer

LONGEST_TITLE = 200
_MOST_RAW = 4 * MOST_BYTES + 4  # UTF-32 takes four bytes a letter, and a mark
_MOMENTS = ("at", "started", "eta", "next")
_NOBODY_KNOWS = frozenset({"", "?", "-", "–", "—", "none", "unknown", "nieznany"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)
# what a number is called that nobody calls: of taxes, registers, orders, invoices
_OF_A_PAPER = re.compile(
    r"\b(?:nip|regon|krs|vat|nr|no|n[ºo°]|id|ref|zam[oó]wieni\w*|faktur\w*|order|invoice"
    r"|pedido|factura|comand\w*|factur\w*|bestell\w*|rechnung\w*)[.:#]*\s*#?\Z",
    re.IGNORECASE,
)
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
            self._refuse_number(found.line, f"title: {title}", strangers[0])
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
        if prose.numbers:
            lines = _Lines.of(text)
            for stranger in prose.numbers:
                self._refuse_number(*self._place(lines, stranger), stranger)
            # only an outage comes here: what it says of them goes
            text = lines.without(prose.numbers, self.desk.writer.guard)
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

    def _place(self, lines: "_Lines", stranger: Stranger) -> tuple[int, str]:
        """Return the line on which *stranger* is, and what it says if it is whole."""
        there = lines.holding(stranger)
        line = lines.written[there.start] if len(there) == 1 else ""
        return self.document.body_line + there.start, line

    def _refuse_number(self, line: int, written: str, stranger: Stranger) -> None:
        mended = ""
        before, found, after = written.partition(stranger.text)
        if found and self._is_called(stranger, before):
            mended = f"{before}{self.desk.phone}{after}".strip()
        self._fail(
            line,
            T(
                "{number} is no account number of the configuration",
                number=stranger.text,
            )
            if stranger.kind is Kind.ACCOUNT
            else T(
                "{number} is not the phone number of fallback.toml",
                number=stranger.text,
            ),
            T(
                "so that nobody can mislead your customers, content may only name what"
                " stands in [contact]"
            ),
            mended,
        )

    def _is_called(self, stranger: Stranger, before: str) -> bool:
        """Return whether *stranger* is a phone number for certain, *before* it words.

        A tax number and that of an order look like one, and ours is no mend for them.
        """
        written = digits(stranger.text)
        if stranger.kind is not Kind.PHONE or _OF_A_PAPER.search(before):
            return False
        if stranger.text.startswith("+") or written.startswith("00"):
            return True
        return len(written.removeprefix("0")) == len(national(self.desk.phone))

    def _lose_link(self, line: int, link: str) -> None:
        what = T(
            "{link} is not in fallback.toml, and is no link on the page", link=link
        )
        remedy = T("add it to [contact.links] if your customers may go there")
        scheme = _SCHEME.match(link)
        if "@" in link and "/" not in link:
            remedy = T("customers can only write to the mailbox of [contact]")
        elif scheme and scheme[1].casefold() in ("tel", "sms"):
            remedy = T("customers can only call the number of [contact]")
        elif scheme and scheme[1].casefold() not in ("http", "https"):
            what = T("{link} can never be a link", link=link)
            remedy = T("a link leads to a page: its address begins with https://")
        elif not scheme and not link.casefold().startswith("www."):
            remedy = T("write the whole address, with https://")
        self.desk.complaints.lose(self.document.file, line, what, remedy)

    def _line_of(self, text: str, wanted: str) -> int:
        for number, line in enumerate(text.split("\n")):
            if wanted.casefold() in line.casefold():
                return self.document.body_line + number
        return self.document.body_line


@frozen
class _Lines:
    """The lines of a text, and all their digits, one behind another.

    What a reader takes for one number may be written on many lines.
    """

    written: Sequence[str]
    digits: str
    ends: Sequence[int]
    """How many of the digits stand on each line and before it."""

    @classmethod
    def of(cls, text: str) -> "_Lines":
        written = text.split("\n")
        found = [digits(unmasked(seen(line))) for line in written]
        return cls(written, "".join(found), list(accumulate(map(len, found))))

    def holding(self, stranger: Stranger) -> range:
        """Return on which lines *stranger* is; on the first, if nobody can tell."""
        wanted = digits(unmasked(stranger.text))
        at = self.digits.find(wanted)
        if at < 0:
            return range(1)
        last = bisect_right(self.ends, at + len(wanted) - 1)
        return range(bisect_right(self.ends, at), last + 1)

    def without(self, strangers: Sequence[Stranger], guard: Guard) -> str:
        """Return the text without the lines that hold a number that is not ours."""
        gone = {line for each in strangers for line in self.holding(each)}
        return "\n".join(
            line
            for number, line in enumerate(self.written)
            if number not in gone and not any(guard.strange_numbers(seen(line)))
        )
