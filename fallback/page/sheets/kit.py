"""The words of the kit: how to use each of its files with no tool at all."""

from collections.abc import Iterator

from fallback.core.redirect.card import by_hand
from fallback.core.text import Sayable, T
from fallback.page.sheets.emergency import EmergencyCard, ZoneRecords
from fallback.page.sheets.preview import Speak

PAGE, CHANNELS, RECORDS = "page", "messages", "records"
CARD, WAY_BACK = "emergency-card", "restore-card.txt"
CARD_FILE, KIT_FILE = f"{CARD}.html", "emergency-kit.zip"
"""What both are called where nobody gave them another name; they name people, and so
are nothing for a public repository.
"""


HTACCESS = b"""\
ErrorDocument 503 /index.html
<IfModule mod_headers.c>
Header always set Retry-After 3600 "expr=%{REQUEST_STATUS} == 503"
</IfModule>
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteCond %{ENV:REDIRECT_STATUS} ^$
RewriteCond %{REQUEST_URI} ^/(index\\.html)?$ [OR]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ - [R=503,L]
</IfModule>
"""
"""For a web space on Apache, with ``AllowOverride FileInfo``.

Every address answers with the page and 503, down for a while, and the files beside it
are files (https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html).
"""


def read_me(card: EmergencyCard, speak: Speak, *, redirected: bool) -> str:
    """Return what stands first in the kit, in the language that *speak* says."""
    return "".join(f"{speak(line)}\n" for line in _read_me(card, redirected=redirected))


def _read_me(card: EmergencyCard, *, redirected: bool) -> Iterator[Sayable]:
    yield T("the emergency kit of {shop}", shop=card.shop)
    yield T("it needs no program of ours: a browser, a telephone and the logins do")
    yield ""
    yield T("1. read {file}, or print it: it is one page", file=f"{CARD}.html")
    yield T(
        "   without a browser: {file}, which holds every record", file=f"{CARD}.txt"
    )
    yield ""
    yield T("2. tell customers: the folder {folder}", folder=f"{CHANNELS}/")
    yield _MESSAGES
    yield ""
    yield T("3. put the page online: the folder {folder}", folder=f"{PAGE}/")
    yield _UPLOAD
    yield _SEEN
    yield ""
    yield T("4. lead the shop's name there: the folder {folder}", folder=f"{RECORDS}/")
    if card.zones:
        yield _ZONES
        yield _THERE if card.page else _ELSEWHERE
        yield T("   write down, or photograph, what stands there before you change it")
    else:
        yield T("   it is empty: fallback.toml names no [[dns]]")
    yield ""
    yield T("5. when the shop is back: type the records back, all of them and exactly")
    if redirected:
        yield T(
            "   the shop is redirected now: the exact way back is {file}", file=WAY_BACK
        )


_MESSAGES = T(
    "   each file is one message, ready to be copied: social networks, mail, the phone"
    " announcement, the autoreply, and a note for your own people; its name ends in its"
    " language"
)
_UPLOAD = T(
    "   upload all that is in it, folders too, to the top of a web space that is not at"
    " the dead company: with any FTP or SFTP program, or in the file manager of its"
    " panel; index.html last"
)
_SEEN = T(
    "   then open the address of that web space: the page is there when you see your"
    " shop's name"
)
_THERE = T(
    "   if the page is at its usual address already, type them as they are; if you had"
    " to put it into another web space, put the address of that in their place, and"
    " have that web space answer the shop's name, with a certificate"
)
_ELSEWHERE = T(
    "   put the address of your web space in their place where they lead elsewhere, and"
    " have that web space answer the shop's name, with a certificate"
)
_ZONES = T(
    "   each file is one zone: what to delete and to add in the panel of its DNS"
    " operator, there and back, and when that was last seen"
)


def records(zone: ZoneRecords, speak: Speak) -> str:
    """Return the steps in a panel for one zone, there and back."""
    return "".join(f"{speak(line)}\n" for line in _records(zone))


def _records(zone: ZoneRecords) -> Iterator[Sayable]:
    yield f"{zone.zone.rstrip('.')} ({zone.provider})"
    yield zone.told()
    yield ""
    yield T("to the page, in the panel of the DNS operator:")
    if not zone.known:
        yield T("  delete: every A, AAAA, CNAME and HTTPS record of these names")
    for line in by_hand(zone.changes):
        yield T("  {step}", step=line)
    for aside in zone.besides:
        yield T("  add:    {line}", line=aside)
    yield ""
    yield T("back to the shop:")
    if zone.known:
        if zone.besides:
            yield T("  delete the A, AAAA or ALIAS that you added in their place")
        for line in by_hand(change.reverse() for change in zone.changes):
            yield T("  {step}", step=line)
    else:
        yield T("  delete what was added, and add again what you wrote down:")
        yield "  ………………………………"
