"""Reads what another program left on this disk, in bounds: it may be anything."""

from collections.abc import Sequence
from pathlib import Path

from fallback.core.errors import Problem, UsageError
from fallback.core.text import Sayable, T, Text
from fallback.elsewhere.cstate import ISSUES

LARGEST_PAGE = 1024 * 1024
"""Bytes of one Markdown file: an incident is a few thousand of them."""
MOST_PAGES = 5000


def file(path: Path, most: int) -> bytes:
    """Return what the file at *path* holds.

    Raises ``UsageError`` for what is no file, and for more than *most* bytes.
    """
    try:
        # a pipe would be waited for without end
        body = _start(path, most) if path.is_file() else None
    except OSError as error:
        why = str(error.strerror or error)
        raise _unreadable(path, T("{why}", why=why)) from error
    if body is None:
        raise _unreadable(path, T("it is no file"))
    if len(body) > most:
        raise UsageError(
            T("{path} is larger than {size} MB", path=str(path), size=most // 1024**2),
            next=T("export fewer incidents, or one"),
        )
    return body


def first_of(folder: Path, names: Sequence[str]) -> bytes:
    """Return the first file of *names* in *folder*, as far as it can be read."""
    for name in names:
        try:
            if (folder / name).is_file():
                return _start(folder / name, LARGEST_PAGE)
        except OSError:
            continue
    return b""


def pages(site: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the incidents of the cState *site* by their path, and what cannot be read.

    Raises ``UsageError`` when there is no folder of incidents.
    """
    folder = _issues(site)
    home = folder.resolve()
    found: dict[str, bytes] = {}
    problems = []
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(site).as_posix().encode("utf-8", "replace").decode()
        if path.name.startswith("_index."):
            continue
        if len(found) >= MOST_PAGES:
            problems.append(
                Problem(name, 0, T("only {most} files are read", most=MOST_PAGES))
            )
            break
        why: Sayable
        try:
            inside = path.resolve(strict=True).is_relative_to(home)
            body = _start(path, LARGEST_PAGE) if inside and path.is_file() else None
        except OSError as error:
            body, why = None, str(error.strerror or error)
        else:
            why = T("it is no file of this folder")
        if body is None:
            problems.append(
                Problem(name, 0, T("this file cannot be read: {why}", why=why))
            )
        elif len(body) > LARGEST_PAGE:
            problems.append(
                Problem(name, 0, T("this file is larger than {size} MB", size=1))
            )
        else:
            found[name] = body
    return found, problems


def _issues(site: Path) -> Path:
    for folder in (site / "content" / ISSUES, site / ISSUES, site):
        if folder.is_dir() and (folder is not site or any(folder.glob("*.md"))):
            return folder
    raise UsageError(
        T("there are no incidents in {path}", path=str(site)),
        next=T("name the folder of the cState site, which holds content/issues"),
    )


def _start(path: Path, most: int) -> bytes:
    """Return what *path* holds, and of more than *most* bytes one byte more."""
    with path.open("rb") as opened:
        return opened.read(most + 1)


def _unreadable(path: Path, why: Text) -> UsageError:
    return UsageError(
        T("{path} cannot be read: {why}", path=str(path), why=why),
        next=T("name a file that is there"),
    )
