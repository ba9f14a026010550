"""The sites that are looked at: one shop, in every theme and state, really built."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from attrs import frozen

from audit.tools import ROOT

STATUS_ADDRESS = "https://status.kwiaty.example"
APART = timedelta(minutes=7)
"""Between two messages of a log."""

_SETTINGS = """\
[shop]
name      = "Kwiaty u Ani"
url       = "{scheme}://kwiaty.example"
timezone  = "Europe/Warsaw"
languages = [{languages}]
theme     = "{theme}"
workers   = ["/sw.js"]
[brand]
color = "#b5179e"
[contact]
email = "kwiaty.awaria@elsewhere.example"
phone = "+48600100200"
hours = "8–20"
[contact.links]
Facebook = "https://www.facebook.com/kwiaty"
[primary]
contains = "Dodaj do koszyka"
[[hosts]]
kind = "folder"
path = "published"
url  = "{address}"
"""

_FRONT = re.compile(r"/_fallback/[a-z]{2,3}(-\w+)?\.html")

_UPDATE = {
    "pl": "Wymieniliśmy **zepsuty dysk** i kopiujemy sklep z powrotem: gotowe jest"
    " około {part} z 10 części. Zamówienia przyjmujemy przez telefon.\n\n"
    "- Napiszemy znowu w ciągu godziny.\n"
    "- Na [Facebooku](https://www.facebook.com/kwiaty) mówimy to samo.\n",
    "en": "We replaced the **broken disk** and are copying the shop back: about {part}"
    " of 10 parts are done. Orders can be placed by phone.\n\n"
    "- The next message comes within the hour.\n"
    "- We say the same on [Facebook](https://www.facebook.com/kwiaty).\n",
}
_TITLES = {"pl": "Kopiujemy sklep, część {part}", "en": "Copying the shop, part {part}"}


@frozen
class Case:
    """One state of an outage, with times as distances from the moment of the audit."""

    name: str
    status: str
    updates: int = 20
    started: timedelta = timedelta(hours=-6)
    eta: timedelta | None = timedelta(hours=3)
    next: timedelta | None = timedelta(minutes=50)
    languages: Sequence[str] = ("pl", "en")


CASES = (
    Case("scheduled", "scheduled", 1, timedelta(days=2), timedelta(days=2, hours=3)),
    Case("scheduled-under-way", "scheduled", 3, timedelta(minutes=-30)),
    Case("investigating", "investigating", 1, eta=None),
    Case("identified", "identified"),
    Case("monitoring", "monitoring", 12, eta=timedelta(minutes=-20)),
    Case("late", "identified", 6, eta=timedelta(hours=-2), next=timedelta(hours=-1)),
    Case("resolved", "resolved", 20),
    Case("long", "identified", 75),
    Case("endless", "identified", 200),
)
"""Each state and each kind of ETA once, with logs from one message to many pages.

``late`` is late by its own words: a message is newer than the announced end.
``monitoring`` becomes late by the visitor's clock only.
"""

FORTY = Case("forty", "identified", 40, languages=("pl", "en", "es"))
SMALLEST = Case("smallest", "investigating", 1, languages=("pl",))


@frozen
class Site:
    """A built site: its folder, and the paths of its pages as a visitor asks."""

    name: str
    source: Path
    public: Path

    @property
    def pages(self) -> list[str]:
        """Return every page, the front in the first language before all others."""
        found = sorted(
            path.relative_to(self.public).as_posix()
            for path in self.public.rglob("*.html")
        )
        return ["/", *(f"/{p}" for p in found if p not in ("index.html", "404.html"))]

    @property
    def fronts(self) -> list[str]:
        """Return the pages a visitor lands on, one for each language."""
        return [page for page in self.pages if page == "/" or _FRONT.fullmatch(page)]

    def file(self, page: str) -> Path:
        """Return the file behind *page*."""
        return self.public / (page.lstrip("/") or "index.html")


def themes() -> list[str]:
    """Return the themes that are shipped, the default first."""
    found = sorted(each.name for each in (ROOT / "themes").iterdir() if each.is_dir())
    return sorted(found, key=lambda name: name != "plain")


def written(
    folder: Path, case: Case, *, theme: str, now: datetime, address: str
) -> Site:
    """Write and build the site of *case*; *now* is the moment of the audit."""
    source = folder / f"{theme}-{case.name}"
    updates = source / "content" / "updates"
    updates.mkdir(parents=True)
    languages = ", ".join(f'"{each}"' for each in case.languages)
    settings = _SETTINGS.format(
        languages=languages,
        theme=theme,
        address=address,
        # a secure page would not ask an insecure address for news
        scheme=address.partition(":")[0],
    )
    (source / "fallback.toml").write_text(settings, "utf-8")
    for words in (ROOT / "content").glob("outage.*.md"):
        if words.suffixes[0].lstrip(".") in case.languages:
            shutil.copy(words, source / "content")
    first = source / "content" / f"outage.{case.languages[0]}.md"
    body = first.read_text("utf-8").partition("\n---\n")[2]
    first.write_text("\n".join(_header(case, now)) + "\n\n" + body, "utf-8")
    for name, text in _log(case, now):
        (updates / name).write_text(text, "utf-8")
    site = Site(f"{theme}/{case.name}", source, source / "public")
    build(site)
    return site


def build(site: Site) -> None:
    """Run the real program; raises when it leaves anything out."""
    done = subprocess.run(
        [sys.executable, "-m", "fallback", "-C", str(site.source), "build"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{site.name}: {done.stderr}{done.stdout}")


def _header(case: Case, now: datetime) -> Iterator[str]:
    # older messages would be those of an earlier outage
    first = now - APART * (case.updates + 1)
    started = now + case.started
    started = started if case.status == "scheduled" else min(started, first)
    yield f"started: {started.isoformat()}"
    yield f"status: {case.status}"
    if case.eta:
        yield f"eta: {(now + case.eta).isoformat()}"
    if case.next:
        yield f"next: {(now + case.next).isoformat()}"


def _log(case: Case, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the file of each update; every third has no translation."""
    for number in range(case.updates):
        at = now - APART * (case.updates - number)
        part = number % 10
        for language in case.languages[: 1 if number % 3 == 2 else None]:
            words = _UPDATE.get(language, _UPDATE["en"]).format(part=part)
            title = _TITLES.get(language, _TITLES["en"]).format(part=part)
            yield (
                f"{at:%Y-%m-%dT%H%M}.{language}.md",
                f"title: {title}\nat: {at.isoformat()}\n\n{words}",
            )
