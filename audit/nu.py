"""The Nu HTML checker: every page of every site, HTML and inline style, in one run."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from audit.outcome import Fault, Outcome, say
from audit.sites import Site
from audit.tools import Tools


def checked(tools: Tools, sites: Sequence[Site]) -> Outcome:
    """Return what the checker says: neither errors nor warnings are let pass."""
    pages = {
        str(site.file(page)): f"{site.name} {page}"
        for site in sites
        for page in site.pages
    }
    say(f"  {len(pages)} pages")
    messages = complaints(tools, list(pages))
    faults = tuple(
        Fault(
            pages[unquote(each["url"].removeprefix("file:"))],
            f"vnu {_kind(each)}: {each['message']}",
        )
        for each in messages
    )
    errors = sum(_kind(each) == "error" for each in messages)
    line = (
        f"- The Nu HTML checker, {len(pages)} pages with their style: {errors} errors,"
        f" {len(messages) - errors} warnings."
    )
    return Outcome((line,), faults)


def complaints(tools: Tools, files: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the errors and warnings about *files*; ``url`` names the file."""
    done = subprocess.run(
        [
            # its parser recurses deeper than Java's usual stack allows
            *("java", "-Xss2m", "-jar", str(tools.vnu)),
            *("--format", "json", "--exit-zero-always", "--stdout", *files),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    found: list[Mapping[str, Any]] = json.loads(done.stdout)["messages"]
    return [each for each in found if _kind(each)]


def _kind(message: Mapping[str, Any]) -> str:
    """Return ``error``, ``warning``, or nothing for what is merely information."""
    if message["type"] == "info":
        return "warning" if message.get("subType") == "warning" else ""
    return "error"
