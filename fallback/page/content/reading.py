"""From the bytes of a file to text that is safe to show.

Owners write on phones, in Windows editors and by copy and paste, so every common
encoding is read. What cannot be text (control characters) and what lets a number be
shown in another order than it is written (bidirectional overrides) is taken out here,
once, so that no later floor needs to think of it.
"""

import codecs
import re

from attrs import frozen

# U+0000-001F but tab and newline, DEL, C1, bidirectional overrides and isolates,
# surrogates and noncharacters (XML 1.0 section 2.2 forbids most of these), and U+E000
# to U+E003, which stand for what is set aside while Markdown runs
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufffe\uffff\ue000-\ue003]"
)
_NEWLINES = re.compile("\r\n?|\x85|\u2028|\u2029|\x0b|\x0c")

# the order matters: the mark of UTF-32 begins like that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLD_WINDOWS = {
    "cp1250": "bs cs hr hu pl ro sk sl sq",
    "cp1251": "be bg mk ru sr uk",
    "cp1253": "el",
    "cp1254": "az tr",
    "cp1255": "he yi",
    "cp1256": "ar fa ur",
    "cp1257": "et lt lv",
    "cp1258": "vi",
}


@frozen
class Read:
    """A file's text, and the encoding that had to be guessed (``""``: none)."""

    text: str
    guessed: str = ""


def read(body: bytes, language: str) -> Read:
    """Return the text of *body*; never fails.

    A byte order mark decides; then UTF-8, strictly; then the encoding that old Windows
    programs used for *language*, which is a guess and is said.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return Read(clean(body[len(mark) :].decode(encoding, "replace")))
    unmarked = _unmarked_utf16(body)
    try:
        return Read(clean(body.decode(unmarked or "utf-8")), unmarked)
    except UnicodeDecodeError:
        encoding = old_windows(language)
        return Read(clean(body.decode(encoding, "replace")), encoding)


def _unmarked_utf16(body: bytes) -> str:
    """Return which UTF-16 *body* is in; zero bytes tell, since no text holds them."""
    if b"\0" not in body:
        return ""
    even, odd = body[0::2].count(0), body[1::2].count(0)
    if max(even, odd) * 3 < len(body) // 2:  # a stray zero is an accident
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def old_windows(language: str) -> str:
    """Return the ANSI code page of Windows for *language*."""
    base = language.partition("-")[0]
    for encoding, languages in _OLD_WINDOWS.items():
        if base in languages.split():
            return encoding
    return "cp1252"


def clean(text: str) -> str:
    """Return *text* with newlines as its only line ends, without unsafe letters."""
    return _UNSAFE.sub("", _NEWLINES.sub("\n", text))


def clean_line(text: str) -> str:
    """Return *text* as one line, without unsafe characters."""
    return " ".join(clean(text).split())
