"""Which language the owner reads, and what a terminal may be given to show.

The page speaks the customers' languages; this room speaks the owner's. Sentences arrive
as ``Text`` values and leave as safe strings: no control character, no bidirectional
override and no line break that came from outside ever reaches a terminal or a log.
"""

import gettext
import os
import re
from pathlib import Path

from fallback.core.text import Sayable, Text

DOMAIN = "owner"
LOCALES = Path(__file__).parent.parent / "locales"

_CHOOSERS = ("FALLBACK_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

# C0, DEL, C1 and the characters that reorder text (Unicode TR9, "Trojan source")
_UNSAFE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e"
    "\u2066-\u2069\ud800-\udfff]"
)
# what a CI log would take for one of its own commands (GitHub Actions, both forms)
_LOG_COMMAND = re.compile(r"^(\s*)(::)|##\[")


def choose(*, english: bool = False) -> None:
    """Make every later sentence, click's own included, speak the owner's language.

    The first of ``FALLBACK_LANG``, ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` that is
    set decides. What we have no catalogue for is said in English, as is everything
    that machines read: *english*.
    """
    # the one variable that gettext asks first
    os.environ["LANGUAGE"] = "C" if english else _wanted()
    gettext.bindtextdomain(DOMAIN, LOCALES)
    gettext.textdomain(DOMAIN)


def _wanted() -> str:
    return next((os.environ[name] for name in _CHOOSERS if os.environ.get(name)), "C")


def chosen() -> str:
    """Return the code of the language that the owner asked for, such as ``pl``."""
    return re.split("[_.@:-]", _wanted())[0].lower()


def spoken() -> str:
    """Return the code of the language in which sentences are said: English, if none."""
    known = gettext.find(DOMAIN, str(LOCALES))
    return Path(known).parent.parent.name.replace("_", "-") if known else "en"


def translate(template: str, plural: str = "", count: int = 1) -> str:
    """Return *template* in the owner's language; English when there is none."""
    if plural:
        return gettext.dngettext(DOMAIN, template, plural, count)
    # gettext answers the empty id with the catalogue's header
    return gettext.dgettext(DOMAIN, template) if template else ""


def say(sentence: Sayable) -> str:
    """Return *sentence* in the owner's language, safe to print as one line."""
    if isinstance(sentence, Text):
        line = _with_safe_values(sentence).said_by(translate)
    else:
        line = escape(str(sentence))
    return _LOG_COMMAND.sub(_disarm, line)


def escape(text: str) -> str:
    """Return *text* with whatever could move a cursor or reorder words spelled out."""
    return _UNSAFE.sub(_spelled, text)


def _with_safe_values(sentence: Text) -> Text:
    return Text(
        sentence.template,
        {
            name: _with_safe_values(value)
            if isinstance(value, Text)
            else escape(value)
            if isinstance(value, str)
            else value
            for name, value in sentence.values.items()
        },
        sentence.plural,
    )


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {0x0A: "\\n", 0x0D: "\\r", 0x1B: "\\x1b"}.get(
        code, f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    )


def _disarm(found: re.Match[str]) -> str:
    return "#\\x23[" if found[0] == "##[" else f"{found[1]}\\x3a:"
