"""A real Knot on a free loopback port, whose one zone it signs by itself.

The keys are those of ``tests.servers.updated``; ``fallback`` has exactly the rights
that we recommend.
"""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from fallback.core.check.least_privilege import knot_acl, knot_drill
from tests import need
from tests.servers import process, zones
from tests.servers.updated import ALGORITHM, SECRETS, Updated, free_port, redirected

_CONFIGURATION = """
server:
  rundir: "{folder}"
  listen: 127.0.0.1@{port}
log:
  - target: stderr
    any: debug
database:
  storage: "{folder}/db"
key:
{keys}acl:
{acl}  - id: person
    key: person
    action: [transfer, update]
  - id: narrow-transfer
    key: narrow
    action: transfer
  - id: narrow-update
    key: narrow
    action: update
    update-owner: name
    update-owner-match: equal
    update-owner-name: _fallback.{zone}.
policy:
  - id: lab
    single-type-signing: on
zone:
  - domain: {zone}
    file: "{folder}/zone.db"
    zonefile-load: difference
    zonefile-sync: -1
    dnssec-signing: on
    dnssec-policy: lab
    acl: [{ids}, person]
"""

_IDS = ", ".join(
    f"{key}-{action}"
    for key, *actions in (
        ("fallback", "transfer", "update", "drill"),
        ("narrow", "transfer", "update"),
    )
    for action in actions
)

_KEYS = "".join(
    f"  - id: {name}\n    algorithm: {ALGORITHM}\n    secret: {secret}\n"
    for name, secret in SECRETS.items()
)


@frozen
class Knot(Updated):
    """A running name server."""

    folder: Path
    port: int
    zone: str = zones.NAME
    address: str = "127.0.0.1"

    def log(self) -> str:
        """Return what Knot has said so far."""
        return (self.folder / "log").read_text("utf-8", "replace")


@contextlib.contextmanager
def running(folder: Path, *, acl: str | None = None) -> Iterator[Knot]:
    """Run Knot for the zone of ``tests.servers.zones`` until the block ends.

    *acl* are the rules of the key ``fallback``.
    """
    knotd = need.program("knotd")
    (folder / "db").mkdir(parents=True, exist_ok=True)
    (folder / "zone.db").write_text(zones.TEXT)
    if acl is None:
        acl = knot_acl(zones.NAME, redirected(zones.NAME), "fallback")
    acl += knot_drill(zones.NAME, "fallback")
    for _ in range(3):
        knot = Knot(folder, free_port())
        configuration = folder / "knot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=folder,
                port=knot.port,
                keys=_KEYS,
                acl=acl,
                zone=zones.NAME,
                ids=_IDS,
            )
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [knotd, "-c", str(configuration)], stdout=log, stderr=log
            )
        try:
            if process.answers(server, knot):
                yield knot
                return
        finally:
            process.stop(server)
    raise AssertionError(f"knotd did not start: {knot.log()}")
