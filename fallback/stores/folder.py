"""State in a folder beside the configuration: one file a key, replaced durably.

The version of a value is the digest of its bytes. Comparing and swapping happens under
a file lock, so two processes on one machine never overwrite each other.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from fallback.core.config import Config
from fallback.core.errors import Conflict, Unavailable
from fallback.core.ports import Version
from fallback.core.text import T
from fallback.wire import durable

_PATIENCE = 10.0  # seconds; a put takes milliseconds
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


@frozen
class Settings:
    """The keys of ``[state]`` with ``store = "folder"``."""

    path: Path = Path(".fallback")


@frozen
class Folder:
    """See ``fallback.core.ports.Store``."""

    path: Path

    def get(self, key: str) -> tuple[bytes, Version] | None:
        """See ``fallback.core.ports.Store``."""
        try:
            value = self._file(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(key, error) from error
        return value, _version(value)

    def put(self, key: str, value: bytes, if_version: Version | None) -> Version:
        """See ``fallback.core.ports.Store``. A full disk leaves the old value."""
        try:
            with self._locked():
                known = self.get(key)
                if (known and known[1]) != if_version:
                    raise Conflict(T("{key} was changed by somebody else", key=key))
                durable.replace(self._file(key), value)
        except OSError as error:
            raise _failed(key, error) from error
        return _version(value)

    def _file(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:
            raise ValueError(f"not a key: {key}")
        return self.path / key

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # filelock loads asyncio, which reading a state does not need
        from filelock import FileLock, Timeout

        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path / ".store.lock", timeout=_PATIENCE):
                yield
        except Timeout as error:
            raise Unavailable(
                T("another process holds the state in {path}", path=str(self.path))
            ) from error


def _version(value: bytes) -> Version:
    return Version(sha256(value).hexdigest())


def _failed(key: str, error: OSError) -> Unavailable:
    return Unavailable(
        T(
            "the state {key} cannot be read or written: {why}",
            key=key,
            why=str(error.strerror or error),
        ),
        next=T("look at the folder that [state] in fallback.toml names"),
    )


def rights(settings: Settings) -> None:
    """See ``fallback.stores.rights``: a folder has no key."""


def connect(settings: Settings, config: Config) -> Folder:
    """Return the store in the folder that *settings* name; nothing is touched yet."""
    return Folder(config.root / settings.path)
