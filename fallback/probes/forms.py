"""Which forms the repository of the words has at its CI service, by its checkout."""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from fallback.core.check.phone import Forms
from fallback.core.wizard.forms import BLANK, COMMIT, GITLAB, GITLAB_REDIRECT
from fallback.wire import git

_WORKFLOWS = Path(".github/workflows")
_FORM = re.compile(r"\bworkflow_dispatch\b")
_PUBLISHES = re.compile(
    r"fallback (?:deploy|update)\b|/fallback@|uses: \./$", re.MULTILINE
)
_MOVES = re.compile(r"fallback redirect\b")
_BLANK = re.compile(rf"{re.escape(BLANK)}\b|/fallback@{COMMIT}\b| {COMMIT} ")
_NOT_GITLAB = ("bitbucket.org", "codeberg.org", "dev.azure.com", "git.sr.ht")
"""Where repositories are kept, too, and our file for GitLab means nothing."""


def look(root: Path) -> Forms | None:
    """Return the forms for the words at *root*.

    At GitHub, the workflows that can be run by hand; at a server that may be GitLab's,
    ``.gitlab-ci.yml`` and what it includes. ``None`` where there is no repository, or
    one that is kept at neither.
    """
    home = git.github(root)
    return _at_github(*home) if home else _at_gitlab(root)


def _at_github(top: Path, name: str) -> Forms:
    found = {
        path: text
        for path in sorted((top / _WORKFLOWS).glob("*.y*ml"))
        if _FORM.search(text := _read(path))
    }
    moving = [path for path, text in found.items() if _MOVES.search(text)]
    telling = [
        path
        for path, text in found.items()
        if _PUBLISHES.search(text) and path not in moving
    ]
    ours = (*telling, *moving)
    form = f"https://github.com/{name}/actions/workflows/{{}}"
    return Forms(
        "GitHub",
        form.format(telling[0].name) if telling else "",
        moving[0].relative_to(top).as_posix() if moving else "",
        tuple(p.relative_to(top).as_posix() for p in ours if _BLANK.search(found[p])),
    )


def _at_gitlab(root: Path) -> Forms | None:
    """Return what ``.gitlab-ci.yml`` does at a server that may be GitLab's.

    The page "New pipeline": https://docs.gitlab.com/ci/pipelines/#run-a-pipeline-by-using-a-url-query-string
    """
    top = git.checkout(root)
    home = git.website(top) if top else ""
    text = _read(top / GITLAB) if top else ""
    host = urlsplit(home).hostname or ""
    publishes = "fallback deploy" in text
    if top is None or not publishes or host in ("", *_NOT_GITLAB):
        return None
    texts = {GITLAB: text}
    if GITLAB_REDIRECT in text:
        texts[GITLAB_REDIRECT] = _read(top / GITLAB_REDIRECT)
    moving = [file for file, text in texts.items() if _MOVES.search(text)]
    return Forms(
        "GitLab",
        f"{home}/-/pipelines/new?ref={quote(git.branch(top), safe='')}",
        moving[0] if moving else "",
        tuple(file for file, text in texts.items() if _BLANK.search(text)),
    )


def _read(path: Path) -> str:
    """Return the text of the file *path*, or ``""`` where there is none."""
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return ""
