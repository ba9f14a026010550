"""What git knows of a folder: where its checkout comes from, and when it was committed.

A CI job knows nothing of the jobs beside it; the moment of its commit says which of two
comes first, even when their words bear the same dates. Nobody else asks git.
"""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

_PATIENCE = 5  # seconds
_GITHUB = re.compile(r"[@/]github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_PATH = r"(?P<path>[\w.~-]+(?:/[\w.~-]+)+)"
_WEB = re.compile(
    rf"(?P<scheme>https?)://(?:[^@/]*@)?(?P<host>[\w.-]+(?::\d+)?)/{_PATH}"
)
_SSH = re.compile(
    rf"(?:ssh://(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?/|"
    rf"(?:[\w.-]+@)(?P<name>[\w.-]+):/?){_PATH}"
)
_ASK = ("-c", "log.showSignature=false", "log", "-20", "--no-show-signature",
        "--format=%ct")  # fmt: skip


def checkout(folder: Path) -> Path | None:
    """Return the top of the checkout that holds *folder*; ``None`` where none does."""
    top = folder.resolve()
    found = (each for each in (top, *top.parents) if (each / ".git").exists())
    return next(found, None)


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
    if checkout(folder) is None:
        return None
    try:
        dates = [int(line) for line in _asked(folder.resolve(), *_ASK).split()]
        known = [date for date in dates if date <= until.timestamp()]
        return datetime.fromtimestamp(max(known), UTC) if known else None
    except (ValueError, OverflowError):
        return None


def remote(top: Path) -> str:
    """Return the address that the checkout *top* came from, as git holds it, or ``""``.

    It may hold a token: whoever shows it takes out what opens something.
    """
    return _asked(top, "config", "--get", "remote.origin.url")


def website(top: Path) -> str:
    """Return where people find the repository of the checkout *top*, or ``""``.

    ``https://host/path``; a user, a token and a port of SSH are left out of it. What is
    kept on this machine has none. The remote's address: git-clone, "GIT URLS".
    """
    address = remote(top).removesuffix("/").removesuffix(".git")
    found = _WEB.fullmatch(address) or _SSH.fullmatch(address)
    if not found:
        return ""
    parts = found.groupdict()
    host = parts["host"] or parts["name"]
    return f"{parts.get('scheme', 'https')}://{host}/{parts['path']}"


def branch(folder: Path) -> str:
    """Return the branch that a push to the checkout of *folder* is published from.

    The remote's own, as it was when it was cloned; else the one that is checked out;
    ``""`` where there is neither.
    """
    top = checkout(folder)
    if top is None:
        return ""
    head = _asked(top, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if head:
        return head.removeprefix("origin/")
    return _asked(top, "symbolic-ref", "--short", "HEAD")


def shared_commit(top: Path) -> str:
    """Return the commit that *top* stands at, if a branch of a remote holds it.

    Else ``""``: nobody else can fetch what was never pushed. It is told from what was
    fetched last; nobody is asked.
    """
    if not _asked(top, "branch", "--remotes", "--contains", "HEAD"):
        return ""
    return _asked(top, "rev-parse", "HEAD")


def github(folder: Path) -> tuple[Path, str] | None:
    """Return the checkout that holds *folder*, and its ``owner/name`` at GitHub.

    Whatever else stands in the address of the remote, such as a token, is left there.
    ``None`` where there is no repository, or one that is kept elsewhere.
    """
    top = checkout(folder)
    found = _GITHUB.search(remote(top)) if top else None
    return (top, found[1]) if top and found else None


def _asked(top: Path, *words: str) -> str:
    """Return what git says of *top*, or ``""`` where it says nothing."""
    try:
        return (
            subprocess.run(
                ["git", "-C", str(top), *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_PATIENCE,
            )
            .stdout.decode("utf-8", "replace")
            .strip()
        )
    except (OSError, subprocess.SubprocessError):
        return ""
