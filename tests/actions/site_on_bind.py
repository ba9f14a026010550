"""A site folder, its shop, a real BIND for its zone, and the program that moves it."""

import contextlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import define, frozen

from fallback.__main__ import run
from fallback.actions.moving import evidence
from fallback.demo.shop import WORDS, Shop
from tests import need
from tests.servers import page, zones
from tests.servers.bind import ALGORITHM, SECRETS, Bind, running
from tests.servers.forked import Forked, forked
from tests.servers.traced import TRACED, Call, changing

PAGE, SHOP = "127.0.0.1", "127.0.0.3"
DOMAIN = zones.NAME
ZONE = (
    zones.TEXT.replace("192.0.2.10", SHOP)
    .replace("192.0.2.11", "127.0.0.4")
    .replace("2001:db8::10", "::1")  # refuses at once; the other is a black hole
)


@define
class Moving:
    """A site folder, and the program run in it as a script would."""

    root: Path
    environment: dict[str, str]

    def run(self, *words: str) -> dict[str, Any]:
        """Run the program; return its JSON, with ``code``."""
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr(evidence, "PAUSE", timedelta())  # two looks are two looks
            code = run(("-C", str(self.root), *words, "--json"))
        body: dict[str, Any] = json.loads(out.getvalue())
        assert body["code"] == code
        return body

    def redirect(self, *more: str) -> dict[str, Any]:
        return self.run("redirect", "--confirm", DOMAIN, *more)

    def restore(self, *more: str) -> dict[str, Any]:
        return self.run("restore", "--confirm", DOMAIN, *more)


@define
class Site(Moving):
    """A site folder, its shop, and the BIND that answers for its zone."""

    bind: Bind
    shop: Shop

    def moved(self) -> bool:
        """Whether the zone is redirected as a whole; fails for a mixture."""
        there = {name for name, rtype, _, data in self.bind.records() if data == PAGE}
        there -= {f"ns1.{DOMAIN}."}
        marker = any(name.startswith("_fallback") for name, *_ in self.bind.records())
        assert there in (set(), {f"{DOMAIN}.", f"www.{DOMAIN}."})
        assert marker == bool(there)
        return marker


PROVIDERS = {
    "rfc2136": """
provider = "rfc2136"
server = "{server}"
key_name = "fallback"
key_algorithm = "{algorithm}"
key_secret = "env:TSIG"
""",
    "zonefile": """
provider = "zonefile"
path = "{file}"
reload = "{reload}"
""",
    "manual": """
provider = "manual"
servers = ["{server}"]
""",
}


def write(root: Path, bind: Bind, provider: str, port: int) -> None:
    """Write the site's ``fallback.toml``."""
    table = PROVIDERS[provider].format(
        server=bind.server,
        algorithm=ALGORITHM,
        file=bind.file,
        reload=bind.reload_command,
    )
    (root / "fallback.toml").write_text(
        f"""
[shop]
name = "Kwiaty u Ani"
url = "http://{DOMAIN}:{port}"
[contact]
email = "kwiaty@elsewhere.test"
phone = "+48600100200"
[primary]
contains = "{WORDS}"
[[hosts]]
kind = "folder"
path = "public-copy"
[[dns]]
zone = "{DOMAIN}"
names = ["{DOMAIN}", "www.{DOMAIN}"]
target = ["{PAGE}"]
{table}
[network]
resolvers = ["{bind.server}"]
canaries = []
allow_private = true
""",
        "utf-8",
    )


def site_at(
    folder: Path, provider: str, stack: ExitStack, *, options: str = ""
) -> Site:
    """Return a site whose shop is alive at ``SHOP`` and whose page is at ``PAGE``.

    *options* are more lines for the zone's clause in BIND.
    """
    root = folder / "site"
    root.mkdir(parents=True)
    bind = stack.enter_context(
        running(
            folder / "bind", text=ZONE, dynamic=provider != "zonefile", options=options
        )
    )
    published = page.publish(root / "public-copy")
    host = stack.enter_context(page.serving(published, PAGE))
    shop = Shop(SHOP, host.port)
    shop.revive()
    stack.callback(shop.kill)
    write(root, bind, provider, host.port)
    environment = {
        "XDG_STATE_HOME": str(folder / "state"),
        "TSIG": SECRETS["fallback"],
        "FALLBACK_LANG": "en",
    }
    return Site(root, environment, bind, shop)


def codes(body: dict[str, Any]) -> set[str]:
    return {refusal["code"] for refusal in body["refused"]}


SOME = [
    pytest.param(4, id="some"),
    pytest.param(None, id="all", marks=pytest.mark.torture),
]
"""How many points between two writes are tried: a few, or all there are."""


@frozen
class Mover:
    """The program, forked, and traced when it has to be: ``tests.servers.forked``."""

    site: Site
    program: Forked

    @property
    def home(self) -> Path:
        """The folder that holds the site, its state and its name server's files."""
        return self.site.root.parent

    def run(
        self,
        verb: str,
        *inject: str,
        trace: Path | None = None,
        more: Sequence[str] = (),
        **begun: Any,
    ) -> int:
        """Run *verb*, a command with its file; return how it ended.

        *inject* are options of strace, which looks at the main thread.
        """
        words = ["-C", str(self.site.root), *verb.split(), "--confirm", DOMAIN, "-q"]
        words += more
        if verb == "redirect":
            words += ["--accept", "shop-answers"]
        return int(
            self.program.run(*words, inject=inject, trace=trace, threads=False, **begun)
        )

    def changes(self, verb: str, trace: Path, *more: str) -> list[Call]:
        """Run *verb* to its end; return the calls that changed something on disk."""
        assert self.run(verb, *TRACED, trace=trace, more=more) == 0
        return list(changing(trace.read_text(errors="replace"), self.home))

    def killed(self, verb: str, call: Call, trace: Path, *more: str) -> None:
        """Run *verb*, which dies at *call*."""
        inject = call.inject(self.home, "signal=KILL")
        ended = self.run(verb, *inject, trace=trace, more=more)
        assert ended == -9, f"{call} was not hit"


@contextlib.contextmanager
def moving(site: Site) -> Iterator[Mover]:
    """Be ready to move the names of *site* until the block ends."""
    need.program("strace")
    own = {name: site.environment[name] for name in ("TSIG", "FALLBACK_LANG")}
    first = ("-C", site.root, "redirect", "--dry-run", "-q")
    with forked(site.root.parent, *first, **own) as program:
        yield Mover(site, program)


@pytest.fixture(params=["rfc2136", "zonefile"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield site_at(tmp_path, request.param, stack)


@pytest.fixture
def mover(site: Site) -> Iterator[Mover]:
    with moving(site) as made:
        yield made
