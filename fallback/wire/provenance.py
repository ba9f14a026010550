"""Where this very program was installed from, so that another machine gets the same.

pip writes it down (https://packaging.python.org/specifications/direct-url): a commit of
a repository, or a folder, which may be a clone of one.
"""

import json
import re
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fallback.core.wizard.forms import Program
from fallback.wire import git

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_ADDRESS = re.compile(r"https://[\w.-]+(:\d+)?(/[\w.~-]+){2,}")


def program() -> Program | None:
    """Return the address and the commit; ``None`` where nobody can tell.

    An address with a user or a token in it is none: what it opens is nobody else's. A
    commit that was never pushed is none either, nor is a wheel's file.
    """
    try:
        known = json.loads(
            metadata.distribution("fallback").read_text("direct_url.json") or "{}"
        )
        url = str(known.get("url", ""))
        vcs = known.get("vcs_info", {})
        if vcs.get("vcs") == "git":
            return _checked(url, str(vcs.get("commit_id", "")))
        if url.startswith("file:"):
            return _cloned(Path(unquote(urlsplit(url).path)))
    except (OSError, ValueError, AttributeError, metadata.PackageNotFoundError):
        pass
    return None


def _cloned(folder: Path) -> Program | None:
    """Return where the clone in *folder* came from, and at which commit it is."""
    if not (folder / ".git").exists():
        return None
    return _checked(git.remote(folder), git.shared_commit(folder))


def _checked(address: str, commit: str) -> Program | None:
    ssh = re.fullmatch(r"(?:ssh://)?git@([\w.-]+)[:/](.+)", address)
    if ssh:
        address = f"https://{ssh[1]}/{ssh[2]}"
    address = address.removesuffix("/").removesuffix(".git")
    if _ADDRESS.fullmatch(address) and _COMMIT.fullmatch(commit):
        return Program(address, commit)
    return None
