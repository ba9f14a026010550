"""Where a build remembers what it has rendered, and when that is worth anything.

Below the site's own state, believed only with this user's key: see
``fallback.wire.kept``. A usual site is rendered sooner than a cache is opened.
"""

import sys
import zoneinfo
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from fallback import __version__
from fallback.core.config import Config
from fallback.wire.shipped import PACKAGE

if TYPE_CHECKING:
    from fallback.wire.kept import Kept

FILE = "cache/rendered"
"""Below the folder of the site's state."""
WORTH_IT = 100
"""Files of content from which on it is quicker to remember than to render."""

_PROGRAMS = ("markdown", "nh3", "jinja2", "markupsafe")


@contextmanager
def remembering(
    config: Config, sources: Mapping[str, bytes]
) -> Iterator[MutableMapping[bytes, bytes]]:
    """Give what was rendered before of this site, and keep what is rendered now.

    What cannot be kept is merely rendered again: this never fails.
    """
    kept = _of_pages(config) if len(sources) >= WORTH_IT else None
    if kept is None:
        yield {}
        return
    try:
        yield kept
    finally:
        kept.save()


def _of_pages(config: Config) -> "Kept | None":
    rules = _rules(config.shop.timezone)
    return None if rules is None else opened(config, FILE, _programs() + rules)


def opened(config: Config, file: str, stamp: bytes) -> "Kept | None":
    """Return the cache *file*, below the state of this site; ``None``: nothing is kept.

    *stamp* is what ``fallback.wire.kept.Kept`` asks for.
    """
    # a usual site needs no cache, and so none of these
    import platformdirs

    from fallback.stores.journal import state_folder
    from fallback.wire.kept import Kept, secret

    key = secret(platformdirs.user_state_path("fallback", appauthor=False))
    if key is None:
        return None
    folder = state_folder(config)
    try:
        # a link may not lead what we write out of the folder where state belongs
        inside = (folder / file).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle, before Python 3.13
        return None
    return Kept(folder / file, key, stamp) if inside else None


def _programs() -> bytes:
    """Return what differs when any code that renders does."""
    from importlib.util import find_spec  # see above

    folders = [PACKAGE / "page", PACKAGE / "core"]
    for name in _PROGRAMS:
        spec = find_spec(name)
        folders += map(Path, (spec and spec.submodule_search_locations) or ())
    found = [__version__, sys.version]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if "__pycache__" in path.parts or path.suffix == ".new":
                continue  # there for a moment only, while something is compiled
            with suppress(OSError):
                about = path.stat()
                if S_ISREG(about.st_mode):
                    found.append(f"{path} {about.st_size} {about.st_mtime_ns}")
    return "\n".join(found).encode("utf-8", "replace")


def _rules(zone: zoneinfo.ZoneInfo) -> bytes | None:
    """Return the rules of *zone*, which governments change; ``None``: not to be had."""
    if not zone.key:
        return None
    for folder in zoneinfo.TZPATH:
        try:
            return (Path(folder) / zone.key).read_bytes()
        except OSError:
            continue
    from importlib.util import find_spec  # on Windows

    spec = find_spec("tzdata")
    for place in (spec and spec.submodule_search_locations) or ():
        try:
            return (Path(place) / "zoneinfo" / zone.key).read_bytes()
        except OSError:
            continue
    return None
