"""A real BIND that is a small internet: a resolver, a parent zone, and name servers.

Each is a view at an address of its own (``tests.servers.doors``), all on port 53,
because a delegation knows no ports: it needs root. The addresses are of this process.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import dns.message
import dns.query
from attrs import frozen

from fallback.core.config import Network
from tests import need
from tests.servers import process
from tests.servers.doors import doors
from tests.servers.updated import ALGORITHM, SECRETS, free_port

ZONE = "kwiaty.example"

_CONFIGURATION = """
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid";
  session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  dnssec-validation no;
  notify no;
  allow-query {{ any; }};
  allow-transfer {{ none; }};
  minimal-responses no;
}};
{key}
controls {{ inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ person; }}; }};
{views}
"""

_KEY = f'key "person" {{ algorithm {ALGORITHM}; secret "{SECRETS["person"]}"; }};\n'

_VIEW = """
view "{name}" {{
  match-clients {{ {address}; }};
  recursion {recursion};
{zones}}};
"""

_ROOT = """\
$TTL 60
. IN SOA ns. hostmaster. 1 7200 900 1209600 60
  NS ns.
ns. A {resolver}
example. NS ns.example.
ns.example. A {parent}
"""

_PARENT = """\
$TTL 60
example. IN SOA ns.example. hostmaster.example. 1 7200 900 1209600 60
  NS ns.example.
ns.example. A {parent}
"""


@frozen
class Internet:
    """Where everything is; the zones' texts may be replaced at any time."""

    folder: Path
    resolver: str
    parent: str
    servers: tuple[str, ...]
    control: int

    @property
    def network(self) -> Network:
        """Return the settings with which the product lives here."""
        return Network(
            resolvers=(f"{self.resolver}:53",), canaries=(), allow_private=True
        )

    def hold(self, delegation: str = "", *children: str) -> None:
        """Let the parent say *delegation*, and each server one of *children*.

        In the texts ``{0}``, ``{1}`` … stand for the servers' addresses.
        """
        parent = _PARENT.format(parent=self.parent) + delegation.format(*self.servers)
        (self.folder / "parent.db").write_text(parent)
        for number, text in enumerate(children):
            spelled = text.format(*self.servers)
            (self.folder / f"child{number}.db").write_text(spelled)
        rndc = [need.program("rndc"), "-c", f"{self.folder}/rndc.conf"]
        for words in (["reload"], ["flush"]):
            subprocess.run([*rndc, *words], check=True, capture_output=True, timeout=20)
        self._await(delegation)

    def _await(self, delegation: str) -> None:
        """Wait until the parent says what it is to say: a reload is no moment."""
        wanted = sum(" NS " in line for line in delegation.splitlines())
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(dns.exception.DNSException, OSError):
                reply = dns.query.udp(
                    dns.message.make_query(ZONE, "NS", flags=0), self.parent, timeout=1
                )
                if sum(len(r) for r in reply.authority if r.rdtype == 2) == wanted:
                    return
            time.sleep(0.02)
        raise AssertionError("the parent does not say it")


@contextlib.contextmanager
def internet(folder: Path, servers: int = 2) -> Iterator[Internet]:
    """Run it, with so many *servers* for the zone, until the block ends."""
    named = need.program("named")
    folder.mkdir(parents=True, exist_ok=True)
    base = f"127.{64 + os.getpid() % 128}.{os.getpid() // 128 % 256}"
    resolver, parent = f"{base}.1", f"{base}.2"
    # each in a network of its own, as good name servers are
    second, third = base.split(".")[1:]
    keepers = tuple(
        f"127.{second}.{(int(third) + n + 1) % 256}.53" for n in range(servers)
    )
    port = free_port()
    made = Internet(folder, resolver, parent, keepers, free_port())
    (folder / "root.db").write_text(_ROOT.format(resolver=resolver, parent=parent))
    (folder / "parent.db").write_text(_PARENT.format(parent=parent))
    (folder / "rndc.conf").write_text(
        f"{_KEY}options {{ default-server 127.0.0.1; default-port {made.control};"
        " default-key person; };\n"
    )
    for number in range(servers):
        (folder / f"child{number}.db").write_text(_EMPTY.format(*keepers))
    (folder / "named.conf").write_text(
        _CONFIGURATION.format(
            folder=folder,
            key=_KEY,
            port=port,
            control=made.control,
            views="".join(_views(made)),
        )
    )
    with (folder / "named.log").open("wb") as log:
        server = subprocess.Popen(
            [named, "-g", "-n", "1", "-c", str(folder / "named.conf")],
            stdout=log,
            stderr=log,
        )
    try:
        with doors((resolver, parent, *keepers), port):
            _await_start(server, made)
            yield made
    finally:
        process.stop(server)


_EMPTY = "$TTL 60\n@ IN SOA ns1 hostmaster 1 7200 900 1209600 60\n  NS ns1\nns1 A {0}\n"


def _views(made: Internet) -> Iterator[str]:
    def zone(name: str, file: str) -> str:
        return f'  zone "{name}" {{ type primary; file "{file}"; }};\n'

    yield _VIEW.format(
        name="resolver",
        address=made.resolver,
        recursion="yes",
        zones=zone(".", "root.db"),
    )
    yield _VIEW.format(
        name="parent",
        address=made.parent,
        recursion="no",
        zones=zone("example", "parent.db"),
    )
    for number, address in enumerate(made.servers):
        yield _VIEW.format(
            name=f"child{number}",
            address=address,
            recursion="no",
            zones=zone(ZONE, f"child{number}.db"),
        )


def _await_start(server: "subprocess.Popen[bytes]", made: Internet) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(dns.exception.DNSException, OSError):
            query = dns.message.make_query("example", "SOA")
            if dns.query.udp(query, made.resolver, timeout=0.5).answer:
                return
        time.sleep(0.05)
    log = (made.folder / "named.log").read_text("utf-8", "replace")
    raise AssertionError(f"named did not start: {log}")
