"""The words cannot phish: links and numbers in content must be in the configuration.

Whoever can write an update (a stolen phone, a forged mail) must not be able to send
customers to another site, phone or bank account. fallback.toml is the protected part:
what stands there may be linked and called, and nothing else.

The guard reads text as a person sees it: digits of every script, full-width letters and
invisible characters in the middle of a number make no difference.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from fallback.core.config import Config

SCHEMES = frozenset({"https", "mailto", "tel", "sms"})
"""The only schemes that a link in content may have."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_DASHES = re.compile("[\u2010-\u2015\u2212\u2043\u30fb\u00b7\u2022]")
# 64: as long as the part before the @ may be (RFC 5321 section 4.5.3.1.1). Without an
# end, each letter of a long word would be tried as the beginning of an address
_BARE = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\(?\d(?:[ \t()./-]{0,3}\d){6,}")
# what is long enough for a phone number and is none: dates, hours, hosts of a year
_HARMLESS = re.compile(
    r"(?<!\d)(?:"
    r"(?:19|20)\d\d[./-](?:0?[1-9]|1[0-2])(?:[./-]\d{1,2})?"
    r"|(?:\d{1,2}(?:[./]\d{1,2}\.?)?\s*-\s*)?\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d"
    r"|(?:[01]?\d|2[0-3])[.:][0-5]\d\s*-\s*(?:[01]?\d|2[0-4])[.:][0-5]\d"
    r"|(?<![\d.])(?:[01]?\d|2[0-3])[.:][0-5]\d(?![\d.])"
    r")(?!\d)"
)
_MONEY_AFTER = re.compile(
    r"\s?(?:[€$£¥₽₴%]|(?:zł|zl|pln|eur|euro|usd|gbp|chf|czk|huf|ron|lei|kč|ft)\b)",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .]\d{3})+")


class Kind(StrEnum):
    """What sort of number was met."""

    PHONE = "phone"
    ACCOUNT = "account"


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
            phones=frozenset({_digits(contact.phone)}),
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
        return scheme in ("tel", "sms") and _digits(parts.path) in self.phones

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
        if "@" not in text and "://" not in text and "www." not in text.lower():
            return
        for found in _BARE.finditer(text):
            address = found[0].rstrip(".,;:!?)]")
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

        *text* is as ``seen`` returns it. A run of digits counts as a phone number when
        it is as long as one (ITU-T E.164: up to 15) and is no date, time or price.
        """
        if len(_digits(text)) < 7:
            return
        for found in _IBAN.finditer(text):
            if _is_iban(found[0]) and found[0] not in self.protected:
                yield Stranger(Kind.ACCOUNT, found[0].strip())
        # a known address may hold a long number: that of a post, of an event
        rest = _BARE.sub(
            lambda found: " " if self._knows_address(found[0]) else found[0], text
        )
        rest = _HARMLESS.sub(" ; ", rest)
        for found in _NUMBER.finditer(rest):
            kind = _sort(found[0], rest[found.end() :])
            if kind and not self._knows(found[0], kind):
                yield Stranger(kind, found[0].strip())

    def _knows(self, number: str, kind: Kind) -> bool:
        digits = _digits(number)
        if digits in _digits(self.protected, apart="|"):
            return True
        if kind is Kind.ACCOUNT:
            return False
        # at home people write a number without its country code: 600 100 200
        home = digits.removeprefix("00").lstrip("0") if "+" not in number else digits
        return any(
            phone == home or (phone.endswith(home) and len(home) >= len(phone) - 3)
            for phone in self.phones
        )


def seen(text: str) -> str:
    """Return *text* as a reader sees it: plain digits, plain dashes, nothing hidden."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    plain = "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in plain
    )
    return _INVISIBLE.sub("", _DASHES.sub("-", plain))


def _digits(text: str, apart: str = "") -> str:
    return re.sub(r"\D+", apart, text) if apart else re.sub(r"\D", "", text)


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


def _sort(number: str, behind: str) -> Kind | None:
    """Return what *number* looks like, *behind* being what follows it."""
    digits = _digits(number)
    if len(digits) > 15:
        return Kind.ACCOUNT
    if number.startswith("+") or digits.startswith("00"):
        return Kind.PHONE
    plain = number.strip()
    if _MONEY_AFTER.match(behind):
        return None
    if len(digits) < 9:
        years = all(re.fullmatch(r"(?:19|20)\d\d", part) for part in plain.split())
        if plain.isdigit() or _THOUSANDS.fullmatch(plain) or years:
            return None
    return Kind.PHONE


def _is_iban(text: str) -> bool:
    """Return whether *text* begins with an IBAN (ISO 13616: the remainder is 1)."""
    plain = re.sub(r"[ -]", "", text).upper()
    for length in range(15, min(34, len(plain)) + 1):
        turned = plain[4:length] + plain[:4]
        # one text in 97 passes by chance: a word with a number in it must not
        if sum(letter.isdigit() for letter in turned) < 10:
            continue
        if int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1:
            return True
    return False
