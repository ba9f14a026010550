"""When the words of a site were committed, where git keeps them.

A CI job knows nothing of the jobs beside it; the moment of its commit says which of two
comes first, even when their words bear the same dates.
"""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

_PATIENCE = 5  # seconds
_GITHUB = re.compile(r"[@/]github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_ASK = ("-c", "log.showSignature=false", "log", "-20", "--no-show-signature",
        "--format=%ct")  # fmt: skip


def committed(folder: Path, *, until: datetime) -> datetime | None:
    """Return when the newest of the last 20 commits of *folder*'s checkout was made.

    In UTC. Whatever they changed, they count: a commit is never older than those it
    stands on, although its committer's clock may have been slow. A date after *until*
    is left out, for it says nothing but that a clock is wrong.

    ``None`` where there is no repository, no git, or no answer: whoever publishes from
    a plain folder has dates in the words, and nothing else. It is the committer's date,
    which a rebase or a revert makes new (``git-log``, ``%ct``); a shallow clone has
    fewer of them.
    """
    top = folder.resolve()
    if not any((parent / ".git").exists() for parent in (top, *top.parents)):
        return None
    try:
        said = subprocess.run(
            ["git", "-C", str(top), *_ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_PATIENCE,
        ).stdout
        dates = [int(line) for line in said.split()]
        known = [date for date in dates if date <= until.timestamp()]
        return datetime.fromtimestamp(max(known), UTC) if known else None
    except (OSError, ValueError, OverflowError, subprocess.SubprocessError):
        return None


def github(folder: Path) -> tuple[Path, str] | None:
    """Return the checkout that holds *folder*, and its ``owner/name`` at GitHub.

    Whatever else stands in the address of the remote, such as a token, is left there.
    ``None`` where there is no repository, or one that is kept elsewhere.
    """
    top = folder.resolve()
    for parent in (top, *top.parents):
        if not (parent / ".git").exists():
            continue
        try:
            said = subprocess.run(
                ["git", "-C", str(parent), "config", "--get", "remote.origin.url"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_PATIENCE,
            ).stdout.decode("utf-8", "replace")
        except (OSError, subprocess.SubprocessError):
            return None
        found = _GITHUB.search(said.strip())
        return (parent, found[1]) if found else None
    return None
