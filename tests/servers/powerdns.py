"""A real PowerDNS on free loopback ports: signed updates, and its HTTP API.

The keys are those of ``tests.servers.updated``. PowerDNS gives a key a zone or nothing:
``fallback`` may do in it whatever it likes.
"""

import contextlib
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from tests import need
from tests.servers import process, zones
from tests.servers.updated import ALGORITHM, SECRETS, Updated, free_port

API_KEY = "secret-of-the-powerdns-api"

_SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")

_CONFIGURATION = """
launch=gsqlite3
gsqlite3-database={folder}/pdns.db
gsqlite3-dnssec=yes
gsqlite3-pragma-synchronous=0
local-address=127.0.0.1
local-port={port}
socket-dir={folder}
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
allow-axfr-ips=
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
api=yes
api-key={api_key}
webserver=yes
webserver-address=127.0.0.1
webserver-port={http}
webserver-allow-from=127.0.0.1
daemon=no
guardian=no
loglevel=6
log-dns-details=yes
"""


@frozen
class PowerDns(Updated):
    """A running name server; ``http`` is its API's port."""

    folder: Path
    port: int
    http: int
    zone: str = zones.NAME
    address: str = "127.0.0.1"

    def log(self) -> str:
        """Return what PowerDNS has said so far."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def pdnsutil(self, *words: str) -> None:
        """Type *words* after ``pdnsutil``, as the operator would."""
        subprocess.run(
            [need.program("pdnsutil"), f"--config-dir={self.folder}", *words],
            check=True,
            capture_output=True,
            timeout=20,
        )


@contextlib.contextmanager
def running(folder: Path, *, soa_edit: str = "") -> Iterator[PowerDns]:
    """Run PowerDNS for the zone of ``tests.servers.zones`` until the block ends.

    It signs the zone as it answers. *soa_edit*: the serial it then shows, which is not
    the one it compares with.
    """
    program = need.program("pdns_server")
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / "pdns.db")) as database:
        database.executescript(_SCHEMA.read_text("utf-8"))
    for attempt in range(3):
        server = PowerDns(folder, free_port(), free_port())
        (folder / "pdns.conf").write_text(
            _CONFIGURATION.format(
                folder=folder, port=server.port, http=server.http, api_key=API_KEY
            )
        )
        if attempt == 0:
            _fill(server, soa_edit)
        with (folder / "log").open("wb") as log:
            started = subprocess.Popen(
                [program, f"--config-dir={folder}"], stdout=log, stderr=log
            )
        try:
            if process.answers(started, server):
                yield server
                return
        finally:
            process.stop(started)
    raise AssertionError(f"pdns_server did not start: {server.log()}")


def _fill(server: PowerDns, soa_edit: str) -> None:
    file = server.folder / "zone.db"
    file.write_text(zones.TEXT)
    server.pdnsutil("load-zone", server.zone, str(file))
    for name, secret in SECRETS.items():
        server.pdnsutil("import-tsig-key", name, ALGORITHM, secret)
    server.pdnsutil(
        "set-meta", server.zone, "TSIG-ALLOW-DNSUPDATE", "fallback", "person"
    )
    server.pdnsutil("set-meta", server.zone, "TSIG-ALLOW-AXFR", *SECRETS)
    server.pdnsutil("secure-zone", server.zone)
    if soa_edit:
        server.pdnsutil("set-meta", server.zone, "SOA-EDIT", soa_edit)
