"""A place of its own for a world that must leave no trace in the owner's."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def apart(prefix: str) -> Iterator[Path]:
    """Yield a temporary folder, and take it away; the user's state is in it meanwhile.

    The journal's second place would otherwise be the user's own state folder, where
    what was decided here would stand among real decisions.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    try:
        yield folder
    finally:
        if before is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = before
        shutil.rmtree(folder, ignore_errors=True)
