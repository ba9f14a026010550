"""A block of loopback addresses, 127.N.0.0/16, that nobody else on this machine has."""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests import need


@contextmanager
def block() -> Iterator[str]:
    """Yield the first two octets of a block; a socket in it keeps others away.

    Port 53 is one that only root may listen at.
    """
    need.root()
    order = random.Random(os.getpid())
    for second in order.sample(range(64, 250), 40):
        with socket.socket() as mark:
            try:
                mark.bind((f"127.{second}.255.254", 53))
            except OSError:
                continue
            yield f"127.{second}"
            return
    raise AssertionError("no loopback block is free")
