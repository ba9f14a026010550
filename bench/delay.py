"""A proxy that is far away: every byte arrives half a round trip later.

It passes bytes on as they are, TLS and all, without asking what they mean, and counts
nothing. One process with one event loop; ``throughput`` in ``bench.publishing`` shows
that it is never what a measurement waits for.
"""

import asyncio
import sys
from collections import deque


class Far(asyncio.Protocol):
    """One end of a connection: what it hears, the other end says later."""

    def __init__(self, delay: float, peer: "Far | None" = None) -> None:
        self.delay, self.peer = delay, peer
        self.transport: asyncio.Transport | None = None
        self.early: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        while self.early:
            transport.write(self.early.popleft())

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self.peer is not None:
            loop.call_later(self.delay, self.peer.say, data)

    def say(self, data: bytes) -> None:
        if self.transport is None:
            self.early.append(data)
        else:
            self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        if self.peer is not None and self.peer.transport is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self.delay, self.peer.transport.close)


class Near(Far):
    """The end that a client reaches; connecting costs a whole round trip, too."""

    def __init__(self, delay: float, upstream: int) -> None:
        super().__init__(delay)
        self.upstream = upstream
        self.opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.peer = Far(self.delay, self)
        self.opening = asyncio.get_running_loop().create_task(self._open(self.peer))

    async def _open(self, far: Far) -> None:
        # the kernel has answered the client already: the way there and back is missing,
        # and then the way of its first words
        await asyncio.sleep(3 * self.delay)
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: far, "127.0.0.1", self.upstream)


async def serve(upstream: int, delay: float) -> None:
    """Listen on a free port, tell it, and pass on until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Near(delay, upstream), "127.0.0.1", 0, backlog=256
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 2))
