"""A real BIND on a free loopback port, with what our adapters meet in the world.

One zone, which takes TSIG-signed updates and transfers, or is a plain master file that
is reloaded through rndc. The keys are those of ``tests.servers.updated``.
"""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from fallback.core.check.least_privilege import bind_drill, bind_grants
from tests import need
from tests.servers import process, zones
from tests.servers.updated import ALGORITHM, SECRETS, Updated, free_port, redirected

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
  allow-transfer {{ none; }};
}};
logging {{
  channel out {{ stderr; severity debug 1; }};
  category default {{ out; }};
}};
controls {{
  inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ person; }};
}};
{keys}
zone "{zone}" {{
  type {kind};
  file "{file}";
{rights}}};
"""

_KEYS = "".join(
    f'key "{name}" {{ algorithm {ALGORITHM}; secret "{secret}"; }};\n'
    for name, secret in SECRETS.items()
)

_TRANSFER = "allow-transfer { key fallback; key narrow; key person; };\n"


def _policy(zone: str) -> str:
    """Return the rights of the three keys: ``fallback`` has those that we recommend."""
    rules = (
        *bind_grants(zone, redirected(zone), "fallback"),
        bind_drill(zone, "fallback"),
        f"grant narrow name _fallback.{zone} TXT;",
        "grant person zonesub ANY;",
    )
    return f"update-policy {{ {' '.join(rules)} }};\n"


@frozen
class Bind(Updated):
    """A running name server; ``file`` is the zone's master file."""

    folder: Path
    port: int
    control: int
    zone: str
    file: Path
    process: subprocess.Popen[bytes]
    address: str = "127.0.0.1"

    @property
    def reload_command(self) -> str:
        """Return the command that makes BIND read the master file again."""
        rndc = need.program("rndc")
        return f"{rndc} -c {self.folder}/rndc.conf reload {self.zone}"

    def log(self) -> str:
        """Return what BIND has said so far."""
        return (self.folder / "named.log").read_text("utf-8", "replace")

    def reload(self) -> None:
        """Make BIND read the master file again."""
        subprocess.run(
            self.reload_command.split(), check=True, capture_output=True, timeout=20
        )


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    text: str = zones.TEXT,
    zone: str = zones.NAME,
    dynamic: bool = True,
    rights: str | None = None,
    options: str = "",
    at: tuple[str, int] | None = None,
    kind: str = "primary",
) -> Iterator[Bind]:
    """Run BIND for the zone that *text* spells until the block ends.

    *dynamic*: takes updates by key; else a plain master file. *rights* are the lines
    that say what each key may, those of this module if none are given. *options* are
    more lines for the zone's clause. *at*: the loopback address and port, else a free
    port. *kind*: without a *text* a ``secondary`` transfers what it answers with.
    """
    named = need.program("named")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "zone.db"
    if text:
        file.write_bytes(text.encode())
    if rights is None:
        rights = _TRANSFER + (_policy(zone) if dynamic else "")
    for _ in range(3):
        address, port = at or ("127.0.0.1", free_port())
        control = free_port()
        (folder / "named.conf").write_text(
            _CONFIGURATION.format(
                folder=folder,
                address=address,
                port=port,
                control=control,
                keys=_KEYS,
                zone=zone,
                kind=kind,
                file=file,
                rights=rights + options,
            )
        )
        (folder / "rndc.conf").write_text(
            f"{_KEYS}options {{ default-server 127.0.0.1; default-port {control};"
            " default-key person; };\n"
        )
        with (folder / "named.log").open("wb") as log:
            server = subprocess.Popen(
                [named, "-f", "-n", "1", "-c", str(folder / "named.conf")],
                stdout=log,
                stderr=log,
            )
        bind = Bind(folder, port, control, zone, file, server, address)
        try:
            if process.answers(server, bind):
                yield bind
                return
        finally:
            process.stop(server)
    raise AssertionError(f"named did not start: {bind.log()}")


def told(port: int) -> str:
    """Return a zone's options that tell the secondary at *port* of each change."""
    return f"notify explicit;\nalso-notify {{ 127.0.0.1 port {port}; }};\n"


def secondary(
    folder: Path, primary: Bind, port: int
) -> contextlib.AbstractContextManager[Bind]:
    """Run a second BIND at *port* that transfers the zone of *primary*, by key."""
    source = f"{primary.address} port {primary.port} key person"
    return running(
        folder,
        text="",
        zone=primary.zone,
        rights="",
        options=f"primaries {{ {source}; }};\n",
        at=("127.0.0.1", port),
        kind="secondary",
    )
