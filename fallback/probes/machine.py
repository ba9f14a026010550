"""Where this machine is, and where the words are kept: asked of nobody else."""

import configparser
import re
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

_SSH = re.compile(r"(?:[^@/]+@)?([^:/]+):(?!//)")
_MOST_BYTES = 64 * 1024


def own_addresses(towards: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses from which this machine would speak to *towards*.

    Nothing is sent. Behind a router it is a private address, which tells nothing and is
    left out, and so is the loopback.
    """
    found: dict[str, None] = {}
    for address in towards:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as line:
                line.connect((address, 9))
                own = str(line.getsockname()[0])
        except OSError:
            continue
        if ip_address(own).is_global:
            found[own] = None
    return tuple(found)


def repository_host(root: Path) -> str:
    """Return the host of the remote repository that *root* is in; empty: none."""
    for folder in (root, *root.parents):
        try:
            with (folder / ".git" / "config").open("rb") as file:
                text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        return _host(text)
    return ""


def _host(text: str) -> str:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    sections = ['remote "origin"', *parser.sections()]
    for section in sections:
        if section.startswith("remote ") and parser.has_option(section, "url"):
            url = parser.get(section, "url")
            found = re.match(r"[a-z+]+://(?:[^@/]+@)?(\[[^\]]+\]|[^:/]+)", url)
            found = found or _SSH.match(url)
            if found:
                return found[1].strip("[]").lower()
    return ""
