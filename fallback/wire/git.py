"""When the words of a site were committed, where git keeps them.

A CI job knows nothing of the jobs beside it; the moment of its commit says which of two
comes first, even when their words bear the same dates.
"""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

_PATIENCE = 5  # seconds
_ASK = ("-c", "log.showSignature=false", "log", "-1", "--no-show-signature",
        "--format=%ct")  # fmt: skip


def committed(folder: Path) -> datetime | None:
    """Return when the commit that *folder* is checked out at was made, in UTC.

    ``None`` where there is no repository, no git, or no answer: whoever publishes from
    a plain folder has dates in the words, and nothing else. It is the committer's date,
    which a rebase or a revert makes new (``git-log``, ``%ct``).
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
        return datetime.fromtimestamp(int(said), UTC)
    except (OSError, ValueError, OverflowError, subprocess.SubprocessError):
        return None
