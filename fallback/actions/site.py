"""Reads a site folder: what every other action starts from."""

from pathlib import Path

from fallback import dns, hosts, stores
from fallback.core.config import FILE_NAME, Config, Kinds, Network
from fallback.core.errors import ConfigError, Problem, UsageError
from fallback.core.settings.toml import parse, parse_network
from fallback.core.text import T


def load(folder: Path) -> Config:
    """Return the configuration of the site at *folder*.

    Raises ``UsageError`` when there is no site, ``ConfigError`` with every complaint.
    """
    root = folder.absolute()
    missing = UsageError(
        T("there is no {file} in {folder}", file=FILE_NAME, folder=str(root)),
        next=T("begin with: fallback init, or name the folder: fallback -C DIR"),
    )
    return parse(_text(root / FILE_NAME, missing), kinds(), root)


def network_of(file: Path) -> Network:
    """Return the network that the table ``[network]`` of *file* describes.

    Raises ``UsageError`` when there is no such file, ``ConfigError`` for what is in it.
    """
    missing = UsageError(
        T("there is no file {file}", file=str(file)),
        next=T("name a file with a table [network], such as a fallback.toml"),
    )
    return parse_network(_text(file, missing), file.absolute().parent)


def _text(path: Path, missing: UsageError) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise missing from None
    except OSError as error:
        raise UsageError(
            T("{file} cannot be read: {why}", file=str(path), why=str(error.strerror)),
        ) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(
            [
                Problem(
                    path.name,
                    line,
                    T("this is not UTF-8"),
                    T("save the file again with the encoding UTF-8"),
                )
            ]
        ) from error


def kinds() -> Kinds:
    """Return every adapter's settings class."""
    return {
        "hosts": hosts.settings(),
        "dns": dns.settings(),
        "state": stores.settings(),
    }
