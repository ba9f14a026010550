"""A list of shops as agencies keep it: a domain a line, in a table with commas.

A header is allowed and further columns are kept; commas, semicolons and tabs all
separate. Which column holds the domains is told by its heading, else by its cells. A
line that names no domain is a ``Problem`` with its number, and the rest goes on.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from itertools import islice

from attrs import field, frozen

from fallback.core.errors import Problem, UsageError
from fallback.core.outlook.typed_domain import EXAMPLE, TypedDomain, typed_domain
from fallback.core.text import T

_SEPARATORS = ",;\t"
_CALLED = ("domain", "domena", "dominio", "domeniu", "url", "www", "shop", "sklep")
_FIRST = 20
"""Lines that tell how a list is made."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@frozen
class ShopRow:
    """One line of the list: its number in the file, the shop, and what stands beside.

    ``beside`` holds the other columns by their header, or by their number.
    """

    line: int
    shop: TypedDomain
    beside: Mapping[str, str] = field(factory=dict)


@frozen
class ShopList:
    """Everything that was understood of a list, and what was not."""

    rows: tuple[ShopRow, ...]
    problems: tuple[Problem, ...] = ()
    separator: str = ","


def read_list(text: str, file: str) -> ShopList:
    """Return the shops of *text*, which stands in *file*."""
    lines = text.removeprefix("\ufeff")
    separator = _separator(lines)
    reader = csv.reader(StringIO(lines), delimiter=separator)
    table: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    try:
        for cells in reader:
            written = [cell.strip() for cell in cells]
            if any(written) and not written[0].startswith("#"):
                table.append((reader.line_num, written))
    except csv.Error as error:
        problems.append(
            Problem(
                file,
                reader.line_num,
                T("this is no line of a table: {why}", why=str(error)),
                T("save the list again as CSV"),
            )
        )
    names = _header(table[0][1]) if table else ()
    column = _column(names, [cells for _, cells in table[:_FIRST]])
    rows = []
    for line, cells in table[1:] if names else table:
        try:
            shop = typed_domain(cells[column] if column < len(cells) else "")
        except UsageError as error:
            problems.append(Problem(file, line, T("{what}", what=error.what), EXAMPLE))
        else:
            rows.append(ShopRow(line, shop, _beside(cells, column, names)))
    return ShopList(tuple(rows), tuple(problems), separator)


def _separator(text: str) -> str:
    """Return what stands most often between the columns of the first lines."""
    head = "".join(islice(StringIO(text), _FIRST))
    return max(_SEPARATORS, key=head.count)


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    """Return every heading; none where *cells* hold a domain already."""
    return () if any(map(_is_domain, cells)) else tuple(cells)


def _column(names: Sequence[str], first: Sequence[Sequence[str]]) -> int:
    """Return which column holds the domains, by its heading or by its *first* cells."""
    called = [name.lower() for name in names]
    for word in _CALLED:
        if word in called:
            return called.index(word)
    width = max(map(len, first), default=1)
    held = [
        sum(_is_domain(cells[number]) for cells in first if number < len(cells))
        for number in range(width)
    ]
    return held.index(max(held))


def _is_domain(cell: str) -> bool:
    try:
        typed_domain(cell)
    except UsageError:
        return False
    return True


def _beside(
    cells: Sequence[str], column: int, names: Sequence[str]
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for number, cell in enumerate(cells):
        if number != column:
            name = names[number] if number < len(names) and names[number] else ""
            found[name or f"column {number + 1}"] = cell
    return found


def written_list(
    rows: Iterable[tuple[ShopRow, Mapping[str, str]]],
    columns: Sequence[str],
    separator: str,
) -> str:
    """Return a table: *columns* as each row's mapping has them, then what was beside.

    What servers say about themselves cannot become a formula of a spreadsheet. Of a
    list that is such a table already, the earlier columns of ours leave.
    """
    table = list(rows)
    others = list(dict.fromkeys(name for row, _ in table for name in row.beside))
    if set(columns[1:]) <= {*others}:
        others = [name for name in others if name not in columns]
    out = StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow([*columns, *others])
    for row, said in table:
        own = [_harmless(said[column]) for column in columns]
        writer.writerow([*own, *(row.beside.get(name, "") for name in others)])
    return out.getvalue()


def is_written(text: str, columns: Sequence[str]) -> bool:
    """Return whether *text* is a table of *columns* that ``written_list`` made."""
    head = text.removeprefix("\ufeff").partition("\n")[0].rstrip("\r").split
    return any(head(mark)[: len(columns)] == [*columns] for mark in _SEPARATORS)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
