"""What a test needs from the machine: there, or a reason to skip; in CI a failure."""

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str) -> str:
    """Return the path of the program *name* that Debian packages."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return found or _missing(f"{name} is not installed (make test installs it as root)")


def root() -> None:
    """Go on only as root."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return
    pytest.skip("needs root")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
