"""A scribe's worker that only the clock on the wall ends, as on Windows."""

from tests.actions import slow_scribe


def main() -> None:
    """Be the worker."""
    slow_scribe.main(600)
