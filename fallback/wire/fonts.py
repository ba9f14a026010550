"""Finds fonts on this machine, the widest and plainest first."""

import os
from collections.abc import Iterator
from pathlib import Path

_WANTED = (
    # one with many scripts, as Linux, Windows and macOS bring it; then one script each
    "DejaVuSans-Bold.ttf", "NotoSans-Bold.ttf", "LiberationSans-Bold.ttf",
    "segoeuib.ttf", "arialbd.ttf", "Arial Bold.ttf", "Arial Unicode.ttf",
    "NotoSansArabic-Bold.ttf", "NotoNaskhArabic-Bold.ttf", "NotoSansHebrew-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf", "NotoSansBengali-Bold.ttf", "NotoSansTamil-Bold.ttf",
    "NotoSansThai-Bold.ttf", "Nirmala.ttf", "NotoSansCJK-Bold.ttc", "msyhbd.ttc",
    "YuGothB.ttc", "malgunbd.ttf", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc",
)  # fmt: skip
_MOST_BYTES = 64 * 1024 * 1024
_MOST_FILES = 20_000


def fonts() -> Iterator[bytes]:
    """Yield the fonts that there are of those that we want, one after another."""
    found = _found()
    for name in _WANTED:
        path = found.get(name.casefold())
        try:
            if path and path.stat().st_size <= _MOST_BYTES:
                yield path.read_bytes()
        except OSError:
            continue


def _found() -> dict[str, Path]:
    wanted = {name.casefold() for name in _WANTED}
    found: dict[str, Path] = {}
    seen = 0
    for folder in _folders():
        for here, folders, files in os.walk(folder):
            folders.sort()
            seen += len(files)
            for name in files:
                if name.casefold() in wanted:
                    found.setdefault(name.casefold(), Path(here) / name)
            if seen > _MOST_FILES:
                return found
    return found


def _folders() -> tuple[Path, ...]:
    home = Path.home()
    return (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        Path("/System/Library/Fonts"),
        Path("/Library/Fonts"),
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
    )
