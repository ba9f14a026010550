"""Which forms the repository of the words has at its CI service, by its checkout."""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from fallback.core.check.phone import Forms
from fallback.core.wizard.forms import BLANK, GITLAB, GITLAB_REDIRECT
from fallback.wire import git

_WORKFLOWS = Path(".github/workflows")
_FORM = re.compile(r"^\s*workflow_dispatch:", re.MULTILINE)
_NOT_GITLAB = ("bitbucket.org", "codeberg.org", "dev.azure.com", "git.sr.ht")
"""Where repositories are kept, too, and our file for GitLab means nothing."""


def look(root: Path) -> Forms | None:
    """Return the forms for the words at *root*.

    At GitHub, a workflow that can be run by hand and speaks of this program; at a
    server that may be GitLab's, ``.gitlab-ci.yml`` and what it includes. ``None`` where
    there is no repository, or one that is kept at neither.
    """
    home = git.github(root)
    return _at_github(*home) if home else _at_gitlab(root)


def _at_github(top: Path, name: str) -> Forms:
    found = {
        path: text
        for path in sorted((top / _WORKFLOWS).glob("*.y*ml"))
        if _FORM.search(text := _read(path)) and "fallback" in text
    }
    moving = [path for path in found if "redirect" in path.stem]
    telling = [path for path in found if path not in moving]
    return Forms(
        "GitHub",
        f"https://github.com/{name}/actions/workflows/{telling[0].name}"
        if telling
        else "",
        moving[0].relative_to(top).as_posix() if moving else "",
        tuple(
            p.relative_to(top).as_posix() for p, text in found.items() if BLANK in text
        ),
    )


def _at_gitlab(root: Path) -> Forms | None:
    """Return what ``.gitlab-ci.yml`` does at a server that may be GitLab's.

    The page "New pipeline": https://docs.gitlab.com/ci/pipelines/#run-a-pipeline-by-using-a-url-query-string
    """
    top = git.checkout(root)
    home = git.website(top) if top else ""
    host = urlsplit(home).hostname or ""
    if top is None or not host or host in _NOT_GITLAB:
        return None
    texts = {file: _read(top / file) for file in (GITLAB, GITLAB_REDIRECT)}
    if not texts[GITLAB] and "gitlab" not in host:
        return None
    moving = [file for file, text in texts.items() if "fallback redirect" in text]
    branch = quote(git.branch(top), safe="")
    publishes = "fallback deploy" in texts[GITLAB]
    return Forms(
        "GitLab",
        f"{home}/-/pipelines/new?ref={branch}" if publishes else "",
        moving[0] if moving else "",
        tuple(file for file, text in texts.items() if BLANK in text),
    )


def _read(path: Path) -> str:
    """Return the text of the file *path*, or ``""`` where there is none."""
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""
