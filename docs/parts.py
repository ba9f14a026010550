"""Pages are written by hand, and parts of them are made from the code.

A part stands between two comments: ``<!-- from: settings hosts s3 -->`` and
``<!-- end -->``. Its first word is the program that makes it, the others what it is
told. ``python -m docs`` makes every part again, and a test fails when that changes one.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.answers import answers
from docs.commands import commands
from docs.rights import hosts_rights, zones_rights
from docs.settings import settings

DOCS = Path(__file__).parent
PAGES = sorted(DOCS.rglob("*.md"))

MADE_BY: Mapping[str, Callable[..., str]] = {
    "answers": answers,
    "commands": commands,
    "settings": settings,
    "dns-rights": zones_rights,
    "host-rights": hosts_rights,
}

_PART = re.compile(r"(<!-- from: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """Return *page* with every part made again."""

    def made(part: re.Match[str]) -> str:
        maker, *told = part[2].split()
        return f"{part[1]}\n{MADE_BY[maker](*told).strip()}\n\n{part[3]}"

    return _PART.sub(made, page)
