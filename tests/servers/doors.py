"""Port 53 at many loopback addresses, each leading to one BIND, which has a view each.

BIND listens only at addresses that an interface has, and 127.0.0.1 is the one of them
that is always there. So each question is passed on to it *from* the address that it
came to, and the views tell by that whom was asked. What a door does instead:

``open`` passes on · ``closed`` takes nothing: the port is unreachable · ``silent``
hears and says nothing · ``garbage`` answers with octets that are no message · ``cut``
says that the answer is too long for UDP, and hangs up over TCP · ``udp`` and ``tcp``
pass on what comes so, and the other is silent
"""

import asyncio
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from attrs import define, field

PORT = 53
_TC = 0x0200
_QR = 0x8000


@define
class Doors:
    """``hits`` counts the questions that a door has heard, by address."""

    upstream: int
    loop: asyncio.AbstractEventLoop
    hits: dict = field(factory=dict)
    ways: dict = field(factory=dict)
    _open: dict = field(factory=dict)

    def set(self, ways: dict) -> None:
        """Make each address that is in *ways* do what it says; returns when it does."""
        asyncio.run_coroutine_threadsafe(self._set(ways), self.loop).result(20)

    async def _set(self, ways):
        for address, way in ways.items():
            self.ways[address], self.hits[address] = way, 0
            if way == "closed" and address in self._open:
                for each in self._open.pop(address):
                    each.close()
            elif way != "closed" and address not in self._open:
                self._open[address] = await self._listen(address)
        await asyncio.sleep(0)  # what is closed is closed when the loop comes round

    async def _listen(self, address):
        tcp = await asyncio.start_server(
            lambda reader, writer: self._line(address, reader, writer), address, PORT
        )
        udp, _ = await self.loop.create_datagram_endpoint(
            lambda: _Udp(self, address), local_addr=(address, PORT)
        )
        return tcp, udp

    async def _line(self, address, reader, writer):
        """Carry one TCP connection both ways, until either end has said everything."""
        self.hits[address] += 1
        way = self.ways[address]
        with suppress(OSError):
            if way in ("open", "tcp"):
                there = await asyncio.open_connection(
                    "127.0.0.1", self.upstream, local_addr=(address, 0)
                )
                await asyncio.gather(_carry(reader, there[1]), _carry(there[0], writer))
            elif way in ("silent", "udp"):
                await reader.read()
            elif way == "garbage":
                writer.write(b"\x00\x05hello")
        writer.close()

    async def close(self):
        await self._set(dict.fromkeys(self._open, "closed"))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()


async def _carry(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    finally:
        with suppress(OSError):
            writer.close()


@define(eq=False)
class _Udp(asyncio.DatagramProtocol):
    """The door over UDP: each question goes on by a socket of its own."""

    doors: Doors
    address: str
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.doors.hits[self.address] += 1
        way = self.doors.ways[self.address]
        if way in ("open", "udp"):
            self.doors.loop.create_task(self._pass_on(data, addr))
        elif way == "garbage":
            self.transport.sendto(data[:2] + b"\xff" * 7, addr)
        elif way == "cut":
            self.transport.sendto(_too_long(data), addr)

    async def _pass_on(self, data, addr):
        answered = self.doors.loop.create_future()
        there, _ = await self.doors.loop.create_datagram_endpoint(
            lambda: _Once(answered),
            local_addr=(self.address, 0),
            remote_addr=("127.0.0.1", self.doors.upstream),
        )
        try:
            there.sendto(data)
            async with asyncio.timeout(15):
                self.transport.sendto(await answered, addr)
        except (TimeoutError, OSError):
            pass
        finally:
            there.close()


def _too_long(question: bytes) -> bytes:
    """Return *question* as an empty answer that says TC."""
    ident, flags, asked = struct.unpack("!HHH", question[:6])
    head = struct.pack("!HHHHHH", ident, flags | _QR | _TC, asked, 0, 0, 0)
    end = question.index(b"\0", 12) + 5
    return head + question[12:end]


@define(eq=False)
class _Once(asyncio.DatagramProtocol):
    answered: asyncio.Future

    def datagram_received(self, data, addr):
        if not self.answered.done():
            self.answered.set_result(data)

    def error_received(self, exc):
        if not self.answered.done():
            self.answered.set_exception(exc)


@contextmanager
def doors(addresses: Sequence[str], upstream: int) -> Iterator[Doors]:
    """Open a door at port 53 of each of *addresses* until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = Doors(upstream, loop)
    try:
        made.set(dict.fromkeys(addresses, "open"))
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(made.close(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
