"""lynx and w3m: what a text browser shows, and a screen reader reads, first."""

import os
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from audit.outcome import Fault, Outcome, say
from audit.serving import host
from audit.sites import Site

LINES = 30
_MAIL = "kwiaty.awaria@elsewhere.example"
_PHONE = "48600100200"
_BROWSERS = {
    "lynx": ("lynx", "-dump", "-nolist", "-display_charset=utf-8", "-width=80"),
    "w3m": ("w3m", "-dump", "-cols", "80", "-I", "UTF-8", "-O", "UTF-8"),
}


def read(sites: Sequence[Site]) -> Outcome:
    """Dump the front page of every language, and find the contact in it."""
    lines: list[int] = []
    faults: list[Fault] = []
    for site in sites:
        with host(site.public) as (listener, _), ThreadPoolExecutor(4) as pool:
            asked = [(name, page) for page in site.fronts for name in _BROWSERS]
            urls = [listener.url.rstrip("/") + page for _, page in asked]
            dumps = pool.map(_dump, [name for name, _ in asked], urls)
            for (name, page), dump in zip(asked, dumps, strict=True):
                lines.append(contact_line(dump))
                if lines[-1] > LINES:
                    fault = f"{name} shows the contact not before line {lines[-1]}"
                    faults.append(Fault(f"{site.name} {page}", fault))
    pages = len(lines) // len(_BROWSERS)
    say(f"  {pages} pages")
    told = (
        f"- lynx and w3m, {pages} front pages: phone number and e-mail address stand"
        f" within the first {max(lines)} lines."
    )
    return Outcome((told,), tuple(faults))


def _dump(name: str, url: str) -> str:
    return subprocess.run(
        [*_BROWSERS[name], url],
        env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"},
        check=False,  # both call a 503 a failure, and show it
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def contact_line(dump: str) -> int:
    """Return the line by which both ways to reach a human are there; 999: never."""
    seen = ""
    for number, line in enumerate(dump.strip().splitlines(), 1):
        seen += line.strip()
        if _MAIL in seen and _PHONE in re.sub(r"\D", "", seen):
            return number
    return 999
