"""The answers for a new site on disk: a file given beforehand, and those so far.

What was answered is kept in the new folder after each question, so that a closed lid, a
Ctrl-C or a kill costs one answer at most. It is offered again, never taken unseen, and
goes away once the settings are written.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fallback.actions.site import kinds
from fallback.core.errors import ConfigError, UsageError
from fallback.core.text import T
from fallback.core.wizard import answers
from fallback.wire import durable

KEPT = ".fallback/answers.toml"


def from_file(path: Path) -> dict[str, Any]:
    """Return the answers in *path*, TOML or JSON.

    Raises ``UsageError`` when it cannot be read, ``ConfigError`` with every complaint.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or T("this is not UTF-8")
        raise UsageError(
            T("{file} cannot be read: {why}", file=str(path), why=why),
            customers_see=T("no change: nothing was written"),
        ) from error
    return answers.read(text, str(path), kinds())


def kept(root: Path) -> dict[str, Any]:
    """Return the answers that an earlier run in *root* kept; none when it kept none.

    What somebody has spoiled since is as if it had never been kept.
    """
    try:
        return from_file(root / KEPT)
    except (UsageError, ConfigError):
        return {}


def keep(root: Path, given: Mapping[str, Any]) -> None:
    """Keep *given*, which holds no secret, for the next run in *root*.

    A full disk costs no more than that.
    """
    with suppress(OSError):
        durable.replace(root / KEPT, answers.spelled(given).encode(), mode=0o600)


def forget(root: Path) -> None:
    """Take away what was kept: the settings hold it now."""
    with suppress(OSError):
        (root / KEPT).unlink()
