"""Reads what the owner wrote, as it lies in the site folder: bytes by path.

What lies there may be anything: links out of the folder, pipes that never end, files of
any size, names in any encoding. Each costs only itself.
"""

import errno
import os
from pathlib import Path

from fallback.core.errors import Problem
from fallback.core.text import T, Text

MOST_BYTES = 1024 * 1024
"""What is read of one file. The renderer refuses much shorter ones, by name."""


def sources(root: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the bytes of every file in content/ and content/updates/, by path.

    What cannot be read is complained of.
    """
    home = root.resolve()
    found: dict[str, bytes] = {}
    unread: list[Problem] = []
    for folder in ("content", "content/updates"):
        try:
            with os.scandir(root / folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
            inside = (root / folder).resolve().is_relative_to(home)
        except FileNotFoundError:
            continue
        except OSError as error:
            unread.append(_unread(folder, error))
            continue
        for entry in listed:
            name = entry.name.encode("utf-8", "replace").decode()
            path = f"{folder}/{name}"
            try:
                body = _body(entry, home, inside=inside)
            except OSError as error:
                unread.append(_unread(path, error))
                continue
            if body is not None:
                found[path] = body
    return found, unread


def _body(entry: "os.DirEntry[str]", home: Path, *, inside: bool) -> bytes | None:
    """Return what *entry* holds; ``None`` for what is no file. Raises ``OSError``.

    A link that leads out of the site folder, *home*, is refused: it could put any file
    of this machine on the page. A pipe or a device would never end. *inside*: the
    folder of *entry* is no such link itself.
    """
    place = entry.path
    if entry.is_symlink() or not inside:
        real = _leads(Path(place))
        if not real.is_relative_to(home):
            raise OSError(0, "it is a link to a place outside the site folder")
        if not real.is_file():
            return None
        place = str(real)
    elif not entry.is_file(follow_symlinks=False):
        return None
    with open(place, "rb") as file:  # noqa: PTH123 - there may be ten thousand
        # asked for a megabyte, Python would find room for a megabyte, each time
        return file.read(min(os.fstat(file.fileno()).st_size + 1, MOST_BYTES))


def named(path: Path, root: Path, most: int) -> bytes | Text:
    """Return at most *most* bytes of the file that a setting names, or what is wrong.

    It has to lie in the site folder, *root*, wherever links lead.
    """
    try:
        real = _leads(path)
        if not real.is_relative_to(root.resolve()):
            return T("it lies outside the site folder")
        if not real.is_file():
            return T("this is no file")
        with real.open("rb") as file:
            return file.read(most)
    except OSError as error:
        why = str(error.strerror or error)
        return T("this file cannot be read: {why}", why=why)


def _leads(path: Path) -> Path:
    """Return where *path* leads; raises ``OSError`` when that is nowhere.

    Python before 3.13 raises something else for links in a circle.
    """
    try:
        return path.resolve(strict=True)
    except (RuntimeError, ValueError) as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


def _unread(path: str, error: OSError) -> Problem:
    return Problem(
        path,
        0,
        T("this file cannot be read: {why}", why=str(error.strerror or error)),
    )
