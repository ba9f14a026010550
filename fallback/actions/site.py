"""Reads a site folder: what every other action starts from."""

from pathlib import Path

from fallback import dns, hosts, stores
from fallback.core.config import FILE_NAME, Config, Kinds
from fallback.core.errors import ConfigError, Problem, UsageError
from fallback.core.text import T
from fallback.core.toml import parse


def load(folder: Path) -> Config:
    """Return the configuration of the site at *folder*.

    Raises ``UsageError`` when there is no site, ``ConfigError`` with every complaint.
    """
    root = folder.absolute()
    path = root / FILE_NAME
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            T("there is no {file} in {folder}", file=FILE_NAME, folder=str(root)),
            next=T("begin with: fallback init, or name the folder: fallback -C DIR"),
        ) from None
    except OSError as error:
        raise UsageError(
            T("{file} cannot be read: {why}", file=str(path), why=str(error.strerror)),
        ) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(
            [
                Problem(
                    FILE_NAME,
                    line,
                    T("this is not UTF-8"),
                    T("save the file again with the encoding UTF-8"),
                )
            ]
        ) from error
    return parse(text, kinds(), root)


def kinds() -> Kinds:
    """Return every adapter's settings class."""
    return {
        "hosts": hosts.settings(),
        "dns": dns.settings(),
        "state": stores.settings(),
    }
