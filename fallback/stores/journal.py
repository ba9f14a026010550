"""The journal: in the site's own folder, in a second place, and where others share it.

The second place is the user's state folder (``XDG_STATE_HOME`` moves it), because the
site folder may be the thing that is lost. With a store that machines share a copy lies
there too: it comes first, and is right wherever copies disagree, because it alone was
written by whoever was first. Beside each copy lies the restore card, the same in words
for a person. All of them are durable before the first record is written; if one cannot
be, nothing is written at all.

What is read is the longer copy that can be trusted. What cannot be trusted is set
aside under another name before the copy is made whole, and never thrown away.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import platformdirs
from attrs import evolve, frozen

from fallback import stores
from fallback.core.config import Config
from fallback.core.errors import Conflict, FallbackError, Locked, Refused
from fallback.core.ports import Store, Version
from fallback.core.redirect.journal import Book, Entry, decode, encode
from fallback.core.text import Sayable, T
from fallback.wire import durable

NAME = "journal.jsonl"
CARD = "restore-card.txt"
_TRIES = 5


@frozen
class Journal:
    """All copies. Whoever writes holds the site's lock, of this machine."""

    site: Path
    second: Path
    shared: Store | None = None

    @property
    def card(self) -> Path:
        """Return where the restore card lies that survives the site folder."""
        return self.second / CARD

    def read(self) -> Book:
        """Return what the best copy tells; empty when there is none.

        Raises ``Refused`` when none can be read, ``FallbackError`` when a newer program
        wrote them, and what the shared store raises: what others decided must be known.
        """
        return self._best().book

    def write(
        self, *entries: Entry, still: Callable[[Book], bool] = lambda _: True
    ) -> None:
        """Make all copies whole, append *entries*, durably, or raise ``Refused``.

        *still* is asked whether what the journal says by then is what was decided on;
        raises ``Locked`` when it is not, and nothing was written.
        """
        for _ in range(_TRIES):
            known = self._best()
            if not still(known.book):
                break
            digest = known.book.digest
            lines = []
            for entry in entries:
                line, digest = encode(entry, digest)
                lines.append(line)
            try:
                self._share(known, lines)
            except Conflict:
                continue
            for folder in (self.second, self.site):
                try:
                    _continue(folder / NAME, known.text, lines)
                except OSError as error:
                    raise unsafe(folder / NAME, error) from error
            return
        raise Locked(
            T("somebody else has just decided something about this shop"),
            customers_see=T("no change: no record was touched"),
            next=T("run it again: it begins with what they decided"),
        )

    def write_card(self, text: str) -> None:
        """Put the restore card beside each copy. Raises ``Refused`` if it cannot."""
        if self.shared is not None:
            self._share_card(self.shared, text.encode())
        for folder in (self.second, self.site):
            try:
                durable.replace(folder / CARD, text.encode())
            except OSError as error:
                raise unsafe(folder / CARD, error) from error

    def _best(self) -> "_Copy":
        """Return the copy to trust.

        Where two disagree the earlier is right: the shared one, then the site's own,
        because two copies of a site on one machine share the second place.
        """
        theirs, version = b"", None
        found: list[tuple[Book, bytes]] = []
        if self.shared is not None:
            theirs, version = self.shared.get(NAME) or (b"", None)
            found.append(_trusted(theirs))
        failures: list[tuple[Path, OSError]] = []
        for folder in (self.site, self.second):
            try:
                found.append(_trusted(_bytes(folder / NAME)))
            except OSError as error:
                failures.append((folder / NAME, error))
        if failures and not any(book.entries for book, _ in found):
            raise unsafe(*failures[0])
        book, text = found[0]
        for other, longer in found[1:]:
            if longer.startswith(text):
                book, text = other, longer
        return _Copy(book, text, theirs, version)

    def _share(self, known: "_Copy", lines: list[bytes]) -> None:
        """Make the shared copy hold what is known, and *lines*. Raises ``Conflict``."""
        whole = known.text + b"".join(line + b"\n" for line in lines)
        if self.shared is None or known.theirs == whole:
            return
        try:
            if not known.text.startswith(known.theirs):
                _set_aside(self.shared, known.theirs)
            self.shared.put(NAME, whole, known.version)
        except Conflict:
            raise
        except FallbackError as error:
            raise _unsafe(f"{self.shared}/{NAME}", error.what) from error

    def _share_card(self, store: Store, text: bytes) -> None:
        try:
            for _ in range(_TRIES):
                known = store.get(CARD)
                if known is not None and known[0] == text:
                    return
                try:
                    store.put(CARD, text, known and known[1])
                except Conflict:  # the next look sees theirs
                    continue
                return
            why = T("others write there again and again")
            raise _unsafe(f"{store}/{CARD}", why)
        except Refused:
            raise
        except FallbackError as error:
            raise _unsafe(f"{store}/{CARD}", error.what) from error


@frozen
class _Copy:
    """The copy to trust: ``text`` are its trusted bytes, ``book`` what they tell.

    ``theirs`` is what the shared store holds, all of it, at ``version``.
    """

    book: Book
    text: bytes
    theirs: bytes
    version: Version | None


def _trusted(text: bytes) -> tuple[Book, bytes]:
    book = decode(text)
    return book, text[: book.size]


def _set_aside(store: Store, text: bytes) -> None:
    spoilt = sha256(text).hexdigest()[:12]
    name = f"journal.aside-{spoilt}.jsonl"
    if store.get(name) is None:
        store.put(name, text, None)


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
    return _unsafe(str(path), str(error.strerror or error))


def _unsafe(path: str, why: Sayable) -> Refused:
    return Refused(
        T("the way back cannot be kept in {path}: {why}", path=path, why=why),
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
    state = config.state
    shared = None if state.kind == "folder" else stores.connect(state, config)
    return evolve(here(config), shared=shared)


def here(config: Config) -> Journal:
    """Return the copies on this machine alone, which are read without any network.

    They know nothing of what other machines decided since: nothing is moved by them.
    """
    second = platformdirs.user_state_path("fallback", appauthor=False)
    return Journal(state_folder(config), second / config.shop.domain)
