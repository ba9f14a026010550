"""What a shop's home page tells about the shop: its name, languages and telling words.

Read, never run, and a stranger's: nothing here is believed, all of it is offered to the
owner. Whatever is not there stays empty.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from attrs import field, frozen

MOST_LANGUAGES = 4
"""What is proposed; a shop with twenty translations has not twenty people to write."""
_MOST_PHRASES = 400
_LONGEST = 60

_BUYING = (
    "dodaj do koszyka", "do koszyka", "wrzuć do koszyka", "dodaj do torby",
    "add to cart", "add to basket", "add to bag", "buy now", "kup teraz",
    "adaugă în coș", "adauga in cos", "în coș", "añadir al carrito",
    "agregar al carrito", "añadir a la cesta", "comprar ahora", "in den warenkorb",
    "in den einkaufswagen", "ajouter au panier", "aggiungi al carrello",
    "in winkelwagen", "in winkelmandje", "přidat do košíku", "do košíku", "do košíka",
    "kosárba", "lägg i varukorg", "adicionar ao carrinho", "додати в кошик",
    "до кошика", "в кошик", "أضف إلى السلة",
)  # fmt: skip
"""How shops label the button that a page about an outage never has."""
_AROUND = (
    "koszyk", "cart", "basket", "coș", "carrito", "cesta", "warenkorb", "panier",
    "carrello", "winkelwagen", "košík", "kosár", "varukorg", "carrinho", "кошик",
    "kasa", "checkout", "zamów", "moje konto", "my account",
)  # fmt: skip
_SEPARATORS = re.compile(r"\s+[|–—·•:»/-]\s+|\s*\|\s*")
_SILENT = frozenset({"script", "style", "template", "noscript", "svg", "head"})
_CLICKED = frozenset({"button", "a"})


@frozen
class Storefront:
    """A home page as an owner would describe it.

    ``phrases`` are what can be clicked, in the page's order: of those that look like
    buying, the owner is offered one as ``primary.contains``. ``text`` is the whole
    page, folded.
    """

    name: str = ""
    languages: tuple[str, ...] = ()
    phrases: tuple[str, ...] = field(default=(), repr=False)
    text: str = field(default="", repr=False)

    @classmethod
    def of(cls, page: str, address: str) -> "Storefront":
        """Return what *page*, loaded from *address*, tells."""
        reader = _Reader()
        reader.feed(page)
        reader.close()
        return cls(
            _name(reader, address),
            tuple(_languages(reader)),
            tuple(reader.phrases),
            folded(html.unescape(page)),
        )

    def shows(self, words: str) -> bool:
        """Say whether *words* stand on the page, as ``probes.shop`` will look for."""
        return folded(html.unescape(words)) in self.text

    def telling(self, said: Callable[[str], bool]) -> str:
        """Return words that stand on the shop's page only; empty if none are seen.

        *said* tells whether our own page says the words. What labels the way to buy is
        best: it goes when the shop does.
        """
        free = [p for p in self.phrases if 4 <= len(p) <= 40 and not said(folded(p))]
        for known in (_BUYING, _AROUND):
            for words in known:
                for phrase in free:
                    if folded(words) in folded(phrase) and not re.search(r"\d", phrase):
                        return phrase
        return ""


class _Reader(HTMLParser):
    """Collects what ``Storefront`` needs; never raises for anything a page holds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.named: dict[str, str] = {}
        self.language = ""
        self.others: list[str] = []
        self.phrases: dict[str, None] = {}
        self._open: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        match tag:
            case "html":
                self.language = self.language or given.get("lang", "")
            case "title":
                self._in_title = not self.title
            case "meta":
                key = given.get("property") or given.get("name", "")
                self.named.setdefault(key.lower(), given.get("content", ""))
            case "link" if given.get("hreflang"):
                self.others.append(given["hreflang"])
            case "input" if given.get("type", "").lower() in ("submit", "button"):
                self._click(given.get("value", ""))
        if tag in _SILENT or tag in _CLICKED:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif self._open and self._open[-1] in _CLICKED:
            self._click(data)

    def _click(self, words: str) -> None:
        phrase = _short(words)
        if len(phrase) > 1 and len(self.phrases) < _MOST_PHRASES:
            self.phrases.setdefault(phrase)


def folded(text: str) -> str:
    """Return *text* as it is compared: case, forms of letters and spaces made one."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _name(reader: _Reader, address: str) -> str:
    """Return the name of the site; of a title the part that the address repeats."""
    for key in ("og:site_name", "application-name", "apple-mobile-web-app-title"):
        if given := _short(reader.named.get(key, "")):
            return given
    parts = [part for each in _SEPARATORS.split(reader.title) if (part := _short(each))]
    host = _letters((urlsplit(address).hostname or "").removeprefix("www."))
    for part in parts:
        if len(_letters(part)) > 2 and _letters(part) in host:
            return part
    return parts[0] if parts else ""


def _short(text: str) -> str:
    """Return *text* as one line; empty when it is long, or would move a cursor."""
    said = " ".join(text.split())
    return said if len(said) <= _LONGEST and said.isprintable() else ""


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return re.sub(r"[^a-z0-9]", "", plain)


def _languages(reader: _Reader) -> Iterator[str]:
    """Yield the page's own language and those it names translations in, each once."""
    tags = (tag.partition("-")[0].lower() for tag in _tags(reader))
    good = (tag for tag in tags if re.fullmatch(r"[a-z]{2,3}", tag))
    yield from list(dict.fromkeys(good))[:MOST_LANGUAGES]


def _tags(reader: _Reader) -> Iterable[str]:
    return (
        each.strip().replace("_", "-")
        for each in (reader.language, *reader.others)
        if each.strip().lower() != "x-default"
    )
