"""A registry on loopback that speaks RDAP over HTTP, and knows how to misbehave.

``said`` maps a domain to what is answered: an object, or a ``Behave`` of
``tests.servers.shop`` that has the connection. Whatever is not in it is not registered.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field

from tests.servers.shop import Behave, answering, shop

LOCKED = ("client transfer prohibited",)
_JSON = "Content-Type: application/rdap+json"
Said = Mapping[str, Any] | Behave


def registered(
    domain: str,
    registrar: str = "home.pl S.A.",
    *,
    days: float | None = 300,
    statuses: tuple[str, ...] = LOCKED,
    mail: str = "",
    reseller: str = "",
    gtld: bool = True,
) -> dict[str, Any]:
    """Return what a registry says of *domain* (RFC 9083 section 5.3)."""
    now = datetime.now(UTC)
    events = [("registration", now - timedelta(days=900))]
    if days is not None:
        events.append(("expiration", now + timedelta(days=days)))
    sellers = [("registrar", registrar), ("reseller", reseller)]
    profile = ["icann_rdap_response_profile_1"] if gtld else []
    return {
        "rdapConformance": ["rdap_level_0", *profile],
        "objectClassName": "domain",
        "ldhName": domain.upper(),
        "status": list(statuses),
        "events": [
            {"eventAction": action, "eventDate": f"{moment:%FT%TZ}"}
            for action, moment in events
        ],
        "entities": [
            _entity(role, name, mail if role == "registrar" else "")
            for role, name in sellers
            if name
        ],
    }


def _entity(role: str, name: str, mail: str) -> dict[str, Any]:
    inner = [_entity("abuse", "Abuse desk", "")] if mail else []
    if mail:
        inner[0]["vcardArray"][1].append(["email", {}, "text", mail])
    return {
        "objectClassName": "entity",
        "handle": "1910",
        "roles": [role],
        "vcardArray": [
            "vcard",
            [["version", {}, "text", "4.0"], ["fn", {}, "text", name]],
        ],
        "entities": inner,
    }


@define
class Registry:
    """A running registry with the list that leads to it; ``asked`` are the paths."""

    said: dict[str, Said]
    ends: tuple[str, ...]
    address: str = "127.0.0.1"
    port: int = 0
    listed: Behave | None = None
    asked: list[str] = field(factory=list)

    @property
    def url(self) -> str:
        """Return the address of the list, for ``network.rdap``."""
        return f"{self.base}dns.json"

    @property
    def base(self) -> str:
        return f"http://{self.address}:{self.port}/"

    def behave(self, peer: socket.socket) -> None:
        head = b""
        while b"\r\n" not in head and (more := peer.recv(4096, socket.MSG_PEEK)):
            head = more
        path = head.split()[1].decode() if head else ""
        self.asked.append(path)
        self._answer(path)(peer)

    def _answer(self, path: str) -> Behave:
        if path == "/dns.json":
            services = {"version": "1.0", "services": [[[*self.ends], [self.base]]]}
            return self.listed or answering(200, json.dumps(services).encode(), _JSON)
        said = self.said.get(path.removeprefix("/domain/"))
        if said is None:
            return answering(404, b'{"errorCode": 404}', _JSON)
        if callable(said):
            return said
        return answering(200, json.dumps(said).encode(), _JSON)


@contextmanager
def registry(
    said: Mapping[str, Said],
    ends: tuple[str, ...] = ("example", "test"),
    address: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[Registry]:
    """Run a registry of names with *ends* until the block ends."""
    made = Registry(dict(said), ends, address)
    with shop(made.behave, address=address, port=port) as made.port:
        yield made
