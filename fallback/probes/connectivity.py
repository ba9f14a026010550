"""Is it me? Asks a few addresses that hardly ever are all silent.

A watcher whose own line is dead sees every shop die at once. More than half of the
canaries must take a connection before a failure is believed.
"""

import asyncio
import socket
from datetime import timedelta

from fallback.core.config import Network

PATIENCE = timedelta(seconds=5)


def online(network: Network) -> bool | None:
    """Return whether more than half of the canaries take a TCP connection.

    They are asked at once, so this takes 5 s at most. ``None`` without canaries: then
    nobody can tell.
    """
    if not network.canaries:
        return None
    return asyncio.run(_online(network.canaries))


def routed(address: str) -> bool:
    """Return whether this machine knows a way to *address*; nothing is sent.

    A machine without IPv6 knows none to any IPv6 address.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        # UDP: connecting only looks the route up
        with socket.socket(family, socket.SOCK_DGRAM) as looked:
            looked.connect((address, 9))
    except OSError:
        return False
    return True


async def _online(canaries: tuple[str, ...]) -> bool:
    answers = await asyncio.gather(*(_answers(canary) for canary in canaries))
    return 2 * sum(answers) > len(canaries)


async def _answers(canary: str) -> bool:
    host, _, port = canary.rpartition(":")
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True
