"""A scribe's worker to which one long text is without end."""

from fallback.actions.writing import scribe
from fallback.page.content.leaves import Leaf, Outcome, Reader

_read = Reader.outcome


def _outcome(self: Reader, leaf: Leaf) -> Outcome:
    while len(leaf.body) > scribe.CALM and not leaf.body.endswith(b"end"):
        list(range(10_000))
    return _read(self, leaf)


def main(seconds: int = 1) -> None:
    """Be the worker, to be ended by the kernel after so many *seconds*."""
    scribe.SECONDS = seconds
    Reader.outcome = _outcome  # type: ignore[method-assign]
    scribe.main()
