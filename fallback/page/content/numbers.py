"""Phone and account numbers in a text, as a person would read them out of it.

Whoever wants a number to be dialled may set it apart with anything that readers pass
over: commas, colons, underscores, cells of a table, items of a list. So a number is
looked for as groups of digits, whatever stands between them that is no word. Groups
that stand close together are one number when they are as many digits as one has (ITU-T
E.164). Groups that a pause keeps apart (a comma and a space, a new line) may as well be
a list, an address or a table: they are a number only when all of them are kept apart
alike and grouped as numbers are.

What has its own shape is none: dates, hours, prices, years. Texts are as
``guard.seen`` returns them. Everything here takes time in proportion to the text.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise
from string import ascii_letters
from string import digits as decimal_digits

from attrs import define, field, frozen

FEWEST = 7
"""Digits of the shortest number that is looked for: of a landline in its own town."""
_FEWEST_APART = 9
_MOST_OF_A_PHONE = 15
_MOST_BETWEEN = 12
"""Marks between two groups; a row of dots may be long."""


class Kind(StrEnum):
    """What sort of number was met."""

    PHONE = "phone"
    ACCOUNT = "account"


@frozen
class Number:
    """A number as it was written, and ``plain``: with digits for what looks like one.

    Both are equally long, and ``start`` is where they begin in the text.
    """

    kind: Kind
    text: str
    plain: str
    start: int


# O and I of three alphabets. Only within a word that has a digit, and nothing else
_LOOK_ALIKE = str.maketrans(
    "OoQ\u039f\u03bf\u041e\u043e\u0555\u0585" + "lI|\u0131\u0399\u0406\u0456\u04c0",
    "0" * 9 + "1" * 8,
)
_LIKE_DIGITS = "".join(map(chr, _LOOK_ALIKE)).replace("|", "")
_MASKED = re.compile(
    rf"(?<![^\W_])(?=[{_LIKE_DIGITS}]{{0,15}}\d)[\d{_LIKE_DIGITS}]{{2,}}(?![^\W_])"
)
_MASKS = re.compile(rf"\d[{_LIKE_DIGITS}]|[{_LIKE_DIGITS}]\d")
_NO_DIGITS = re.compile(r"\D+")

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_HOUR, _MINUTE = r"(?:[01]?\d|2[0-4])", r"[0-5]\d"
_CLOCK = rf"{_HOUR}[.:]{_MINUTE}"
_CURRENCY = (
    r"(?:[€$£¥₽₴]"
    r"|(?<![^\W\d_])(?:zł|zl|pln|eur|euro|usd|gbp|chf|czk|huf|ron|lei|kč|ft)(?![^\W_]))"
)
# whole millions at the most, in groups that all have three digits: with more in front
# of a currency, or with other groups, somebody means a number to be dialled
_WHOLE = (
    r"(?:\d{{1,2}}(?P<{0}>[\ .,'\u2019])\d{{3}}(?:(?P={0})\d{{3}})?"
    r"|\d{{1,3}}[\ .,'\u2019]\d{{3}}|\d{{1,7}})"
)
_CENTS = r"(?:[.,]\d\d)"
_ALONE = r"(?<![\d+])(?<!\d[\ .,'\u2019:/_-])"
_AND_ALONE = r"(?![\ ]?[.,:/_'\u2019-]?\d)"
_DATE = rf"{_DAY}[./-]{_DAY}[./-](?:19|20)\d\d"
_DAY_OF = rf"{_DAY}[./]{_MONTH}"
_HARMLESS = rf"""(?<!\d)(?:19|20)\d\d[./-]{_MONTH}(?:[./-]{_DAY})?(?!\d)
    | (?<!\d)(?:{_DAY}(?:[./]{_MONTH}\.?)?\s*-\s*)?{_DATE}(?!\d)
    | (?<!\d)(?<!\d\.){_DAY_OF}\.?\s*-\s*{_DAY_OF}(?![./]?\d)

    | (?<!\d){_CLOCK}\s*-\s*{_CLOCK}(?!\d)
    | (?<!\d)(?<!\d[.:]){_CLOCK}(?::{_MINUTE})?(?![.:]?\d)

    | {_ALONE}(?:{_WHOLE.format("a")}{_CENTS}?\s*-\s*)?
      {_WHOLE.format("b")}{_CENTS}?\s?{_CURRENCY}(?!\d)
    | (?<!\d){_CURRENCY}\s?{_WHOLE.format("c")}{_CENTS}?{_AND_ALONE}
    | {_ALONE}{_WHOLE.format("d")}{_CENTS}{_AND_ALONE}
    """
"""Days, hours and prices, and from one to another of them."""
_THOUSANDS = re.compile(
    r"\d{1,3}(?P<gap>[\ .,'\u2019])\d{3}(?:(?P=gap)\d{3})*(?:[.,]\d\d)?"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_GROUP = re.compile(r"\d+")
_WORDLESS = re.compile(r"(?:[^\w%€$£¥₽₴]|_)*|[%€$£¥₽₴]")
_PAUSE = re.compile(r"[,;:.!?\u2026]\s|\s#|\n")
_BEFORE = re.compile(r"(\+?\s?\(?)\Z")

# ISO 13616: two letters, two digits, and as many more as the country has
_IBAN = re.compile(
    r"(?<![a-z0-9])(?=([a-z]{2}\d{2}(?:[\W_]{0,8}[a-z0-9]){11,30}))",
    re.IGNORECASE | re.ASCII,
)
_IBANS = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22
DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28
HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25
MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29
RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29
VA22 VG24 XK20 YE30
"""
_SIGNS = frozenset(ascii_letters + decimal_digits)
_IBAN_LENGTHS = {each[:2]: int(each[2:]) for each in _IBANS.split()}


def numbers(text: str) -> Iterator[Number]:
    """Yield each phone or account number in *text*."""
    if not may_hold(text):
        return
    plain = unmasked(text)
    for start, end in _ibans(plain):
        yield Number(Kind.ACCOUNT, text[start:end], plain[start:end], start)
        plain = blanked(plain, start, end)
    # what was looked at keeps its place, and is a word that no number goes across
    plain = _harmless().sub(lambda found: "x" * len(found[0]), plain)
    for kind, start, end in _found(plain):
        yield Number(kind, text[start:end], plain[start:end], start)


@cache
def _harmless() -> re.Pattern[str]:
    # takes longer to compile than a usual log to read, and few texts need it
    return re.compile(_HARMLESS, re.IGNORECASE | re.VERBOSE)


def may_hold(text: str) -> bool:
    """Return whether *text* has enough digits for a number; most have not."""
    return len(digits(unmasked(text))) >= FEWEST


def unmasked(text: str) -> str:
    """Return *text* with digits for the letters that pass for them: 6O1 1OO 2OO."""
    if not _MASKS.search(text):
        return text
    return _MASKED.sub(lambda found: found[0].translate(_LOOK_ALIKE), text)


def digits(text: str) -> str:
    """Return the digits of *text*."""
    return _NO_DIGITS.sub("", text)


def blanked(text: str, start: int, end: int) -> str:
    """Return *text* with a word that says nothing from *start* to *end*."""
    return f"{text[:start]}{'x' * (end - start)}{text[end:]}"


@define
class _Part:
    """Groups of digits that stand close together, and what stands between them."""

    plain: str
    groups: list[re.Match[str]]
    between: list[str] = field(factory=list)

    @property
    def start(self) -> int:
        """Where it begins: with a plus or a bracket, if there is one."""
        at = self.groups[0].start()
        before = _BEFORE.search(self.plain, max(0, at - 3), at)
        return at - len(before[1].lstrip()) if before else at

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.groups[-1].end()

    @property
    def digits(self) -> str:
        """All its digits."""
        return "".join(group[0] for group in self.groups)


def _found(plain: str) -> Iterator[tuple[Kind, int, int]]:
    for run in _runs(plain):
        short: list[_Part] = []
        apart: list[str] = []
        for gap, part in run:
            if len(part.digits) < FEWEST:
                apart += [gap] if short else []
                short.append(part)
                continue
            yield from _apart(short, apart)
            short, apart = [], []
            if kind := _close(part):
                yield kind, part.start, part.end
        yield from _apart(short, apart)


def _runs(plain: str) -> Iterator[list[tuple[str, _Part]]]:
    """Yield groups between which there is no word, as parts and the pauses before."""
    run: list[tuple[str, _Part]] = []
    end = 0
    for group in _GROUP.finditer(plain):
        between = plain[end : group.start()]
        end = group.end()
        marks = "".join(between.split())
        if len(marks) > _MOST_BETWEEN or not _WORDLESS.fullmatch(between):
            if run:
                yield run
            run = []
        if run and not _PAUSE.search(between):
            run[-1][1].groups.append(group)
            run[-1][1].between.append(marks)
        else:
            run.append((marks, _Part(plain, [group])))
    if run:
        yield run


def _close(part: _Part) -> Kind | None:
    """Return what *part* is, with as many digits as a number has."""
    plain, known = plain_of(part), part.digits
    groups = [group[0] for group in part.groups]
    if all(_YEAR.fullmatch(group) for group in groups):
        return None
    if len(known) > _MOST_OF_A_PHONE:
        return Kind.ACCOUNT
    if plain.startswith("+") or known.startswith("00"):
        return Kind.PHONE
    if len(known) < _FEWEST_APART and (
        len(groups) == 1 or _THOUSANDS.fullmatch(plain) or _is_range(groups, part)
    ):
        return None
    return Kind.PHONE


def plain_of(part: _Part) -> str:
    """Return *part* as it stands in its text."""
    return part.plain[part.start : part.end]


def _is_range(groups: Sequence[str], part: _Part) -> bool:
    """Return whether it says from a round number to another: 1500 - 2500."""
    round_ones = len(groups) == 2 and all(group[-1] == "0" for group in groups)
    return round_ones and part.between == ["-"] and int(groups[0]) < int(groups[1])


def _apart(
    parts: Sequence[_Part], pauses: Sequence[str]
) -> Iterator[tuple[Kind, int, int]]:
    """Yield each number that *parts* are together, *pauses* being what is between."""
    if len(parts) < 2:
        return
    groups = [group for part in parts for group in part.groups]
    abroad = {
        part.groups[0].start(): part.start
        for part in parts
        if part.plain[part.start] == "+"
    }
    between: list[str] = []
    for part, pause in zip(parts, (*pauses, ""), strict=True):
        between += [*part.between, pause]
    at = 0
    while at < len(groups) - 1:
        plus = groups[at].start() in abroad
        last = at + 1
        most = min(len(groups), at + _MOST_OF_A_PHONE)
        while last < most and (plus or between[last - 1] == between[at]):
            last += 1
        found = _together([group[0] for group in groups[at:last]], plus=plus)
        if found:
            kind, many = found
            begins = groups[at].start()
            yield kind, abroad.get(begins, begins), groups[at + many - 1].end()
            at += many
        else:
            at += 1


def _together(groups: Sequence[str], *, plus: bool) -> tuple[Kind, int] | None:
    """Return what the first of *groups* are, and how many of them.

    The same stands between all of them, or there is a *plus* before the first.
    """
    for many in (7, 4):
        if len(groups) >= many and _like_an_account(groups[:many]):
            return Kind.ACCOUNT, many
    for many in range(len(groups), 1, -1):
        some = groups[:many]
        if _FEWEST_APART <= sum(map(len, some)) <= _MOST_OF_A_PHONE and (
            plus or (_like_a_phone(some) and not _is_list(some))
        ):
            return Kind.PHONE, many
    return None


def _like_a_phone(groups: Sequence[str]) -> bool:
    """Return whether people group a phone number like *groups*."""
    sizes = [len(group) for group in groups]
    dialled = groups[0].startswith("0")
    if max(sizes) == 1:  # digit by digit
        return True
    if max(sizes) == 2:  # in pairs, as in France: others count things in them
        return dialled and min(sizes[1:]) == 2
    return min(sizes[1:]) >= 2 and max(sizes[1:]) == 3 and (sizes[0] <= 3 or dialled)


def _like_an_account(groups: Sequence[str]) -> bool:
    """Return whether *groups* are those of a card, or of a Polish account."""
    sizes = [len(group) for group in groups]
    if sizes == [4, 4, 4, 4]:
        return _is_card("".join(groups))
    return sizes == [2, 4, 4, 4, 4, 4, 4]


def _is_card(number: str) -> bool:
    """Return whether *number* may be one of a card (ISO/IEC 7812-1, annex B)."""
    turned = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in turned[1::2])
    return (sum(turned[::2]) + sum(doubled)) % 10 == 0


def _is_list(groups: Sequence[str]) -> bool:
    """Return whether *groups* count up, as orders, days and sizes do in a sentence."""
    counted = [int(group) for group in groups]
    up = all(one < other for one, other in pairwise(counted))
    return up and (len(counted) > 3 or counted[-1] <= 2 * counted[0])


def _ibans(plain: str) -> Iterator[tuple[int, int]]:
    """Yield where an IBAN begins and ends in *plain*."""
    done = 0
    for found in _IBAN.finditer(plain):
        if found.start() < done:
            continue
        length = _IBAN_LENGTHS.get(found[1][:2].upper(), 0)
        places = [at for at, sign in enumerate(found[1]) if sign in _SIGNS][:length]
        signs = "".join(found[1][at] for at in places).upper()
        if length and len(signs) == length and _is_iban(signs):
            done = found.start() + places[-1] + 1
            yield found.start(), done


def _is_iban(signs: str) -> bool:
    """Return whether *signs* are an IBAN (ISO 13616: the remainder is 1)."""
    turned = signs[4:] + signs[:4]
    # one text in 97 passes by chance: a word with a number in it must not
    if sum(sign.isdigit() for sign in turned) < 10:
        return False
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
