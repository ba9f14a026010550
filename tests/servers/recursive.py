"""A real BIND as the resolver of customers: it asks, remembers, and counts down."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import dns.exception
import dns.message
import dns.query
from attrs import frozen

from tests import need
from tests.servers import process
from tests.servers.updated import free_port

_CONFIGURATION = """
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid";
  session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion yes;
  allow-query {{ 127.0.0.0/8; }};
  dnssec-validation no;
  prefetch 0;
}};
controls {{ }};
zone "." {{ type primary; file "{folder}/root.db"; }};
{zones}
"""

_ROOT = """\
$TTL 60
. IN SOA ns. hostmaster. 1 7200 900 1209600 60
  NS ns.
ns. A 127.0.0.1
"""
"""All that there is besides: whatever else is asked for is not there, at once."""

_DELEGATED = "{zone}. NS ns.{zone}.\nns.{zone}. A 127.0.0.1\n"

_ZONE = 'zone "{zone}" {{ type forward; forward only; forwarders {{ {to}; }}; }};\n'


@frozen
class Resolver:
    """A running resolver."""

    port: int
    zone: str

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, name: str, rtype: str = "A") -> dns.message.Message:
        """Ask as a customer's machine does; the answer is remembered from now on."""
        query = dns.message.make_query(name, rtype)
        for _ in range(10):  # while it starts, nobody is there to hear the first one
            with contextlib.suppress(dns.exception.Timeout):
                return dns.query.udp(query, "127.0.0.1", port=self.port, timeout=0.5)
        raise AssertionError(f"the resolver does not answer for {name}")


@contextlib.contextmanager
def resolving(folder: Path, servers: Mapping[str, str]) -> Iterator[Resolver]:
    """Resolve through *servers* (``host:port`` by zone) until the block ends."""
    named = need.program("named")
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(
        _ZONE.format(zone=zone, to=server.replace(":", " port "))
        for zone, server in servers.items()
    )
    root = _ROOT + "".join(_DELEGATED.format(zone=zone) for zone in servers)
    (folder / "root.db").write_text(root)
    for _ in range(3):
        port = free_port()
        (folder / "named.conf").write_text(
            _CONFIGURATION.format(folder=folder, port=port, zones=lines)
        )
        with (folder / "named.log").open("wb") as log:
            server = subprocess.Popen(
                [named, "-f", "-n", "1", "-c", str(folder / "named.conf")],
                stdout=log,
                stderr=log,
            )
        made = Resolver(port, next(iter(servers)))
        try:
            if _answers(server, made):
                yield made
                return
        finally:
            process.stop(server)
    raise AssertionError(f"no resolver: {(folder / 'named.log').read_text()}")


def _answers(server: subprocess.Popen[bytes], resolver: Resolver) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(dns.exception.DNSException, OSError, AssertionError):
            if resolver.ask(resolver.zone, "SOA").answer:
                return True
        time.sleep(0.05)
    return False
