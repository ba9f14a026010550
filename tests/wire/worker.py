"""A worker for tests: it does as it is told."""

import os
import sys
import time
from typing import Any

from fallback.wire import crew


def main() -> None:
    """Answer with what is to be said, after whatever is to happen."""
    crew.serve(_answer)


def _answer(question: dict[str, Any]) -> Any:
    print(question.get("print", ""))
    time.sleep(question.get("sleep", 0))
    if "raise" in question:
        raise ValueError
    if "exit" in question:
        sys.exit(0)
    if "abort" in question:
        os.abort()
    return dict(os.environ) if "environment" in question else question["say"]
