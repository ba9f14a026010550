"""Bring the generated parts of docs/ up to date: ``python -m docs``.

With ``--check`` nothing is written; pages that are not up to date are named, and the
exit code is 1.
"""

import os
import sys

from docs.parts import PAGES, filled
from fallback.cli import language


def main(words: list[str]) -> int:
    """Write the pages, or name those that are stale; return the exit code."""
    os.environ["FALLBACK_LANG"] = "en"
    language.choose()
    stale = []
    for page in PAGES:
        before = page.read_text("utf-8")
        after = filled(before)
        if before != after:
            stale.append(page)
            if "--check" not in words:
                page.write_text(after, "utf-8")
    for page in stale:
        sys.stdout.write(f"{page.name}\n")
    return 1 if stale and "--check" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
