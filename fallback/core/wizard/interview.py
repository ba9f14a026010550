"""The questions for a new site: which are asked, what is offered, what can be used.

The law of this room: **whatever can be seen is not asked**. Each question offers what
was seen or is usual, and one key takes it; only the shop's address and the way to reach
a human nobody else can know.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from fallback.core.config import Kinds
from fallback.core.settings import addresses, values
from fallback.core.settings.values import Reader, Wrong
from fallback.core.text import T, Text
from fallback.core.wizard import proposals
from fallback.core.wizard.answers import NO_PROVIDER, ORDER
from fallback.core.wizard.new_site import Given, Machine, languages
from fallback.core.wizard.offers import PROVIDERS, Offer, labels
from fallback.core.wizard.proposals import Seen, offered


class Doubt(Wrong):
    """An answer that can be used and is probably not meant: said once, then taken."""


@frozen
class Question:
    """What is asked, as one line; ``before`` are the lines that explain it.

    ``key`` is the answer's name, ``table`` the table it stands in (empty: none).
    ``usual`` is taken by the Enter key.
    """

    key: str
    text: Text
    reader: Reader
    usual: str = ""
    before: tuple[Text, ...] = ()
    table: str = ""

    @property
    def option(self) -> str:
        """Return the option that answers it."""
        if self.table:
            return f"--set {self.table}.{self.key}=…"
        named = {"languages": "language", "hosts": "host"}
        return f"--{named.get(self.key, self.key)}"


def questions(
    given: Given, seen: Seen, machine: Machine, kinds: Kinds
) -> Iterator[Question]:
    """Yield what is still to be asked after *given*, one by one, in order.

    Whoever takes the questions adds each answer to *given* before the next is drawn.
    The shop's address is asked for by ``address_question``, before anybody looks.
    """
    for key in ORDER[1:]:
        if key not in given:
            yield from _asked(key, seen, machine, kinds)
        if key == "hosts":
            yield from _wanted(_host_offers(given), given)
        elif key == "provider" and given.get("provider") in PROVIDERS:
            word = str(given["provider"])
            yield from _wanted({word: PROVIDERS[word]}, given)


def address_question(usual: str = "") -> Question:
    """Return the first question, which everything else follows from."""
    return Question(
        "url",
        T("the address of your shop, as customers type it"),
        shop_address,
        usual,
    )


def shop_address(typed: Any) -> str:
    """Read an address as people type it: without https://, or with letters like ą.

    Returns it as machines spell it. Raises ``Wrong``.
    """
    address = str(values.text(typed)).strip()
    for _ in range(3):
        try:
            return str(addresses.base_url(address)).rstrip("/")
        except Wrong as wrong:
            if not wrong.mended or wrong.mended.strip('"') == address:
                raise
            address = wrong.mended.strip('"')
    return str(addresses.base_url(address)).rstrip("/")


def _asked(key: str, seen: Seen, machine: Machine, kinds: Kinds) -> Iterator[Question]:
    match key:
        case "name":
            yield Question(key, T("the name of your shop"), values.text,
                           seen.front.name)  # fmt: skip
        case "email":
            yield Question(
                key,
                T("an e-mail address for that day"),
                _email(seen),
                before=(_REACHED, _not_this_mail(seen)),
            )
        case "phone":
            yield Question(key, T("a phone number for that day, with the country code"),
                           _phone(seen))  # fmt: skip
        case "contains":
            yield Question(
                key,
                T("words that only your shop shows, and never our page")
                if seen.contains
                else T("words that only your shop shows; Enter leaves it for later"),
                _telling(seen),
                seen.contains,
                before=(_TELLING,),
            )
        case "languages":
            usual = ", ".join(languages(seen, machine))
            yield Question(key, T("the languages of the page, your own first"),
                           each_language, usual)  # fmt: skip
        case "timezone" if not proposals.timezone(seen, machine.timezone):
            yield Question(key, T("your time zone, such as Europe/Warsaw"),
                           values.timezone, "UTC")  # fmt: skip
        case "hosts":
            yield _places(seen, kinds)
        case "provider" if seen.zone:
            yield _provider(seen)


_REACHED = T("how do customers reach you while the shop is down?")
_TELLING = T(
    "by these words fallback knows that your shop is alive: take a button, such as the"
    " one that puts things into the basket"
)


def _not_this_mail(seen: Seen) -> Text:
    domain = seen.domain.removeprefix("www.")
    return T("not one that ends in @{domain}: it may be as dead as the shop",
             domain=domain)  # fmt: skip


def _places(seen: Seen, kinds: Kinds) -> Question:
    words = proposals.places(seen)
    lines = [T("where shall the page wait? in two places that share nothing with your"
               " shop, nor with each other:")]  # fmt: skip
    lines += [
        T("  {place}: {why}", place=word, why=proposals.why_place(word, seen))
        for word in dict.fromkeys(words)
    ]
    others = [kind for kind in kinds["hosts"] if kind not in words]
    lines.append(T("  you may write instead: {others}", others=", ".join(others)))
    return Question("hosts", T("the places"), each_kind(kinds), ", ".join(words),
                    before=tuple(lines))  # fmt: skip


def _provider(seen: Seen) -> Question:
    word = proposals.provider(seen)
    return Question(
        "provider",
        T("who leads your address to the page"),
        values.one_of(*PROVIDERS),
        word,
        before=(
            T("on the day, your own address has to lead to the page:"),
            T("  {place}: {why}", place=word, why=proposals.why_provider(word, seen)),
            T("  {place}: {why}", place=NO_PROVIDER,
              why=proposals.why_provider(NO_PROVIDER, seen)),
        ),
    )  # fmt: skip


def _wanted(offers: Mapping[str, Offer], given: Given) -> Iterator[Question]:
    """Yield what only the owner knows of the places and of who moves the names."""
    for label, offer in offers.items():
        for wanted in offer.wanted:
            if wanted.key not in given.get(label, {}):
                yield Question(wanted.key, wanted.text, values.text, table=label)


def _host_offers(given: Given) -> Mapping[str, Offer]:
    kinds = given.get("hosts", ())
    known = {label: offered(label.partition("-")[0]) for label in labels(kinds)}
    return {label: offer for label, offer in known.items() if offer is not None}


def each_language(typed: Any) -> tuple[str, ...]:
    """Read language codes, as people list them."""
    codes = str(typed).lower().replace(",", " ").split()
    found: tuple[str, ...] = values.not_empty(values.each(values.language))(codes)
    return found


def each_kind(kinds: Kinds) -> Reader:
    """Return a reader of kinds of host, as people list them."""
    choice = values.one_of(*kinds["hosts"])

    def several(typed: Any) -> tuple[str, ...]:
        words = str(typed).replace(",", " ").split()
        return tuple(values.not_empty(lambda given: [choice(w) for w in given])(words))

    return several


def _email(seen: Seen) -> Reader:
    def mailbox(typed: Any) -> str:
        address = addresses.email(typed)
        domain = address.rpartition("@")[2].lower()
        shop = seen.domain.removeprefix("www.")
        if shop and f".{domain}".endswith(f".{shop}"):
            raise Doubt(
                T(
                    "this ends in @{domain}, and may be as dead as the shop",
                    domain=shop,
                ),
                T("another one is better; the same once more is taken"),
            )
        return address

    return mailbox


def _telling(seen: Seen) -> Reader:
    def words(typed: Any) -> str:
        said = values.maybe_empty(typed)
        if said and seen.up and not seen.front.shows(said):
            raise Doubt(
                T("your shop's front page does not show these words"),
                T("copy them from there as they stand; the same once more is taken"),
            )
        return said

    return words


def _phone(seen: Seen) -> Reader:
    def number(typed: Any) -> str:
        try:
            return addresses.phone(typed)
        except Wrong as wrong:
            if wrong.mended or not (guess := proposals.dialled(str(typed), seen)):
                raise
            raise Wrong(
                T("the country code is missing"),
                T("did you mean {mended}", mended=guess),
                mended=guess,
            ) from None

    return number
