"""The emergency card of one site: gathered, rendered, and written if that is wanted."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback.actions.moving.records_seen import records_seen
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.result import Talk, silent
from fallback.core.text import Sayable, T
from fallback.page.sheets import emergency
from fallback.page.sheets.emergency import CardSheet, EmergencyCard
from fallback.page.sheets.preview import Speak
from fallback.page.view import status_address
from fallback.probes import forms
from fallback.wire import durable, shipped
from fallback.wire.scrubbing import scrub


@frozen
class CardResult:
    """The card as HTML and as text; ``out`` is where the HTML was written."""

    card: EmergencyCard
    html: bytes
    text: str
    out: Path | None = None
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        if self.out is None:
            yield from self.text.splitlines()
            return
        yield T("the emergency card is in {file}", file=str(self.out))
        for gap in gaps(self.card):
            yield T("  missing: {what}", what=gap)
        yield T("next: {next}", next=T("print it, and put it where you look first"))

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "out": str(self.out) if self.out else None,
            "missing": [str(gap) for gap in gaps(self.card)],
            "zones": [
                {
                    "zone": zone.zone,
                    "seen": zone.seen and zone.seen.isoformat(),
                    "fresh": zone.fresh,
                    "redirected": zone.redirected and zone.redirected.isoformat(),
                }
                for zone in self.card.zones
            ],
        }


def gaps(card: EmergencyCard) -> Iterator[Sayable]:
    """Yield what the card cannot say, each with the setting that would say it."""
    if not card.decides:
        yield T("who decides (decides in [card])")
    missing = [key for key in emergency.LOGIN_NAMES if not card.logins.get(key)]
    if missing:
        yield T("where these logins are ([card.logins]): {keys}",
                keys=", ".join(missing))  # fmt: skip
    if not card.page:
        yield T("the page's own address (url of a host)")
    if not card.form:
        yield T("where an update is written with a phone (update_url in [card])")
    for zone in card.zones:
        if not zone.known:
            yield T("the records of {zone} as they are now", zone=zone.zone.rstrip("."))


def card(
    config: Config,
    *,
    now: datetime,
    speak: Speak,
    language: str = "en",
    out: Path | None = None,
    say: Talk = silent,
    ask: bool = True,
) -> CardResult:
    """Return the card of *config* in the owner's language; write it to *out*, if given.

    *speak* says a sentence in *language*. The control planes are asked for the records
    (each for 15 seconds at most), unless *ask* is false; what cannot be read is taken
    as it was seen last, or is left to be written down. Nothing is changed. Raises
    ``UsageError`` when *out* cannot be written.
    """
    made = _gathered(config, now, say, ask=ask)
    sheet = CardSheet(*map(shipped.emergency, ("html", "css")))
    # what a reference hid stays hidden, wherever an owner may have repeated it
    html = scrub(sheet.html(made, speak, language).decode()).encode()
    text = scrub(emergency.text(made, speak))
    if out is not None:
        try:
            durable.replace(out, html)
        except OSError as error:
            raise UsageError(
                T(
                    "{file} cannot be written: {why}",
                    file=str(out),
                    why=error.strerror or str(error),
                )
            ) from error
    return CardResult(made, html, text, out)


def _gathered(config: Config, now: datetime, say: Talk, *, ask: bool) -> EmergencyCard:
    return EmergencyCard(
        shop=config.shop.name,
        domain=config.shop.domain,
        phone=config.contact.phone,
        email=config.contact.email,
        decides=config.card.decides,
        logins=config.card.logins,
        redirect_after=config.primary.redirect_after,
        zones=records_seen(config, now=now, say=say, ask=ask),
        page=status_address(config),
        form=config.card.update_url or _form(config.root),
    )


def _form(root: Path) -> str:
    """Return where the form is that publishes the words at *root*, or ``""``."""
    found = forms.look(root)
    return found.publish if found else ""
