"""What one would move names with instead: nsupdate, and octoDNS's own command.

Both bring the zone of the tests to either state: ``redirect`` is what ``fallback``
writes for that zone, marker and all, ``restore`` is what stood there before.
"""

import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from tests.actions.site_on_bind import DOMAIN, PAGE, ZONE
from tests.servers import zones
from tests.servers.updated import ALGORITHM, SECRETS, Updated

BIN = Path(sysconfig.get_path("scripts"))
VERBS = ("redirect", "restore")
APEX, WWW, MARKER = f"{DOMAIN}.", f"www.{DOMAIN}.", f"_fallback.{DOMAIN}."
KEYS = tuple(
    (name, rtype) for name in (APEX, WWW) for rtype in ("A", "AAAA", "CNAME", "HTTPS")
)
"""The web records of both names."""

Commands = Mapping[str, list[str]]
"""What to call, by verb."""

_SETTINGS = """
providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: {folder}/{verb}
    enforce_order: false
  target:
    class: {kind}
    host: 127.0.0.1
    {options}
zones:
  {zone}.:
    sources: [config]
    targets: [target]
"""


def nsupdate(server: Updated, folder: Path) -> Commands:
    """Write down what a person would type, with the key of ``fallback``."""
    web = [r for r in sorted(zones.records(zones.parse(ZONE))) if r[:2] in KEYS]
    gone = {
        "redirect": sorted({record[:2] for record in web}),
        "restore": [(APEX, "A"), (WWW, "A"), (MARKER, "TXT")],
    }
    come = {
        "redirect": [
            f"{APEX} 60 A {PAGE}",
            f"{WWW} 60 A {PAGE}",
            f'{MARKER} 60 TXT "v=fallback1 epoch=1 state=redirected"',
        ],
        "restore": [f"{name} {ttl} {rtype} {data}" for name, rtype, ttl, data in web],
    }
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for verb in VERBS:
        lines = [f"server {server.address} {server.port}", f"zone {DOMAIN}"]
        lines += [f"update delete {name} {rtype}" for name, rtype in gone[verb]]
        lines += [f"update add {line}" for line in come[verb]]
        script = folder / f"{verb}.nsupdate"
        script.write_text("\n".join([*lines, "send", ""]))
        key = f"{ALGORITHM}:fallback:{SECRETS['fallback']}"
        made[verb] = ["nsupdate", "-y", key, str(script)]
    return made


def octodns(kind: str, hands: Commands, folder: Path, **options: object) -> Commands:
    """Let octoDNS write down both states of the zone, which *hands* bring about."""
    said = "\n    ".join(f"{name}: {value}" for name, value in options.items())
    made = {}
    for verb in VERBS:
        settings = folder / f"{verb}.yaml"
        settings.write_text(
            _SETTINGS.format(
                folder=folder, verb=verb, kind=kind, options=said, zone=DOMAIN
            )
        )
        _run(hands[verb])
        dump = [str(BIN / "octodns-dump"), f"--config-file={settings}", "--lenient"]
        _run([*dump, f"--output-dir={folder / verb}", f"{DOMAIN}.", "target"])
        made[verb] = [str(BIN / "octodns-sync"), f"--config-file={settings}", "--doit"]
    return made


def octodns_at_bind(server: Updated, hands: Commands, folder: Path) -> Commands:
    """Return octoDNS's own way of signed updates, with the same key."""
    return octodns(
        "octodns_bind.Rfc2136Provider",
        hands,
        folder,
        port=server.port,
        key_name="fallback",
        key_secret=SECRETS["fallback"],
        key_algorithm=ALGORITHM,
    )


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
