"""``check --all FILE.csv``: the outlook of many shops, a line each, the worst first.

A few shops are looked at at once. A line that cannot be used, or whose shop cannot be
looked at, is reported with its number, and the others go on. Whoever interrupts it
still gets a table of what is there.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from fallback.actions.outlook import look, refuse_offline, refuse_to_replace
from fallback.core.config import Network
from fallback.core.errors import FallbackError, Problem, UsageError
from fallback.core.findings import NOT_READY, Severity, exit_code
from fallback.core.holders.companies import named
from fallback.core.outlook.findings import minutes
from fallback.core.outlook.grades import Grade
from fallback.core.outlook.outlook import Outlook
from fallback.core.outlook.shop_list import ShopRow, is_written, read_list, written_list
from fallback.core.result import Talk, silent
from fallback.core.text import Sayable, T, Text
from fallback.wire import durable, parallel

WIDTH = 6
"""Shops at once; each is asked some ten questions at a time."""
_PARTLY = 3
_COLUMNS = (
    "domain", "grade", "registrar", "name_servers", "web", "mail", "move", "mail_fate",
    "ttl_minutes", "platform", "critical", "warning", "next",
)  # fmt: skip


@frozen
class OutlooksResult:
    """The outlook of every shop of a list, the worst first, and what was left out.

    ``table`` is the file that it was written to as CSV.
    """

    shops: tuple[tuple[ShopRow, Outlook], ...]
    left_out: tuple[Problem, ...] = ()
    strict: bool = False
    table: str = ""

    @property
    def code(self) -> int:
        """Return 3 with a line left out, else 4 with a shop that is not ready."""
        if self.left_out:
            return _PARTLY
        return NOT_READY if any(self._grave(o) for _, o in self.shops) else 0

    def _grave(self, outlook: Outlook) -> bool:
        return bool(exit_code(outlook.findings, strict=self.strict))

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for row, outlook in self.shops:
            yield T(
                "{grade}  {shop}: {next}",
                grade=outlook.grade.value,
                shop=row.shop.told,
                next=outlook.next,
            ).hanging(3)
        for problem in self.left_out:
            yield from problem.told()
        if self.table:
            yield T("as a table: {file}", file=self.table)
        yield self._verdict()

    def _verdict(self) -> Text:
        bad = sum(self._grave(outlook) for _, outlook in self.shops)
        if self.left_out:
            return T(
                "shops: {count}, not ready: {bad}, lines left out: {lines}",
                count=len(self.shops),
                bad=bad,
                lines=len(self.left_out),
            )
        return T("shops: {count}, not ready: {bad}", count=len(self.shops), bad=bad)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "shops": [
                {
                    "line": row.line,
                    "outlook": outlook.as_json(),
                    "findings": [
                        {"id": found.id, "severity": found.severity.value}
                        for found in outlook.findings
                    ],
                    "beside": dict(row.beside),
                }
                for row, outlook in self.shops
            ],
            "left_out": [problem.as_json() for problem in self.left_out],
            "table": self.table,
        }


def check_list(  # noqa: PLR0913 - each is one option of the command
    file: Path,
    *,
    network: Network,
    now: datetime,
    say: Talk = silent,
    strict: bool = False,
    table: Path | None = None,
    tick: Callable[[int], None] | None = None,
    speak: Callable[[Sayable], str] = str,
) -> OutlooksResult:
    """Return the outlook of every shop that *file* names; write it to *table* if given.

    *tick* is called with the number of shops after each one; *speak* says the table's
    sentences. Raises ``UsageError`` when *file* cannot be read or names no shop, and
    when *table* would replace it or anything else that is not such a table,
    ``Unavailable`` when this machine is offline, and ``FallbackError`` when *table*
    cannot be written.
    """
    listed = read_list(_text(file), file.name)
    if not listed.rows:
        raise UsageError(
            T("{file} names no shop", file=str(file)),
            next=T("write one domain a line"),
        )

    if table is not None:
        refuse_to_replace(table, _is_table, "--csv", source=file)
    refuse_offline(network, [row.shop.domain for row in listed.rows[:WIDTH]])
    tour = _Tour(file.name, network, now)
    try:
        with parallel.counted(lambda: tick(len(listed.rows)) if tick else None):
            parallel.each(tour.look_at, listed.rows, width=WIDTH)
    except KeyboardInterrupt:
        if table is not None and tour.shops:
            _keep(tour.shops, table, listed.separator, speak)
            say("interrupted", T("what was seen so far is in {file}", file=str(table)))
        raise
    if table is not None:
        _keep(tour.shops, table, listed.separator, speak)
    left = sorted((*listed.problems, *tour.left), key=lambda problem: problem.line)
    return OutlooksResult(
        tuple(sorted(tour.shops, key=_worst_first)),
        tuple(left),
        strict,
        str(table) if table else "",
    )


@define
class _Tour:
    """One way through a list: what was seen of each shop, and which lines failed."""

    file: str
    network: Network
    now: datetime
    shops: list[tuple[ShopRow, Outlook]] = field(factory=list)
    left: list[Problem] = field(factory=list)

    def look_at(self, row: ShopRow) -> None:
        """Look at the shop of *row*; called from several threads."""
        try:
            _, found = look(
                row.shop.url, network=self.network, now=self.now, say=silent
            )
        except FallbackError as error:
            what = T("{what}", what=error.what)
            remedy = T("{remedy}", remedy=error.next or "")
            self.left.append(Problem(self.file, row.line, what, remedy))
        else:
            self.shops.append((row, found))


def _keep(
    shops: Iterable[tuple[ShopRow, Outlook]],
    table: Path,
    separator: str,
    speak: Callable[[Sayable], str],
) -> None:
    """Write *shops* to *table*, the worst first; raises ``FallbackError``."""
    rows = [
        (row, _cells(outlook, speak))
        for row, outlook in sorted(shops, key=_worst_first)
    ]
    _write(table, written_list(rows, _COLUMNS, separator))


def _is_table(body: bytes) -> bool:
    return is_written(_decoded(body), _COLUMNS)


def _worst_first(shop: tuple[ShopRow, Outlook]) -> tuple[int, int, int, str]:
    row, outlook = shop
    grave = [_ids(outlook, severity) for severity in Severity]
    grade = list(Grade).index(outlook.grade)
    return -grade, -len(grave[0]), -len(grave[1]), row.shop.domain


def _ids(outlook: Outlook, severity: Severity) -> list[str]:
    found = (str(f.id) for f in outlook.findings if f.severity is severity)
    return list(dict.fromkeys(found))


def _cells(outlook: Outlook, speak: Callable[[Sayable], str]) -> Mapping[str, str]:
    seen = outlook.seen
    platform = seen.front.platform if seen.front else None
    return {
        "domain": seen.shown,
        "grade": outlook.grade.value,
        "registrar": named(seen.registrars),
        "name_servers": named(seen.dns),
        "web": named(seen.web),
        "mail": named(seen.post),
        "move": outlook.move.value,
        "mail_fate": outlook.post.value,
        "ttl_minutes": "" if seen.ttl is None else str(minutes(seen.ttl)),
        "platform": platform.name if platform else "",
        "critical": " ".join(_ids(outlook, Severity.CRITICAL)),
        "warning": " ".join(_ids(outlook, Severity.WARNING)),
        "next": speak(outlook.next),
    }


def _text(file: Path) -> str:
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UsageError(
            T("{file} cannot be read: {why}", file=str(file), why=str(error.strerror)),
            next=T("name a file with one domain a line"),
        ) from error
    return _decoded(body)


def _decoded(body: bytes) -> str:
    """Return *body* as text: UTF-8 or UTF-16, or what older spreadsheets save."""
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1250", "replace")


def _write(table: Path, text: str) -> None:
    try:
        # with a mark, or spreadsheets take UTF-8 for something else
        durable.replace(table, text.encode("utf-8-sig"))
    except OSError as error:
        raise FallbackError(
            T("{file} cannot be written: {why}",
              file=str(table), why=error.strerror or str(error)),
            next=T("name another file with --csv"),
        ) from error  # fmt: skip
