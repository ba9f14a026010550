"""A real BIND that answers for many shops' zones at once, as the world's servers do."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query

from tests import need
from tests.servers import process
from tests.servers.updated import free_port

_CONFIGURATION = """
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid";
  session-keyfile "{folder}/session.key";
  listen-on port {port} {{ {address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
  notify no;
  minimal-responses no;
}};
controls {{ }};
{zones}
"""
ADDRESS = "127.0.0.1"
"""The only loopback address that BIND finds at an interface."""
_ROOT = "@ NS ns.invalid.\nns.invalid. A 255.255.255.255\n"
"""Nobody may send there, so whoever asks on knows at once that nobody answers."""
_HEAD = "$TTL 300\n@ IN SOA ns.invalid. hostmaster.invalid. 1 7200 900 1209600 60\n"


@contextlib.contextmanager
def answering(folder: Path, zones: Mapping[str, str]) -> Iterator[str]:
    """Answer for *zones* (records by name, without SOA) at the ``host:port`` yielded.

    A name that is in none of them is answered by the root: there is no such thing.
    """
    named = need.program("named")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (zone, text) in enumerate({".": _ROOT, **zones}.items()):
        (folder / f"{number}.db").write_text(_HEAD + text)
        lines.append(f'zone "{zone}" {{ type primary; file "{folder}/{number}.db"; }};')
    for _ in range(3):
        port = free_port()
        (folder / "named.conf").write_text(
            _CONFIGURATION.format(
                folder=folder, address=ADDRESS, port=port, zones="\n".join(lines)
            )
        )
        with (folder / "named.log").open("wb") as log:
            server = subprocess.Popen(
                [named, "-f", "-n", "1", "-c", str(folder / "named.conf")],
                stdout=log,
                stderr=log,
            )
        try:
            if _answers(server, port, next(iter(zones))):
                yield f"{ADDRESS}:{port}"
                return
        finally:
            process.stop(server)
    raise AssertionError(f"named did not start: {(folder / 'named.log').read_text()}")


def _answers(server: subprocess.Popen[bytes], port: int, zone: str) -> bool:
    query = dns.message.make_query(zone, "SOA")
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(dns.exception.DNSException, OSError):
            answer = dns.query.udp(query, ADDRESS, port=port, timeout=0.2)
            if answer.flags & dns.flags.AA:
                return True
        time.sleep(0.02)
    return False
