"""One TLS handshake with an address, for a name: what a browser would meet there.

The name need not point at the address: this is how the page's host is looked at before
any record changes. Nothing is sent after the handshake.
"""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from attrs import evolve

from fallback.core.config import Network
from fallback.core.hosts.handshakes import Handshake, TlsOutcome
from fallback.wire.web.trust import tls_context

DEADLINE = timedelta(seconds=8)
_SNI_REFUSED = ("UNRECOGNIZED_NAME", "TLSV1_UNRECOGNIZED_NAME")
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER")


def handshake(
    name: str,
    address: str,
    port: int,
    network: Network,
    *,
    deadline: timedelta = DEADLINE,
) -> Handshake:
    """Return how a handshake with *address* for *name* ends; it never raises.

    The whole takes at most *deadline*. Not for use inside asyncio.
    """
    if not (network.allow_private or ip_address(address).is_global):
        return Handshake(
            name, address, TlsOutcome.UNREACHABLE, "this is a private address"
        )
    return asyncio.run(_handshake(name, address, port, network, deadline))


async def _handshake(
    name: str, address: str, port: int, network: Network, deadline: timedelta
) -> Handshake:
    def ended(outcome: TlsOutcome, detail: object = "") -> Handshake:
        return Handshake(name, address, outcome, str(detail))

    writer: asyncio.StreamWriter | None = None
    connected = False
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            _, writer = await asyncio.open_connection(address, port)
            connected = True
            context = tls_context(network.ca_file, verify=True)
            await writer.start_tls(context, server_hostname=name.rstrip("."))
        certificate = writer.get_extra_info("peercert") or {}
        good = ended(TlsOutcome.GOOD)
        return evolve(good, ends=_ends(certificate), issuer=_issuer(certificate))
    except TimeoutError:
        return ended(TlsOutcome.TIMEOUT if connected else TlsOutcome.UNREACHABLE)
    except ssl.SSLCertVerificationError as error:
        return ended(_distrusted(error.verify_code), error.verify_message)
    except ssl.SSLError as error:
        return ended(_broken(error.reason or ""), error.reason or error)
    except OSError as error:
        if connected:
            return ended(TlsOutcome.NOT_TLS, error.strerror or "closed at once")
        unreachable = ended(TlsOutcome.UNREACHABLE, error.strerror or error)
        return evolve(unreachable, refused=isinstance(error, ConnectionRefusedError))
    finally:
        if writer is not None:
            writer.transport.abort()


def _issuer(certificate: dict[str, Any]) -> str:
    """Return the organization that signed *certificate*, else its name."""
    found = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    return str(found.get("organizationName") or found.get("commonName") or "")


def _ends(certificate: dict[str, Any]) -> datetime | None:
    if "notAfter" not in certificate:
        return None
    seconds = ssl.cert_time_to_seconds(certificate["notAfter"])
    return datetime.fromtimestamp(seconds, UTC)


def _distrusted(code: int) -> TlsOutcome:
    """Map OpenSSL's X509_V_ERR codes (openssl-verification-options(1))."""
    match code:
        case 9:  # not yet valid
            return TlsOutcome.NOT_YET_VALID
        case 10:  # has expired
            return TlsOutcome.EXPIRED
        case 62 | 64:  # host name mismatch, IP address mismatch
            return TlsOutcome.WRONG_NAME
        case 18:  # a leaf that signed itself
            return TlsOutcome.SELF_SIGNED
        case 20 | 21:  # no issuer to be found: a missing intermediate looks like this
            return TlsOutcome.INCOMPLETE
        case _:
            return TlsOutcome.UNTRUSTED


def _broken(reason: str) -> TlsOutcome:
    if any(word in reason for word in _SNI_REFUSED):
        return TlsOutcome.NAME_REFUSED
    if any(word in reason for word in _NOT_TLS):
        return TlsOutcome.NOT_TLS
    return TlsOutcome.FAILED
