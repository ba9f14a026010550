"""The feeds: what open pages poll and what readers subscribe to, from one truth.

JSON Feed 1.1 (jsonfeed.org) with a ``_fallback`` extension, and Atom (RFC 4287). Dates
come from content, never from a clock, so that an unchanged feed stays unchanged.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import frozen

from fallback.page.view import View, Viewer, feed_path, front_path, status_address

MOST_ENTRIES = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# what no XML 1.0 document may hold, not even escaped (section 2.2, Char)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@frozen
class Shown:
    """The list of messages as the page shows it now.

    ``log`` is the inside of the list. ``since`` is the moment (RFC 3339) of the oldest
    message in it; by default the page shows all there are.
    """

    log: str
    since: str = _EPOCH.isoformat()


def json_feed(
    viewer: Viewer,
    entries: Sequence[View],
    pages: Sequence[str],
    shown: Shown,
) -> bytes:
    """Return the JSON Feed of *entries*, newest first; ``items`` is its first array.

    *pages* are the paths where they stand, one for each. What open pages take over is
    *shown*.
    """
    standing = viewer.standing
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": viewer.title(),
        "home_page_url": _home(viewer),
        "feed_url": _base(viewer) + _path(viewer, "json"),
        "language": viewer.speaker.language,
        "_fallback": {
            "state": standing.status.value,
            "started": _stamp(viewer, standing.started),
            "eta": _stamp(viewer, standing.eta),
            "next_update": _stamp(viewer, standing.next_update),
            "said": viewer.said.now,
            "after": [[_stamp(viewer, at), texts] for at, texts in viewer.said.after],
            "log": shown.log,
            "from": shown.since,
        },
        "items": [
            _item(viewer, entry, path)
            for entry, path in zip(entries, pages, strict=True)
        ],
    }
    return json.dumps(feed, ensure_ascii=False).encode() + b"\n"


def _item(viewer: Viewer, entry: View, path: str) -> dict[str, Any]:
    return {
        "id": entry_id(viewer, entry),
        "url": f"{_base(viewer)}{path}#{entry['id']}",
        "title": _title(entry),
        "content_html": entry["html"],
        "date_published": entry["at"]["iso"],
        "language": entry["lang"] or viewer.speaker.speaks,
        "_fallback": {
            "id": entry["id"],
            "state": entry["state"] or None,
            "status": entry["status"],
        },
    }


def atom_feed(viewer: Viewer, entries: Sequence[View], pages: Sequence[str]) -> bytes:
    """Return the Atom feed of *entries*, newest first, which stand on *pages*."""
    newest = viewer.standing.newest or _EPOCH
    language = viewer.speaker.speaks
    own = _base(viewer) + _path(viewer, "xml")
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(language)}">',
        # no message is called so: their names hold no dot
        f"<id>{escape(_tag(viewer, own.rpartition('/')[2]))}</id>",
        f"<title>{escape(viewer.title())}</title>",
        f"<updated>{_stamp(viewer, newest)}</updated>",
        f"<author><name>{escape(viewer.shop)}</name></author>",
        '<generator uri="https://pypi.org/project/fallback/">fallback</generator>',
        f'<link rel="self" type="application/atom+xml" href="{escape(own)}"/>',
        f'<link rel="alternate" type="text/html" href="{escape(_home(viewer))}"/>',
    ]
    parts += [
        _entry(viewer, entry, path) for entry, path in zip(entries, pages, strict=True)
    ]
    return _NO_XML.sub("", "\n".join([*parts, "</feed>\n"])).encode()


def _entry(viewer: Viewer, entry: View, path: str) -> str:
    lang = f' xml:lang="{escape(entry["lang"])}"' if entry["lang"] else ""
    moment = entry["at"]["iso"]
    url = f"{_base(viewer)}{path}#{entry['id']}"
    return "\n".join(
        (
            f"<entry{lang}>",
            f"<id>{escape(entry_id(viewer, entry))}</id>",
            f"<title>{escape(_title(entry))}</title>",
            f"<published>{moment}</published>",
            f"<updated>{moment}</updated>",
            f'<link rel="alternate" type="text/html" href="{escape(url)}"/>',
            f'<content type="html">{escape(entry["html"])}</content>',
            "</entry>",
        )
    )


def entry_id(viewer: Viewer, entry: View) -> str:
    """Return the name of *entry* for feed readers: the same in every language.

    It follows the file's name and not its time, so that an edit is not news.
    """
    return _tag(viewer, str(entry["id"]))


def _tag(viewer: Viewer, name: str) -> str:
    """Return a ``tag:`` URI (RFC 4151) that outlives every host the page moves to."""
    host = urlsplit(viewer.config.shop.url).hostname or "shop.invalid"
    try:
        host = host.encode("idna").decode()
    except UnicodeError:  # an address, or a name that DNS would not take either
        host = quote(host)
    return f"tag:{host},2026:fallback/{name}"


def _title(entry: View) -> str:
    return str(entry["title"] or entry["status"] or entry["at"]["text"])


def _base(viewer: Viewer) -> str:
    return status_address(viewer.config) or viewer.config.shop.url.rstrip("/")


def _home(viewer: Viewer) -> str:
    return _base(viewer) + front_path(viewer.speaker, viewer.speakers)


def _path(viewer: Viewer, ending: str) -> str:
    return "/" + feed_path(viewer.speaker, viewer.speakers, ending)


def _stamp(viewer: Viewer, at: datetime | None) -> str | None:
    """Return *at* as RFC 3339 wants it, on the shop's clock."""
    if at is None:
        return None
    return at.astimezone(viewer.config.shop.timezone).isoformat(timespec="seconds")
