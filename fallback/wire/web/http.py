"""One bounded HTTP/1.1 request: by address, with SNI, one deadline, a size cap.

Nothing a server does can hold the caller longer than the deadline or make it keep more
than the cap: a body that drips or never ends comes back cut, and says so. Answers are
asked for unencoded, because a megabyte of gzip can be a gigabyte of page. Redirects are
never followed here; whoever follows them decides where they may lead.
"""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import h11
from attrs import define, frozen

from fallback import __version__
from fallback.core.config import Network
from fallback.core.errors import AdapterError
from fallback.core.settings.addresses import dns_spelling
from fallback.core.text import T
from fallback.wire.dns.lookup import addresses_meanwhile
from fallback.wire.web.trust import tls_context

DEADLINE = timedelta(seconds=15)
CAP = 256 * 1024
_CONNECT = timedelta(seconds=3)
_WITH_BODY = ("POST", "PUT", "PATCH")
_AGENT = f"fallback/{__version__}"


class FailureKind(StrEnum):
    """Why there was no answer at all; stable English words."""

    DNS = "dns"
    PRIVATE = "private"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TCP_TIMEOUT = "tcp_timeout"
    TLS_TIMEOUT = "tls_timeout"
    TLS_EXPIRED = "tls_expired"
    TLS_NAME = "tls_name"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS = "tls"
    HTTP_TIMEOUT = "http_timeout"
    EMPTY = "empty"
    RESET = "reset"
    HTTP_GARBAGE = "http_garbage"


NEVER_SENT = frozenset(
    {
        FailureKind.DNS,
        FailureKind.PRIVATE,
        FailureKind.REFUSED,
        FailureKind.UNREACHABLE,
        FailureKind.TCP_TIMEOUT,
        FailureKind.TLS_TIMEOUT,
        FailureKind.TLS_EXPIRED,
        FailureKind.TLS_NAME,
        FailureKind.TLS_UNTRUSTED,
        FailureKind.TLS,
    }
)
"""How a request fails of which no byte went out."""


class FetchFailed(AdapterError):
    """There was no answer; ``kind`` says at which point, ``detail`` what was seen."""

    def __init__(self, url: str, kind: FailureKind, detail: str = "") -> None:
        """Say that *url* gave no answer."""
        super().__init__(
            T("{url} does not answer: {why}", url=url, why=detail or kind.value)
        )
        self.kind = kind
        self.detail = detail


@frozen
class Reply:
    """An answer. Header names are lower case; ``truncated`` means the body was cut.

    ``address`` is the IP literal that answered. ``certificate_ends`` is known only for
    a verified https answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    address: str
    certificate_ends: datetime | None = None

    def header(self, name: str) -> str:
        """Return the first header called *name* (lower case), or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


def ask(  # noqa: PLR0913 - each is one bound of the request
    url: str,
    *,
    network: Network,
    at: tuple[str, int] | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    deadline: timedelta = DEADLINE,
    cap: int = CAP,
    verify: bool = True,
) -> Reply:
    """Make one request and wait for it; see ``fetch``. Not for use inside asyncio."""
    return asyncio.run(
        fetch(
            url,
            network=network,
            at=at,
            method=method,
            headers=headers,
            body=body,
            deadline=deadline,
            cap=cap,
            verify=verify,
        )
    )


async def fetch(  # noqa: PLR0913 - each is one bound of the request
    url: str,
    *,
    network: Network,
    at: tuple[str, int] | None = None,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    deadline: timedelta = DEADLINE,
    cap: int = CAP,
    verify: bool = True,
    connect: timedelta = _CONNECT,
) -> Reply:
    """Ask *url* once and return the answer, whatever its status.

    *at* pins the address and port while SNI and ``Host`` come from *url*: this is how a
    server is asked for a name that does not point at it. Raises ``FetchFailed``.
    """
    parts = urlsplit(url)
    exchange = _Exchange(url, parts, network, cap, verify, connect)
    sized = {"Content-Length": str(len(body))} if method in _WITH_BODY else {}
    try:
        request = _request(method, parts, {**sized, **(headers or {})})
    except h11.LocalProtocolError as error:  # ``https:// evil/`` can be told, not asked
        raise exchange.failed(FailureKind.UNREACHABLE, error) from error
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            return await exchange.run(request, body, at)
    except TimeoutError:
        return exchange.cut_short()
    finally:
        exchange.hang_up()


def _request(
    method: str, parts: SplitResult, headers: Mapping[str, str]
) -> h11.Request:
    return h11.Request(
        method=method,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        headers=[
            ("Host", _host_header(parts)),
            ("User-Agent", _AGENT),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            *headers.items(),
        ],
    )


def _host_header(parts: SplitResult) -> str:
    host = dns_spelling(parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


@define
class _Exchange:
    """One request on its way; ``stage`` is what a time-out would mean right now."""

    url: str
    parts: SplitResult
    network: Network
    cap: int
    verify: bool
    connect: timedelta
    stage: FailureKind = FailureKind.DNS
    address: str = ""
    writer: asyncio.StreamWriter | None = None
    response: h11.Response | None = None
    body: bytes = b""
    certificate_ends: datetime | None = None

    def failed(self, kind: FailureKind, detail: object = "") -> FetchFailed:
        return FetchFailed(self.url, kind, str(detail))

    async def run(
        self, request: h11.Request, body: bytes, at: tuple[str, int] | None
    ) -> Reply:
        reader, self.writer = await self._connect(at)
        try:
            if self.parts.scheme == "https":
                await self._secure(self.writer)
            return await self._converse(reader, self.writer, request, body)
        except TimeoutError:  # the system's own (ETIMEDOUT): ``stage`` says of what
            raise
        except (OSError, asyncio.IncompleteReadError) as error:
            if self.response is not None:
                return self._reply(truncated=True)
            raise self.failed(FailureKind.RESET, error) from error

    async def _connect(
        self, at: tuple[str, int] | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self.parts.port or (443 if self.parts.scheme == "https" else 80)
        host = dns_spelling(self.parts.hostname or "")
        pinned = [at] if at else [(a, port) for a in await self._addresses(host)]
        failure = FailureKind.DNS, "the name has no address"
        for address, number in pinned:
            if not (self.network.allow_private or ip_address(address).is_global):
                failure = FailureKind.PRIVATE, f"{address} is a private address"
                continue
            self.address, self.stage = address, FailureKind.TCP_TIMEOUT
            try:
                async with asyncio.timeout(self.connect.total_seconds()):
                    return await asyncio.open_connection(address, number)
            except TimeoutError:
                failure = FailureKind.TCP_TIMEOUT, f"{address} takes no connection"
            except ConnectionRefusedError as error:
                failure = FailureKind.REFUSED, str(error)
            except OSError as error:
                failure = FailureKind.UNREACHABLE, str(error)
        raise self.failed(*failure)

    async def _addresses(self, host: str) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            if self.network.resolvers:
                return await ask_resolvers(host, self.network.resolvers)
            return await addresses_meanwhile(host)
        except OSError as error:
            raise self.failed(FailureKind.DNS, error) from error

    async def _secure(self, writer: asyncio.StreamWriter) -> None:
        self.stage = FailureKind.TLS_TIMEOUT
        context = tls_context(self.network.ca_file, verify=self.verify)
        host = dns_spelling(self.parts.hostname or "")
        try:
            await writer.start_tls(context, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise self.failed(_certificate_kind(error), error.verify_message) from error
        except ssl.SSLError as error:
            raise self.failed(FailureKind.TLS, error.reason or error) from error
        certificate = writer.get_extra_info("peercert") or {}
        if "notAfter" in certificate:
            seconds = ssl.cert_time_to_seconds(certificate["notAfter"])
            self.certificate_ends = datetime.fromtimestamp(seconds, UTC)

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: h11.Request,
        body: bytes,
    ) -> Reply:
        self.stage = FailureKind.HTTP_TIMEOUT
        peer = h11.Connection(h11.CLIENT)
        parts = (request, h11.Data(data=body), h11.EndOfMessage())
        writer.write(b"".join(peer.send(part) or b"" for part in parts))
        await writer.drain()
        heard = False
        while True:
            try:
                event = peer.next_event()
            except h11.RemoteProtocolError as error:
                if self.response is not None:
                    return self._reply(truncated=True)
                raise self.failed(
                    FailureKind.HTTP_GARBAGE if heard else FailureKind.EMPTY, error
                ) from error
            if event is h11.NEED_DATA:
                piece = await reader.read(16 * 1024)
                heard = heard or bool(piece)
                peer.receive_data(piece)
            elif isinstance(event, h11.Response):
                self.response = event
            elif isinstance(event, h11.Data):
                self.body += bytes(event.data)
                if len(self.body) > self.cap:
                    return self._reply(truncated=True)
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return self._reply(truncated=False)

    def cut_short(self) -> Reply:
        """Return what had come when the time was up; raises without a status line."""
        if self.response is None:
            raise self.failed(self.stage, "no answer in time")
        return self._reply(truncated=True)

    def _reply(self, *, truncated: bool) -> Reply:
        if self.response is None:
            raise self.failed(FailureKind.EMPTY, "closed without an answer")
        return Reply(
            self.response.status_code,
            tuple(
                (k.decode("latin-1"), v.decode("latin-1"))
                for k, v in self.response.headers
            ),
            self.body[: self.cap],
            truncated,
            self.address,
            self.certificate_ends,
        )

    def hang_up(self) -> None:
        """Close at once: a server that drips must not be waited for."""
        if self.writer is not None:
            self.writer.transport.abort()


def _certificate_kind(error: ssl.SSLCertVerificationError) -> FailureKind:
    """Map OpenSSL's X509_V_ERR codes (openssl-verification-options(1))."""
    match error.verify_code:
        case 9 | 10:  # not yet valid, has expired
            return FailureKind.TLS_EXPIRED
        case 62 | 64:  # host name mismatch, IP address mismatch
            return FailureKind.TLS_NAME
        case _:
            return FailureKind.TLS_UNTRUSTED


async def ask_resolvers(host: str, resolvers: tuple[str, ...]) -> list[str]:
    """Return the addresses that the configured resolvers know; raises ``OSError``."""
    # dnspython costs 100 ms to import; most sites use the system's resolver
    import dns.asyncresolver
    import dns.exception
    import dns.nameserver

    resolver = dns.asyncresolver.Resolver(configure=False)
    for entry in resolvers:
        address, _, port = entry.rpartition(":")
        server = dns.nameserver.Do53Nameserver(address.strip("[]"), int(port))
        resolver.nameservers = [*resolver.nameservers, server]
    try:
        answers = await resolver.resolve_name(host, lifetime=5)
    except dns.exception.DNSException as error:
        raise OSError(str(error)) from error
    return list(answers.addresses())
