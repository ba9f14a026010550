"""Faults of what stands beside zone and page: mailbox, browsers, links, people."""

import json
import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attrs import evolve

from fallback.core.check.settled import QUESTIONS
from fallback.core.wizard.forms import BLANK
from tests.lab.seeds import seed
from tests.lab.seeds_names import operated
from tests.lab.seeds_page import SHOPS, bend
from tests.lab.world import (
    DOMAIN,
    ELSEWHERE_MAIL,
    HOST_ONE,
    HOSTER_MAIL,
    MAILBOX,
    REGISTRY,
    RESOLVER,
    RIGHTS,
    SHOP_AT,
    STATUS_TWO,
    World,
)

_HSTS = "max-age=31536000"


@seed("offline", "no resolver answers the machine")
def _(there: World) -> None:
    there.ways[RESOLVER] = "closed"


@seed("email-near-shop", "the mailbox's mail server is at the shop's hoster")
def _(there: World) -> None:
    there.elsewhere(MAILBOX, "elsewhere.test", ELSEWHERE_MAIL, HOSTER_MAIL)


@seed("email-refuses", "the mailbox's mail server takes nothing")
def _(there: World) -> None:
    there.mail[ELSEWHERE_MAIL] = b"554 no mail here\r\n"


@seed("email-silent", "nobody greets at the mailbox's mail server")
def _(there: World) -> None:
    there.mail[ELSEWHERE_MAIL] = b"hello\r\n"


def _remembered(plain=None):
    """Return a bend of the shop that sends HSTS, and *plain* over http."""

    def bent(name, request, answer, peer):
        if plain is not None and not isinstance(peer, ssl.SSLSocket):
            return plain(answer)
        return evolve(
            answer, headers=(*answer.headers, ("Strict-Transport-Security", _HSTS))
        )

    return bent


@seed("hsts", "browsers remember to come by https")
def _(there: World) -> None:
    there.bends[SHOP_AT] = _remembered()


@seed("hsts-unsecured", "browsers come by https, and the settings say http")
def _(there: World) -> None:
    there.setting(f"https://{DOMAIN}", f"http://{DOMAIN}")
    there.bends[SHOP_AT] = _remembered(
        lambda answer: evolve(
            answer, status=301, headers=(("Location", f"https://{DOMAIN}/"),)
        )
    )


@seed("orders", "the shop gives away what it runs on")
def _(there: World) -> None:
    there.bends[SHOP_AT] = lambda name, request, answer, _: evolve(
        answer, headers=(*answer.headers, ("Set-Cookie", "PrestaShop-1a2b=x; path=/"))
    )


@seed("caa-blocks", "CAA lets another authority alone sign")
def _(there: World) -> None:
    there.zone('"letsencrypt.org"', '"digicert.com"')


@seed("pinned-cdn", "the target is one of a CDN's shared addresses")
def _(there: World) -> None:
    there.elsewhere(
        REGISTRY, "arpa", "@ NS", "10.50.TEN.in-addr PTR s1.cloudfront.net.\n@ NS"
    )


@seed("clock", "the machine's clock is late")
def _(there: World) -> None:

    there.late = timedelta(minutes=-5)


@seed("link-not-redirected", "a newsletter's link goes through a host of the shop's")
def _(there: World) -> None:
    there.add("click A NET.40.10")
    there.keys[SHOP_AT] = {f"click.{DOMAIN}": (f"click.{DOMAIN}", (-1, 90))}
    there.links = (f"https://click.{DOMAIN}/n/1",)


@seed("link-through", "a newsletter's link goes through another company's host")
def _(there: World) -> None:
    there.links = (f"https://{STATUS_TWO}/",)


@seed("link-broken", "a newsletter's link leads to nothing")
def _(there: World) -> None:
    there.links = (f"https://{DOMAIN}/gone",)
    there.bends[SHOP_AT] = bend(SHOPS, target="/gone", status=404)


def forgotten(word: str):
    def forget(path):
        said = json.loads(path.read_text("utf-8"))
        said["dates"] = {w: at for w, at in said["dates"].items() if word not in w}
        path.write_text(json.dumps(said), "utf-8")

    return lambda there: there.file(".fallback/dated.json", forget)


_SPARE = "ask-spare-registrar"
"""It is asked only where a registry does not tell."""
_ALWAYS = [asked for asked in QUESTIONS if asked != _SPARE]
for _asked in _ALWAYS:
    seed(_asked, "nobody has answered it")(forgotten(_asked))
seed("write-unproven", "nobody has seen the zone take a change")(forgotten("wrote:"))


@seed("write-failed", "the key may read the zone, and not change it")
def _(there: World) -> None:
    there.write = True
    there.rights = "allow-transfer { key fallback; };"


@seed("write-untried", "the key may not read the zone", ["provider"])
def _(there: World) -> None:
    there.write = True
    there.rights = ""


@seed("state-away", "a file is in the state's place",
      [*_ALWAYS, "write-unproven"])  # fmt: skip
def _(there: World) -> None:
    there.site.append(_no_state)


def _no_state(root: Path) -> None:
    shutil.rmtree(root / ".fallback")
    (root / ".fallback").write_text("")


@seed("foreign-marker", "somebody else has marked the zone", ["redirected"])
def _(there: World) -> None:
    there.write = True
    there.add('_fallback TXT "v=fallback1 epoch=9 state=redirected"')


@seed("is-redirected", "the names lead to the page, and nobody says why",
      ["shop-not-seen"])  # fmt: skip
def _(there: World) -> None:
    there.write = True
    there.zone("@ A NET.40.10", f"@ A {HOST_ONE}")
    there.zone("www CNAME @", f"www A {HOST_ONE}")


@seed("credential-powerful", "the key may change everything in the zone")
def _(there: World) -> None:
    there.write = True
    there.rights = RIGHTS.replace("{ grant", "{ grant fallback zonesub ANY; grant")


@seed("token-ends", "the operator's token ends within days")
def _(there: World) -> None:
    operated(
        there,
        'provider = "cloudflare"\ntoken = "env:CLOUDFLARE_API_TOKEN"\n'
        'endpoint = "API-AT"',
    )
    ends = datetime.now(UTC) + timedelta(days=10)
    there.token_ends = f"{ends:%Y-%m-%dT%H:%M:%SZ}"


def _kept_at_github(there: World, **forms: str) -> None:
    """Keep the words at GitHub, with *forms* among its workflows."""

    def keep(root: Path) -> None:
        git = ["git", "-C", str(root)]
        subprocess.run([*git, "init", "-q"], check=True)
        remote = "git@github.com:ania/kwiaty.git"
        subprocess.run([*git, "remote", "add", "origin", remote], check=True)
        for name, text in forms.items():
            file = root / ".github" / "workflows" / f"{name}.yml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"on:\n  workflow_dispatch:\n# {text}\n")

    there.file(".", keep)


@seed("form-missing", "a form publishes the words, and none moves the names")
def _(there: World) -> None:
    _kept_at_github(there, publish="fallback deploy")


@seed("form-unusable", "the forms do not say where the program comes from")
def _(there: World) -> None:
    _kept_at_github(there, publish=f"{BLANK}@x", redirect="fallback redirect")
