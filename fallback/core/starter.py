"""A new site's fallback.toml: the reference of every setting, with the owner's answers.

The reference is the example shop's own file, so what it explains never goes stale.
"""

import json
from collections.abc import Mapping, Sequence

from attrs import frozen

from fallback.core.places import Place, places

PLACEHOLDER = "CHANGE ME"
"""Stands for ``primary.contains`` until the owner says it: no shop ever matches it, so
a watcher never counts the shop as seen, and never moves a name."""

READY = ("pl", "en", "es", "ro")
"""The languages that have ready words; in any other, the owner writes them."""

FOLDERS = ("public-copy", "public-copy-2")

_WORKERS = "#workers"
_NOT_YOURS = (("contact", "hours"), ("contact", "links", "Facebook"))


@frozen
class Answers:
    """What an owner is asked for a new site, as it was typed.

    ``workers`` nobody is asked for: they are what the living shop was seen to have.
    """

    name: str
    url: str
    email: str
    phone: str
    contains: str = PLACEHOLDER
    timezone: str = "UTC"
    languages: tuple[str, ...] = ("en",)
    workers: tuple[str, ...] = ()


def settings(reference: str, answers: Answers) -> str:
    """Return the fallback.toml of a new site. *reference* is the example's.

    The answers are not judged here: ``fallback.core.toml.parse`` does that.
    """
    put: Mapping[Place, str | Sequence[str]] = {
        ("shop", "name"): answers.name,
        ("shop", "url"): answers.url,
        ("shop", "timezone"): answers.timezone,
        ("shop", "languages"): answers.languages,
        ("contact", "email"): answers.email,
        ("contact", "phone"): answers.phone,
        ("primary", "contains"): answers.contains,
        **{("hosts", n, "path"): path for n, path in enumerate(FOLDERS)},
    }
    at = places(reference)
    lines = reference.split("\n")
    lines[0] = "# The settings of this site, and every setting there is."
    for place, value in put.items():
        lines[at[place] - 1] = _answered(lines[at[place] - 1], value)
    if answers.workers:
        line = next(n for n, each in enumerate(lines) if each.startswith(_WORKERS))
        lines[line] = _answered(lines[line].removeprefix("#"), answers.workers)
    for place in _NOT_YOURS:
        lines[at[place] - 1] = f"#{lines[at[place] - 1]}"
    return "\n".join(lines)


def but_for_workers(text: str) -> str:
    """Return the settings in *text* as they are when no worker was seen.

    What a shop shows from day to day makes no other site of it.
    """
    return "\n".join(
        f"{_WORKERS}  = []" if line.startswith((_WORKERS, _WORKERS[1:])) else line
        for line in text.split("\n")
    )


def _answered(line: str, value: str | Sequence[str]) -> str:
    """Return *line* with another value; its key and its comment stay."""
    key, _, rest = line.partition("=")
    comment = rest[rest.index("#") :] if "#" in rest else ""
    # a JSON text is a TOML text, but for DEL, which no setting may hold
    written = f"{key}= {json.dumps(value, ensure_ascii=False)}"
    return f"{written:<41} {comment}".rstrip()
