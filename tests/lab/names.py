"""One BIND that is every name server of the lab's world: a view for each address.

What each address answers for is told by ``hold``: zone texts by address. Two addresses
with the same text have one zone between them, so that they always agree, as a primary
and its secondary do a moment after a change.
"""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
from attrs import define, field

from tests import need
from tests.lab.world import DOMAIN, RIGHTS
from tests.servers import process
from tests.servers.updated import ALGORITHM, SECRETS, free_port

_PATIENCE = 20.0

_OPTIONS = """
options {{
  directory "{folder}";
  pid-file "{folder}/named.pid";
  session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  dnssec-validation no;
  empty-zones-enable no;
  minimal-responses no-auth-recursive;
  notify no;
  version none;
  allow-transfer {{ none; }};
}};
logging {{ channel out {{ stderr; severity info; }}; category default {{ out; }}; }};
controls {{
  inet 127.0.0.1 port {control} allow {{ 127.0.0.1; }} keys {{ person; }};
}};
"""

_KEYS = "".join(
    f'key "{name}" {{ algorithm {ALGORITHM}; secret "{secret}"; }};\n'
    for name, secret in SECRETS.items()
)

_RESOLVER = """
view "resolver" {{
  match-clients {{ {address}; }};
  recursion yes;
  allow-recursion {{ any; }};
  resolver-query-timeout 1500;
  zone "." {{ type hint; file "{folder}/root.hints"; }};
}};
"""

Texts = Mapping[str, Mapping[str, str]]
"""Zone texts by zone, by address. ``SERIAL`` in a text grows with every change."""


_POLICY = """
dnssec-policy lab {
  keys { csk key-directory lifetime unlimited algorithm ecdsap256sha256; };
};
"""


@define
class Names:
    """``resolver`` and ``root`` are addresses; ``port`` is BIND's own."""

    folder: Path
    port: int
    control: int
    resolver: str
    root: str
    rights: str = RIGHTS
    generation: int = 2026112200
    _files: dict = field(factory=dict)
    _texts: dict = field(factory=dict)

    def hold(self, texts: Texts) -> None:
        """Make every address answer for its zones; returns when all of them do."""
        self.write(texts)
        self._rndc("reconfig")
        self._await(texts)
        self._rndc("flush")

    def write(self, texts: Texts) -> None:
        """Write BIND's files for *texts*; a zone that changed has a new serial."""
        self.generation += 1
        zones = {zone for there in texts.values() for zone in there}
        for zone in zones:
            held = {at: there.get(zone) for at, there in texts.items()}
            # the shop's own zone is as written even after somebody has updated it
            if zone == DOMAIN or held != self._texts.get(zone):
                self._texts[zone] = held
                self._files[zone] = {
                    text: self._file(zone, text) for text in held.values() if text
                }
        views = "".join(self._view(at, there) for at, there in self._placed(texts))
        resolving = _RESOLVER.format(address=self.resolver, folder=self.folder)
        options = _OPTIONS.format(
            folder=self.folder, port=self.port, control=self.control
        )
        whole = options + _KEYS + _POLICY + views + resolving
        (self.folder / "named.conf").write_text(whole)

    def _file(self, zone: str, text: str) -> Path:
        text = text.replace("SERIAL", str(self.generation))
        name = sha256(text.encode()).hexdigest()[:12]
        path = self.folder / f"{zone.strip('.') or 'root'}.{name}.db"
        path.write_text(text, "utf-8")
        return path

    def _placed(self, texts: Texts):
        """Yield each address with its zones: a file, or the view that has it."""
        first: dict[tuple[str, str], str] = {}
        for at, there in texts.items():
            placed = {}
            for zone, text in there.items():
                owner = first.setdefault((zone, text), at)
                placed[zone] = self._files[zone][text] if owner == at else owner
            yield at, placed

    def _view(self, at: str, placed: Mapping[str, Path | str]) -> str:
        lines = []
        for zone, there in placed.items():
            if isinstance(there, str):
                lines.append(f'  zone "{zone}" {{ in-view "{there}"; }};')
            else:
                rights = self.rights if zone == DOMAIN else ""
                lines.append(
                    f'  zone "{zone}" {{ type primary; file "{there}";'
                    f" check-names ignore; check-mx ignore; check-mx-cname ignore;"
                    f" check-srv-cname ignore; check-integrity no; {rights} }};"
                )
        whole = "\n".join(lines)
        return (
            f'view "{at}" {{\n  match-clients {{ {at}; }};\n  recursion no;\n'
            f"{whole}\n}};\n"
        )

    def _await(self, texts: Texts) -> None:
        end = time.monotonic() + _PATIENCE
        for at, there in texts.items():
            for zone, text in there.items():
                said = self._files[zone][text].read_text("utf-8")
                wanted = re.search(r"\b(\d{10})\b", said)
                # signing a zone makes a further version of it
                while wanted and self._serial(at, zone) < int(wanted[1]):
                    assert time.monotonic() < end, f"{at} has no {zone}: {self.log()}"
                    time.sleep(0.01)

    def _serial(self, at: str, zone: str) -> int:
        with suppress(dns.exception.DNSException, OSError):
            said = dns.query.udp(
                dns.message.make_query(zone, "SOA"),
                "127.0.0.1",
                port=self.port,
                source=at,
                timeout=0.5,
            )
            for rrset in said.answer:
                if rrset.rdtype == dns.rdatatype.SOA:
                    return int(rrset[0].serial)
        return 0

    def ds(self) -> str:
        """Make a key for the shop's zone if there is none; return its DS record."""
        if not (found := list(self.folder.glob(f"K{DOMAIN}.*.key"))):
            (self.folder / "policy.conf").write_text(_POLICY)
            self._run("dnssec-keygen", "-k", "lab", "-l", "policy.conf", DOMAIN)
            found = list(self.folder.glob(f"K{DOMAIN}.*.key"))
        return self._run("dnssec-dsfromkey", str(found[0])).strip()

    def _run(self, name: str, *words: str) -> str:
        done = subprocess.run(
            [need.program(name), *words],
            cwd=self.folder,
            capture_output=True,
            timeout=30,
            check=True,
        )
        return done.stdout.decode()

    def _rndc(self, *words: str) -> None:
        conf = str(self.folder / "rndc.conf")
        done = subprocess.run(
            [need.program("rndc"), "-c", conf, *words],
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, (done.stderr.decode(), self.log()[-3000:])

    def log(self) -> str:
        return (self.folder / "named.log").read_text("utf-8", "replace")


@contextmanager
def named(folder: Path, texts: Texts, *, resolver: str, root: str) -> Iterator[Names]:
    """Run BIND that holds *texts* until the block ends."""
    program = need.program("named")
    folder.mkdir(parents=True)
    made = Names(folder, free_port(), free_port(), resolver, root)
    (folder / "rndc.conf").write_text(
        f"{_KEYS}options {{ default-server 127.0.0.1; default-port {made.control};"
        " default-key person; };\n"
    )
    hints = f". 3600 NS a.root-servers.test.\na.root-servers.test. 3600 A {root}\n"
    (folder / "root.hints").write_text(hints)
    made.write(texts)
    with (folder / "named.log").open("wb") as log:
        server = subprocess.Popen(
            [program, "-f", "-n", "1", "-c", str(folder / "named.conf")],
            stdout=log,
            stderr=log,
        )
    try:
        made._await(texts)
        yield made
    finally:
        process.stop(server)
