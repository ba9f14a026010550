"""The emergency card: one page on paper for the day on which nothing else works.

Pure rendering, in the owner's language. Its law: it fits one sheet of A4, says only
what is known and how old that is, and holds nothing that opens a door.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from fallback.core.config import Person
from fallback.core.records import Change, RRset
from fallback.core.redirect.card import asides
from fallback.core.redirect.journal import zone_lines
from fallback.core.settings.values import spelled_span
from fallback.core.text import Sayable, T, Text
from fallback.page.bidi import direction
from fallback.page.languages import spaced_phone
from fallback.page.sheets.preview import Speak

MOST_ROWS = 18
"""Rows that have room on the card; the rest stands in the kit."""
ZONE_ROWS = 4
"""What a zone takes beside its records, in rows: its heading and its sentences."""
MOST_PEOPLE = 5


@frozen
class ZoneRecords:
    """The records of one zone, as the shop has them and as the page needs them.

    ``changes`` leads from the shop to the page. ``seen`` is when BEFORE was read at the
    operator; ``None``: never, so what stands there is not known. ``fresh``: that was
    just now. ``redirected`` is since when the names lead to the page. ``besides`` is
    what the page needs and no record of ours can say.
    """

    zone: str
    provider: str
    changes: tuple[Change, ...]
    seen: datetime | None = None
    fresh: bool = False
    redirected: datetime | None = None
    besides: tuple[Sayable, ...] = ()

    @property
    def known(self) -> bool:
        """Whether it is known what the shop's own records are."""
        return self.seen is not None or self.redirected is not None

    def side(self, *, page: bool) -> Iterator[Sayable]:
        """Yield the zone-file lines of the shop's records, or of the page's."""
        for change in self.changes:
            rrset: RRset | None = change.after if page else change.before
            if rrset is not None and change.before != change.after:
                yield from zone_lines(change.key, rrset)
                yield from asides(rrset)
        if page:
            yield from self.besides

    def told(self) -> Text:
        """Return how much these records can be relied on."""
        if self.redirected is not None:
            at = f"{self.redirected:%Y-%m-%d %H:%M}"
            return T("redirected since {at}: this is the exact way back", at=at)
        if self.seen is None:
            return T(
                "never read: write down what stands there now before you delete it"
            )
        day = f"{self.seen:%Y-%m-%d}"
        if self.fresh:
            return T("as they stand there on {day}", day=day)
        return T("as last seen on {day}: compare before you delete", day=day)


@frozen
class EmergencyCard:
    """Everything the card says; ``logins`` are where each is kept, ``""``: not said.

    ``page`` is the page's own address and ``form`` where an update is written; either
    may be empty.
    """

    shop: str
    domain: str
    phone: str
    email: str
    decides: tuple[Person, ...]
    logins: Mapping[str, str]
    redirect_after: timedelta
    zones: tuple[ZoneRecords, ...]
    page: str = ""
    form: str = ""

    def steps(self) -> Iterator[tuple[Text, str]]:
        """Yield what to do in its order, each with the command that does it."""
        yield T("where things stand, and the next step"), "fallback status"
        yield (
            T("tell customers, within 60 minutes"),
            'fallback update "…" --deploy',
        )
        if self.zones:
            after = spelled_span(self.redirect_after)
            yield (
                T("down for {after}: lead the shop's names to the page", after=after),
                "fallback redirect",
            )
            yield T("the shop is back: put the names back"), "fallback restore"

    def people(self) -> tuple[Person, ...]:
        """Return those who have room on the card."""
        return self.decides[:MOST_PEOPLE]


LOGIN_NAMES: Mapping[str, Text] = {
    "registrar": T("registrar (who owns the name)"),
    "dns": T("DNS"),
    "hosting": T("the shop's server"),
    "mail": T("mail"),
    "payments": T("payments"),
}
"""How each key of ``card.logins`` is called on the card."""

_TITLE = T("emergency card: {shop}")
_LEAD = T("the shop is down? Take a breath, then go through this from top to bottom")
_WHO = T("who decides")
_NOBODY = T("write names and numbers here, or into [card] of fallback.toml")
_CUSTOMERS = T("what customers call and write to")
_WHAT = T("what to do")
_WHERE = T("typed in the site's folder, on a computer that has fallback")
_LOGINS = T("where the logins are")
_RECORDS = T("the records, if they have to be typed")
_THERE = T("to the page: delete the shop's records, add the page's records")
_BACK = T("back to the shop: delete the page's records, add the shop's records, all of"
          " them and exactly")  # fmt: skip
_SHOP, _PAGE = T("the shop's records"), T("the page's records")
_NOTHING = T("nothing stands there")
_MORE = T("and {n} more lines: records/ in the kit (fallback kit)")
_FOLDED = T("and {n} more zones: records/ in the kit (fallback kit)")
_NO_ZONES = T("fallback.toml names no [[dns]]: ask whoever keeps the domain to lead it"
              " to the page")  # fmt: skip
_SEE = T("the page")
_WRITE = T("write an update")
_NO_PAGE = T("no host has an address of its own (url)")
_NO_FORM = T("no form is known (update_url in [card])")
_NO_TOOL = T("no computer? The kit (fallback kit) holds the page and every message,"
             " ready to be uploaded and copied by hand")  # fmt: skip


@frozen
class CardSheet:
    """The card's template (Jinja) and style, as they are shipped."""

    template: str = field(repr=False)
    style: str = field(repr=False)

    def html(self, card: EmergencyCard, speak: Speak, lang: str) -> bytes:
        """Return the card as one HTML file, complete in itself, without a script."""
        # only who makes a card waits for the template engine to load
        from jinja2 import Environment, StrictUndefined

        template = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ).from_string(self.template)
        view = _view(card, speak)
        style = b64encode(sha256(self.style.encode()).digest()).decode()
        made = template.render(
            **view,
            style=self.style,
            policy=f"default-src 'none'; style-src 'sha256-{style}'; img-src data:",
            lang=lang,
            dir=direction(lang),
        )
        return made.encode()


def _view(card: EmergencyCard, speak: Speak) -> dict[str, Any]:
    zones = list(_zones(card, speak))
    folded = len(card.zones) - len(zones)
    return {
        "title": speak(_TITLE.with_values(shop=card.shop)),
        "domain": card.domain,
        "lead": speak(_LEAD),
        "who": speak(_WHO),
        "people": [_called(each) for each in card.people()],
        "nobody": speak(_NOBODY),
        "customers": speak(_CUSTOMERS),
        "phone": _called(Person("", card.phone)),
        "email": card.email,
        "what": speak(_WHAT),
        "where": speak(_WHERE),
        "steps": [{"what": speak(w), "command": c} for w, c in card.steps()],
        "no_tool": speak(_NO_TOOL),
        "logins_title": speak(_LOGINS),
        "logins": [
            {"name": speak(name), "where": card.logins.get(key, "")}
            for key, name in LOGIN_NAMES.items()
        ],
        "records_title": speak(_RECORDS),
        "there": speak(_THERE),
        "back": speak(_BACK),
        "shop_side": speak(_SHOP),
        "page_side": speak(_PAGE),
        "nothing": speak(_NOTHING),
        "zones": zones,
        "folded": speak(_FOLDED.with_values(n=folded)) if folded else "",
        "no_zones": speak(_NO_ZONES),
        "codes": [
            {"title": speak(_SEE), "url": card.page, "svg": code(card.page),
             "missing": speak(_NO_PAGE)},
            {"title": speak(_WRITE), "url": card.form, "svg": code(card.form),
             "missing": speak(_NO_FORM)},
        ],
    }  # fmt: skip


def _called(person: Person) -> dict[str, str]:
    number = spaced_phone(person.phone)
    return {"name": person.name, "phone": number, "href": f"tel:{person.phone}"}


def _zones(card: EmergencyCard, speak: Speak) -> Iterator[dict[str, Any]]:
    """Yield each zone that has room, with as many lines as have."""
    room = MOST_ROWS
    for zone in card.zones:
        room -= ZONE_ROWS
        if room <= 0:
            return
        before = [speak(line) for line in zone.side(page=False)]
        after = [speak(line) for line in zone.side(page=True)]
        rows = max(1, len(before), len(after))
        shown = min(rows, room)
        room -= shown
        left = len(before[shown:]) + len(after[shown:])
        yield {
            "name": zone.zone.rstrip("."),
            "provider": zone.provider,
            "told": speak(zone.told()),
            "known": zone.known,
            "before": before[:shown],
            "after": after[:shown],
            "more": speak(_MORE.with_values(n=left)) if left else "",
        }


def code(address: str) -> str:
    """Return the QR code (ISO/IEC 18004) of *address* as SVG; of nothing, nothing."""
    if not address:
        return ""
    import segno  # only who makes a card waits for it to load

    made = segno.make(address, micro=False, error="m")
    return str(made.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))


def text(card: EmergencyCard, speak: Speak) -> str:
    """Return the card as plain text, for whatever shows no HTML; all records in it."""
    return "".join(f"{line}\n" for line in _lines(card, speak))


def _lines(card: EmergencyCard, speak: Speak) -> Iterator[str]:
    yield speak(_TITLE.with_values(shop=card.shop)).upper()
    yield card.domain
    yield ""
    yield speak(_WHO).upper()
    for person in card.people():
        yield f"  {person.name}: {spaced_phone(person.phone)}"
    if not card.decides:
        yield f"  {speak(_NOBODY)}"
    yield ""
    yield speak(_CUSTOMERS).upper()
    yield f"  {spaced_phone(card.phone)}, {card.email}"
    yield ""
    yield speak(_WHAT).upper()
    yield f"  {speak(_WHERE)}"
    for number, (what, command) in enumerate(card.steps(), start=1):
        yield f"  {number}. {speak(what)}: {command}"
    yield f"  {speak(_NO_TOOL)}"
    yield ""
    for title, address, missing in (
        (_SEE, card.page, _NO_PAGE),
        (_WRITE, card.form, _NO_FORM),
    ):
        yield f"{speak(title).upper()}: {address or speak(missing)}"
    yield ""
    yield speak(_LOGINS).upper()
    for key, name in LOGIN_NAMES.items():
        yield f"  {speak(name)}: {card.logins.get(key) or '…………'}"
    yield ""
    yield speak(_RECORDS).upper()
    if not card.zones:
        yield f"  {speak(_NO_ZONES)}"
    else:
        yield f"  {speak(_THERE)}"
        yield f"  {speak(_BACK)}"
    for zone in card.zones:
        yield from zone_text(zone, speak)


def zone_text(zone: ZoneRecords, speak: Speak) -> Iterator[str]:
    """Yield both sides of one zone's records, and the way there and back."""
    yield f"{zone.zone.rstrip('.')} ({zone.provider}): {speak(zone.told())}"
    for title, page in ((_SHOP, False), (_PAGE, True)):
        yield f"  {speak(title)}:"
        lines = [speak(line) for line in zone.side(page=page)]
        if not lines:
            unknown = not zone.known and not (page and zone.changes)
            lines = ["…………" if unknown else speak(_NOTHING)]
        yield from (f"    {line.strip()}" for line in lines)
    yield ""
