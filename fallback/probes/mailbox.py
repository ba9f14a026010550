"""Knocks at a domain's mail servers, and reads how they greet; nothing is sent.

A mail server speaks first (RFC 5321 section 3.1). Many networks let nobody out to port
25, so that silence is not yet an answer.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

from fallback.core.check.mailbox import Knock
from fallback.core.config import Network

PORTS = (25, 587)
CONNECT = timedelta(seconds=4)
GREETING = timedelta(seconds=8)
"""RFC 5321 section 4.5.3.2.1 gives a server five minutes; a live one needs a second."""

_MOST = 4
_LONGEST = 512


def knock(
    addresses: Sequence[str], network: Network, *, ports: Sequence[int] = PORTS
) -> Knock | None:
    """Return the best of what the first few of *addresses* said at *ports*.

    All are knocked at side by side. ``None`` when none of them may be asked. Not for
    use inside asyncio.
    """
    public = [a for a in addresses if network.allow_private or ip_address(a).is_global]
    if not public:
        return None
    doors = [(address, port) for address in public[:_MOST] for port in ports]
    return asyncio.run(_all(doors))


async def _all(doors: Sequence[tuple[str, int]]) -> Knock:
    said = await asyncio.gather(*(_one(*door) for door in doors))
    return min(said, key=list(Knock).index)


async def _one(address: str, port: int) -> Knock:
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(CONNECT.total_seconds()):
            reader, writer = await asyncio.open_connection(
                address, port, limit=_LONGEST
            )
        async with asyncio.timeout(GREETING.total_seconds()):
            line = await reader.readline()
    except (OSError, TimeoutError, ValueError):
        return Knock.SILENT
    finally:
        if writer is not None:
            writer.transport.abort()
    if line.startswith(b"220"):
        return Knock.ANSWERS
    return Knock.REFUSES if line[:1] in (b"4", b"5") else Knock.SILENT
