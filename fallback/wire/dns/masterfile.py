"""Reads a BIND master file twice: once for its records, once for where they stand.

dnspython says what a file means. The scanner here says which bytes mean it (RFC 1035
section 5.1, RFC 2308 section 4), so that an editor can leave every other byte alone. An
editor trusts neither alone: when the two do not agree, the file is not touched.

Text is Latin-1: one character a byte, whatever the bytes are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from fallback.core.errors import Refused
from fallback.core.records import Key, absolute
from fallback.core.text import T, Text
from fallback.wire.dns import presentation

if TYPE_CHECKING:
    import dns.name
    import dns.rdata
    import dns.zone

_SPACE = " \t\r"
_ENDS_A_WORD = _SPACE + '\n;()"'
_SIGNED = frozenset({"RRSIG", "NSEC", "NSEC3"})


class Unreadable(ValueError):
    """The scanner does not understand the text; the message is English."""


@frozen
class Token:
    """One word or quoted string, as written, and where it starts."""

    text: str
    start: int


@frozen
class Entry:
    """One logical line: whole physical lines, several of them within parentheses.

    A comment or an empty line has no tokens. ``indented``: the owner is left out.
    """

    start: int
    end: int
    tokens: tuple[Token, ...]
    indented: bool


@frozen
class Record:
    """What one entry means. ``source`` is its data as written, on one line."""

    name: str
    type: str
    ttl: int
    data: str
    source: str = field(eq=False, default="")

    @property
    def key(self) -> Key:
        """Name and type."""
        return (self.name, self.type)


Contents = dict[Key, tuple[int, frozenset[str]]]
"""TTL in seconds and data of every key of a zone."""


def contents(zone: "dns.zone.Zone") -> Contents:
    """Return everything *zone* holds, in a form that compares."""
    return {
        (spelled(str(name)), rdataset.rdtype.name): (
            rdataset.ttl,
            frozenset(presentation.text(rdata) for rdata in rdataset),
        )
        for name, rdataset in zone.iterate_rdatasets()
    }


def gathered(records: list[Record]) -> Contents:
    """Return what *records* make together; the lowest TTL of a set is the set's."""
    found: dict[Key, list[Record]] = {}
    for record in records:
        found.setdefault(record.key, []).append(record)
    return {
        key: (min(r.ttl for r in those), frozenset(r.data for r in those))
        for key, those in found.items()
    }


def spelled(name: str) -> str:
    """Return *name* as records carry it: absolute, ASCII, lower case."""
    import dns.name

    return dns.name.from_text(absolute(name)).canonicalize().to_text()


def parse(text: str, zone: str) -> "dns.zone.Zone":
    """Return what *text* means. Raises ``Refused`` for what we must not edit."""
    import dns.exception
    import dns.zone

    _refuse_directives(text)
    try:
        found = dns.zone.from_text(
            _ascii(text).replace("\r\n", "\n"),
            spelled(zone),
            relativize=False,
            filename=zone,
        )
    except (dns.exception.DNSException, ValueError, KeyError) as error:
        raise refusal(T("{error}", error=str(error) or type(error).__name__)) from error
    signed = {rdataset.rdtype.name for _, rdataset in found.iterate_rdatasets()}
    if signed & _SIGNED:
        raise refusal(T("it holds signatures that an edit would break"))
    return found


def refusal(why: Text) -> Refused:
    """Return the refusal to edit a file, for the reason *why*."""
    return Refused(
        T("the zone file cannot be edited safely: {why}", why=why),
        customers_see=T("no change: nothing was written"),
        next=T("edit it by hand, or use another provider for this zone"),
    )


def _refuse_directives(text: str) -> None:
    try:
        entries = list(scan(text))
    except Unreadable as error:
        raise refusal(T("{error}", error=str(error))) from error
    for entry in entries:
        word = entry.tokens[0].text.upper() if entry.tokens else ""
        if word.startswith("$") and word not in ("$ORIGIN", "$TTL"):
            line = text.count("\n", 0, entry.start) + 1
            raise refusal(T("line {line} says {word}", line=line, word=word))


def _ascii(text: str) -> str:
    r"""Write other bytes as BIND understands them: ``\DDD`` (RFC 1035 section 5.1)."""
    return re.sub(r"[\x80-\xff]", lambda found: f"\\{ord(found[0]):03d}", text)


def scan(text: str) -> Iterator[Entry]:
    """Yield every entry of *text*, in order and without gaps. Raises ``Unreadable``."""
    at = 0
    while at < len(text):
        start, depth, tokens = at, 0, list[Token]()
        while at < len(text):
            sign = text[at]
            if sign == "\n":
                at += 1
                if depth == 0:
                    break
            elif sign in _SPACE:
                at += 1
            elif sign == ";":
                at = _end_of_line(text, at)
            elif sign in "()":
                depth += 1 if sign == "(" else -1
                at += 1
            else:
                end = _end_of_token(text, at)
                tokens.append(Token(text[at:end], at))
                at = end
            if depth < 0:
                raise Unreadable(f"a ) without ( {_place(text, at)}")
        if depth:
            raise Unreadable(f"a ( without ) {_place(text, start)}")
        yield Entry(start, at, tuple(tokens), text[start] in _SPACE)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _end_of_token(text: str, at: int) -> int:
    quoted = text[at] == '"'
    end = at + 1 if quoted else at
    while end < len(text):
        sign = text[end]
        if quoted and sign == "\n":
            break
        if quoted and sign == '"':
            return end + 1
        if not quoted and sign in _ENDS_A_WORD:
            return end
        end += 2 if sign == "\\" and text[end + 1 : end + 2] not in ("", "\n") else 1
    if quoted:
        raise Unreadable(f'a " without its end {_place(text, at)}')
    return end


def _on_one_line(tokens: Sequence[Token]) -> str:
    """Join *tokens*; those that touched (``alpn="h2"``) still do."""
    line, end = "", 0
    for token in tokens:
        line += token.text if not line or token.start == end else f" {token.text}"
        end = token.start + len(token.text)
    return line


def _place(text: str, at: int) -> str:
    return f"in line {text.count(chr(10), 0, at) + 1}"


@define
class Context:
    """What a reader of a master file keeps in mind from one entry to the next."""

    zone: str
    origin: "dns.name.Name"
    owner: "dns.name.Name | None" = None
    default: int | None = None
    from_soa: bool = False
    last: int | None = None

    @classmethod
    def of(cls, zone: str) -> "Context":
        """Return the context at the top of the file of *zone*."""
        import dns.name

        return cls(spelled(zone), dns.name.from_text(spelled(zone)))

    def copy(self) -> "Context":
        """Return a context that goes on by itself."""
        return evolve(self)

    def read(self, entry: Entry) -> Record | None:
        """Take in *entry*; return its record, or ``None`` when it has none.

        A record outside the zone is ignored, as servers do. Raises ``Unreadable``, also
        for a TTL that BIND and RFC 1035 would take from different places.
        """
        import dns.exception

        if not entry.tokens:
            return None
        try:
            if entry.tokens[0].text.startswith("$"):
                self._direct([token.text for token in entry.tokens])
                return None
            return self._record(entry)
        except (dns.exception.DNSException, ValueError) as error:
            raise Unreadable(str(error)) from error

    def _direct(self, words: list[str]) -> None:
        import dns.name
        import dns.ttl

        match words:
            case ["$ORIGIN" | "$origin", name]:
                self.origin = dns.name.from_text(_ascii(name), self.origin)
            case ["$TTL" | "$ttl", span]:
                self.default, self.from_soa = dns.ttl.from_text(span), False
            case _:
                raise Unreadable(" ".join(words))

    def _record(self, entry: Entry) -> Record | None:
        import dns.name
        import dns.rdata
        import dns.rdataclass
        import dns.rdatatype

        words = [token.text for token in entry.tokens]
        if not entry.indented:
            name = words.pop(0)
            self.owner = (
                self.origin
                if name == "@"
                else dns.name.from_text(_ascii(name), self.origin)
            )
        if self.owner is None:
            raise Unreadable("a record without an owner")
        if not self.owner.is_subdomain(dns.name.from_text(self.zone)):
            return None
        ttl = self._ttl_and_class(words)
        if not words:
            raise Unreadable("a record without a type")
        kind = dns.rdatatype.from_text(words.pop(0))
        source = _on_one_line(entry.tokens[-len(words) :] if words else ())
        data = dns.rdata.from_text(
            dns.rdataclass.IN, kind, _ascii(source), self.origin, relativize=False
        )
        owner = self.owner.canonicalize().to_text()
        seconds = self._implied(data) if ttl is None else ttl
        return Record(owner, kind.name, seconds, presentation.text(data), source)

    def _ttl_and_class(self, words: list[str]) -> int | None:
        """Take TTL and class off the front of *words*, in either order."""
        import dns.ttl

        ttl: int | None = None
        seen_class = False
        while words:
            if not seen_class and words[0].upper() == "IN":
                seen_class = True
            else:
                try:
                    found = dns.ttl.from_text(words[0])
                except dns.ttl.BadTTL:
                    break
                if ttl is not None:
                    break
                ttl = self.last = found
            words.pop(0)
        return ttl

    def _implied(self, data: "dns.rdata.Rdata") -> int:
        """Return the TTL of a record that states none."""
        import dns.rdatatype

        nothing_said = self.default is None and self.last is None
        if nothing_said and data.rdtype == dns.rdatatype.SOA:
            # BIND goes on with it; RFC 1035 prefers the TTL that was stated last
            self.default, self.from_soa = int(getattr(data, "minimum", 0)), True
        bind = self.last if self.default is None else self.default
        if bind is None:
            raise Unreadable("a record without a TTL, and no $TTL")
        if self.from_soa and self.last not in (None, bind):
            raise Unreadable("a TTL that can be read in two ways: set $TTL at the top")
        return bind
