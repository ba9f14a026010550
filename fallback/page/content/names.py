"""What a content file's name says: outage or update, which one, in which language."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

from attrs import field, frozen

from fallback.core.model import Language
from fallback.core.text import T
from fallback.page.content.complaints import Complaints
from fallback.page.languages import AUTONYMS

CONTENT = "content/"
UPDATES = "content/updates/"
ROBOTS = "content/robots.txt"

_MARKDOWN = (".md", ".markdown")
_NOT_WORDS = re.compile(
    r"^[.~#]|[~#]$|\.(?:swp|bak|tmp|new|orig|json|toml)$", re.IGNORECASE
)
_TIMED = re.compile(r"^\d{4}-\d\d-\d\dT\d{4}")


@frozen
class Listed:
    """The content files that will be read, in the shop's order of languages."""

    outages: dict[Language, str] = field(factory=dict)
    updates: dict[str, dict[Language, str]] = field(factory=dict)
    reports: dict[Language, str] = field(factory=dict)


def sort_out(
    paths: Iterable[str], languages: Sequence[Language], complaints: Complaints
) -> Listed:
    """Return which of *paths* is what; a name that makes no sense is complained of."""
    whole: dict[str, dict[Language, str]] = {"outage": {}, "report": {}}
    updates: dict[str, dict[Language, str]] = {}
    for path in sorted(paths):
        folder, slash, name = path.rpartition("/")
        if folder + slash == CONTENT and name.casefold().startswith(tuple(whole)):
            stem, language = _parts(path, languages, complaints)
            if stem is not None and stem.casefold() in whole:
                _add(whole[stem.casefold()], language, path, complaints)
        elif folder + slash == UPDATES:
            stem, language = _parts(path, languages, complaints)
            if stem is not None:
                _add(updates.setdefault(stem, {}), language, path, complaints)
    return Listed(
        _ordered(whole["outage"], languages),
        {stem: _ordered(files, languages) for stem, files in updates.items()},
        _ordered(whole["report"], languages),
    )


def _ordered(
    files: dict[Language, str], languages: Sequence[Language]
) -> dict[Language, str]:
    return {each: files[each] for each in languages if each in files}


def _parts(
    path: str, languages: Sequence[Language], complaints: Complaints
) -> tuple[str | None, Language]:
    """Return stem and language of *path*; the stem is ``None`` if it is not read."""
    name = path.rpartition("/")[2]
    default = languages[0]
    if _NOT_WORDS.search(name):
        return None, default
    base, _, ending = name.rpartition(".")
    if f".{ending.casefold()}" not in _MARKDOWN or not base:
        complaints.lose(
            path,
            0,
            T("{name} was not read: words are in files that end in .md", name=name),
            T("rename it to {name}", name=f"{base or name}.md"),
        )
        return None, default
    stem, dot, suffix = base.rpartition(".")
    spoken = {each.casefold(): each for each in languages}
    code = suffix.casefold().replace("_", "-")
    if dot and code in spoken:
        return stem, spoken[code]
    if dot and code.partition("-")[0] in AUTONYMS:
        complaints.lose(
            path,
            0,
            T("the shop does not speak {language}: left out", language=suffix),
            T("shop.languages holds: {known}", known=", ".join(languages)),
        )
        return None, default
    return base, default


def _add(
    files: dict[Language, str], language: Language, path: str, complaints: Complaints
) -> None:
    if language in files:
        complaints.lose(
            path,
            0,
            T("{other} says the same in the same language", other=files[language]),
            T("keep one of the two files"),
        )
    else:
        files[language] = path


@lru_cache(maxsize=1024)
def slug(stem: str) -> str:
    """Return *stem* as ``[a-z0-9-]{1,80}``: safe in a URL, a feed id and an anchor.

    Two stems never share a slug: what was lost in translation is hashed into it.
    """
    stem = _TIMED.sub(lambda found: found[0].lower(), stem)
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64]
    if made == stem:
        return made
    suffix = sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{made}-{suffix}".strip("-")
