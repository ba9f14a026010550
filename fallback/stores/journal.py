"""The journal on disk: in the site's own folder, and in a second place.

The second place is the user's state folder (``XDG_STATE_HOME`` moves it), because the
site folder may be the thing that is lost. Beside it lies the restore card, the same in
words for a person. Both copies are fsynced before the first record is written; if
either cannot be, nothing is written at all.

What is read is the longer copy that can be trusted. What cannot be trusted is set
aside under another name before the copy is made whole, and never thrown away.
"""

from hashlib import sha256
from pathlib import Path

import platformdirs
from attrs import frozen

from fallback.core.config import Config
from fallback.core.errors import Refused
from fallback.core.journal import Book, Entry, decode, encode
from fallback.core.text import T
from fallback.wire import durable

NAME = "journal.jsonl"
CARD = "restore-card.txt"


@frozen
class Journal:
    """Both copies. Whoever writes holds the site's lock."""

    site: Path
    second: Path

    @property
    def card(self) -> Path:
        """Return where the restore card lies that survives the site folder."""
        return self.second / CARD

    def read(self) -> Book:
        """Return what the better copy tells; empty when there is none.

        Raises ``Refused`` when neither can be read, ``FallbackError`` when a newer
        program wrote them.
        """
        return self._better()[0]

    def write(self, *entries: Entry) -> None:
        """Make both copies whole, append *entries*, durably, or raise ``Refused``."""
        book, text = self._better()
        digest = book.digest
        lines = []
        for entry in entries:
            line, digest = encode(entry, digest)
            lines.append(line)
        for folder in (self.second, self.site):
            try:
                _continue(folder / NAME, text, lines)
            except OSError as error:
                raise unsafe(folder / NAME, error) from error

    def write_card(self, text: str) -> None:
        """Put the restore card in both places. Raises ``Refused`` if it cannot."""
        for folder in (self.second, self.site):
            try:
                durable.replace(folder / CARD, text.encode())
            except OSError as error:
                raise unsafe(folder / CARD, error) from error

    def _better(self) -> tuple[Book, bytes]:
        """Return the copy to trust and its trusted bytes.

        Where the two disagree, the site's own is right: two copies of a site on one
        machine share the second place.
        """
        failures: list[tuple[Path, OSError]] = []
        found: list[tuple[Book, bytes]] = []
        for folder in (self.site, self.second):
            try:
                text = _bytes(folder / NAME)
            except OSError as error:
                failures.append((folder / NAME, error))
                continue
            book = decode(text)
            found.append((book, text[: book.size]))
        if failures and not any(book.entries for book, _ in found):
            raise unsafe(*failures[0])
        mine, *other = found
        if other and other[0][1].startswith(mine[1]):
            return other[0]
        return mine


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""


def _continue(path: Path, text: bytes, lines: list[bytes]) -> None:
    """Make *path* hold *text* and *lines*. Raises ``OSError``."""
    there = _bytes(path)
    whole = there[: there.rfind(b"\n") + 1]
    if whole == text:
        for line in lines:
            durable.append(path, line)
        return
    if not text.startswith(whole):
        spoilt = sha256(there).hexdigest()[:12]
        durable.replace(path.with_name(f"journal.aside-{spoilt}.jsonl"), there)
    durable.replace(path, text + b"".join(line + b"\n" for line in lines))


def unsafe(path: Path, error: OSError) -> Refused:
    """Return what to say when *path* cannot be written: nothing may be changed."""
    return Refused(
        T(
            "the way back cannot be kept in {path}: {why}",
            path=str(path),
            why=str(error.strerror or error),
        ),
        customers_see=T("no change: no record was touched"),
        next=T("make room or give the right to write there, then run it again"),
    )


def state_folder(config: Config) -> Path:
    """Return the folder of the site's own state: journal, lock, values."""
    # every kind of store has the setting; where it is shared, it is what is kept here
    path: Path = getattr(config.state.settings, "path", Path(".fallback"))
    return config.root / path


def connect(config: Config) -> Journal:
    """Return the journal of the site; nothing is touched yet."""
    second = platformdirs.user_state_path("fallback", appauthor=False)
    return Journal(state_folder(config), second / config.shop.domain)
