"""The words cannot phish: links and numbers in content must be in the configuration.

Whoever can write an update (a stolen phone, a forged mail) must not be able to send
customers to another site, phone or bank account. fallback.toml is the protected part:
what stands there may be linked and called, and nothing else.

The guard reads text as a person sees it: digits of every script, full-width letters and
invisible characters in the middle of a number make no difference. What a number looks
like is said in ``fallback.page.content.numbers``.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from fallback.core.config import Config
from fallback.page.content.numbers import (
    FEWEST,
    Kind,
    Number,
    digits,
    may_hold,
    numbers,
)

SCHEMES = frozenset({"https", "mailto", "tel", "sms"})
"""The only schemes that a link in content may have."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
# the last three are letters to Unicode: they make a sound longer, or a word
_DASHES = re.compile(
    "[\u2010-\u2015\u2212\u2043\u30fb\u00b7\u2022\u02b0-\u02ff\u0640\u30fc]"
)
_COUNTED = str.maketrans("〇零一二三四五六七八九", "00123456789")
"""Chinese and Japanese digits, which are no decimals to Unicode."""
# 64: as long as the part before the @ may be (RFC 5321 section 4.5.3.1.1). Without an
# end, each letter of a long word would be tried as the beginning of an address
_BARE = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_CLOSE = r"[ \t()./-]{0,3}"


@frozen
class Stranger:
    """A number that is not in the configuration, as it was written."""

    kind: Kind
    text: str


@frozen
class Guard:
    """What the configuration allows content to say.

    ``pages`` are addresses below which links may lead; ``phones`` are digits.
    """

    pages: tuple[str, ...]
    mail: str
    phones: frozenset[str]
    protected: str

    @classmethod
    def of(cls, config: Config) -> "Guard":
        """Return the guard that lets through what *config* holds."""
        contact = config.contact
        links = tuple(contact.links.values())
        said = [contact.phone, *contact.hours.values(), *contact.links, *links]
        pages = (config.shop.url, *(host.url for host in config.hosts), *links)
        return cls(
            pages=tuple(page for page in pages if page),
            mail=contact.email.casefold(),
            phones=frozenset({digits(contact.phone)}),
            protected="\n".join(seen(each) for each in said),
        )

    def allows(self, link: str) -> bool:
        """Return whether content may link to *link*."""
        if not link.isprintable() or any(letter in link for letter in "\\ \u00a0<>\"'"):
            return False
        try:
            parts = urlsplit(link)
            scheme = parts.scheme.casefold()
            if scheme == "https":
                return any(_below(link, page) for page in self.pages)
            if scheme == "mailto":
                return self._allows_mail(parts.path, parts.query)
        except ValueError:
            return False
        return scheme in ("tel", "sms") and digits(parts.path) in self.phones

    def _allows_mail(self, address: str, query: str) -> bool:
        known = unquote(address).casefold() == self.mail
        # "cc", "bcc" and "to" would send the letter to somebody else as well
        extras = {key.casefold() for key, _ in parse_qsl(query, True)}
        return known and extras <= {"subject", "body"}

    def strange_addresses(self, text: str) -> Iterator[str]:
        """Yield each web or mail address in plain *text* that is not ours.

        *text* is as ``seen`` returns it. No browser makes a link of these, but people
        copy them.
        """
        for address in bare_addresses(text):
            if not self._knows_address(address):
                yield address

    def _knows_address(self, address: str) -> bool:
        folded = address.casefold()
        if "@" in address and "/" not in address:
            return folded == self.mail
        full = address if "://" in address else f"https://{address}"
        unsafe = folded.startswith("http:")
        return any(
            _below(full, page, any_scheme=not unsafe)
            for page in self.pages
            if not unsafe or page.startswith("http:")
        )

    def strange_numbers(self, text: str) -> Iterator[Stranger]:
        """Yield each phone or account number in *text* that is not ours.

        *text* is as ``seen`` returns it; ``fallback.page.content.numbers`` says what
        is one.
        """
        if not may_hold(text):
            return
        # a known address may hold a long number: that of a post, of an event
        rest = _BARE.sub(
            lambda found: (
                "x" * len(found[0]) if self._knows_address(found[0]) else found[0]
            ),
            text,
        )
        # our own number, and whatever follows it: "600 100 200 (8-20)"
        for own in _ways_to_write(self.phones):
            rest = own.sub(lambda found: "x" * len(found[0]), rest)
        for number in numbers(rest):
            if not self._knows(number):
                yield Stranger(number.kind, number.text.strip())

    def _knows(self, number: Number) -> bool:
        if number.text in self.protected:
            return True
        written = digits(number.plain)
        if written in _only_digits(self.protected):
            return True
        if number.kind is Kind.ACCOUNT:
            return False
        # at home people write a number without its country code: 600 100 200
        home = written
        if "+" not in number.plain:
            home = written.removeprefix("00").lstrip("0")
        return any(
            phone == home or (phone.endswith(home) and len(home) >= len(phone) - 3)
            for phone in self.phones
        )


def bare_addresses(text: str) -> Iterator[str]:
    """Yield each web or mail address that is written out in *text*."""
    if "@" not in text and "://" not in text and "www." not in text.lower():
        return
    for found in _BARE.finditer(text):
        yield found[0].rstrip(".,;:!?)]")


def seen(text: str) -> str:
    """Return *text* as a reader sees it: plain digits, plain dashes, nothing hidden."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_COUNTED)
    plain = "".join(
        str(unicodedata.digit(letter)) if letter.isdigit() else letter
        for letter in plain
    )
    return _INVISIBLE.sub("", _DASHES.sub("-", plain))


@lru_cache(maxsize=8)
def _only_digits(text: str) -> str:
    return re.sub(r"\D+", "|", text)


@lru_cache(maxsize=8)
def _ways_to_write(phones: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """Return what finds each of *phones*, with or without its country's code.

    What goes on before it is another number.
    """
    made = []
    for phone in sorted(phones):
        if len(phone) < FEWEST + 3:
            continue
        code = "".join(rf"(?:{digit}{_CLOSE})?" for digit in phone[:3])
        home = _CLOSE.join(phone[3:])
        made.append(
            re.compile(
                rf"(?<!\d)(?<!\d[ ()./-])\+?(?:0{{1,2}}{_CLOSE})?{code}{home}(?!\d)"
            )
        )
    return tuple(made)


def _below(link: str, page: str, *, any_scheme: bool = False) -> bool:
    """Return whether *link* is *page* or lies below it, on the same host and port.

    Whatever a browser and this function might read differently is refused: names and
    passwords in the address, dot segments, encoded slashes.
    """
    try:
        ours, theirs = urlsplit(page), urlsplit(link)
        if "@" in theirs.netloc or theirs.port != ours.port:
            return False
    except ValueError:
        return False
    path = unquote(theirs.path)
    if "\\" in path or "//" in path or ".." in path.split("/") or "%2f" in link.lower():
        return False
    if ours.scheme != theirs.scheme and not any_scheme:
        return False
    if (theirs.hostname or "") != (ours.hostname or ""):
        return False
    base = ours.path.rstrip("/")
    return theirs.path.rstrip("/") == base or theirs.path.startswith(base + "/")
