"""Faults at the page's hosts, the shop itself and the emergency mailbox."""

import json
import re

from attrs import evolve

from fallback.core.hosts.publishing import BESIDE
from fallback.core.model import MANIFEST
from tests.lab.seeds import seed
from tests.lab.seeds_names import without_dns
from tests.lab.world import (
    COMPANIES,
    DOMAIN,
    HOST_ONE,
    HOST_TWO,
    MAILBOX,
    REGISTRY,
    ROOT,
    SHOP_AT,
    STATUS_TWO,
    World,
)

SHOPS = (DOMAIN, f"www.{DOMAIN}")
_DEEP = re.compile(r"/[^_].*/")  # a path of the shop's own, at least two levels deep


def bend(names, method="GET", target=None, **changes):
    """Change the answers of a host to *method* for *names*, where *target* matches."""

    def bent(name, request, answer, _):
        hit = target is None or (
            request.target == target
            if isinstance(target, str)
            else target.match(request.target)
        )
        if name in names and request.method == method and hit:
            return evolve(answer, **changes)
        return answer

    return bent


def _words(text: str) -> dict:
    kind = (("Content-Type", "text/html; charset=utf-8"),)
    return {"headers": kind, "body": text.encode()}


@seed("target-not-page", "the target shows a listing under the shop's name")
def _(there: World) -> None:
    there.bends[HOST_ONE] = bend(SHOPS, target="/", **_words("Index of /"))


@seed("page-differs", "the target shows another page than was published")
def _(there: World) -> None:
    old = '<!doctype html><meta name="generator" content="fallback">older'
    there.bends[HOST_ONE] = bend(SHOPS, target="/", **_words(old))


def _shown(there: World, place: str, name: str, *certificate) -> None:
    there.keys[place] = {name: certificate}


@seed("tls", "a certificate for one of the two names only")
def _(there: World) -> None:
    _shown(there, HOST_ONE, f"www.{DOMAIN}", DOMAIN, (-1, 90))


@seed("tls", "the page's certificate has ended")
def _(there: World) -> None:
    _shown(there, HOST_ONE, DOMAIN, DOMAIN, (-9, -1))


@seed("certificate-soon", "the page's certificate ends within days")
def _(there: World) -> None:
    _shown(there, HOST_ONE, DOMAIN, DOMAIN, (-1, 5))


@seed("certificate-soon", "the status address's certificate ends within days")
def _(there: World) -> None:
    _shown(there, HOST_TWO, STATUS_TWO, STATUS_TWO, (-1, 5))


@seed("certificate-ended", "the status address's certificate has ended",
      ["page-not-live"])  # fmt: skip
def _(there: World) -> None:
    _shown(there, HOST_TWO, STATUS_TWO, STATUS_TWO, (-9, -1))


@seed("post-accepted", "a status address takes a POST")
def _(there: World) -> None:
    there.bends[HOST_TWO] = bend([STATUS_TWO], "POST", status=200)


@seed("post-accepted", "the target takes a POST under the shop's names")
def _(there: World) -> None:
    there.bends[HOST_ONE] = bend(SHOPS, "POST", status=202)


@seed("deep-200", "a deep link at a status address gets 200")
def _(there: World) -> None:
    there.bends[HOST_TWO] = bend([STATUS_TWO], target=_DEEP, status=200)


@seed("deep-200", "a deep link at the target gets 200")
def _(there: World) -> None:
    there.bends[HOST_ONE] = bend(SHOPS, target=_DEEP, status=200)


@seed("deep-gone", "a deep link at the target gets 404")
def _(there: World) -> None:
    there.bends[HOST_ONE] = bend(SHOPS, target=_DEEP, status=404)


@seed("deep-foreign", "a deep link gets the host's own words")
def _(there: World) -> None:
    there.bends[HOST_TWO] = bend(
        [STATUS_TWO], target=_DEEP, status=404, **_words("not found")
    )


@seed("retry-after-missing", "the target says 503 without Retry-After")
def _(there: World) -> None:
    def bent(name, request, answer, _):
        kept = [pair for pair in answer.headers if pair[0] != "Retry-After"]
        return evolve(answer, headers=tuple(kept))

    there.bends[HOST_ONE] = bent


@seed("served-wrong", "somebody has rewritten a feed at one host")
def _(there: World) -> None:
    there.bends[HOST_TWO] = bend(
        [STATUS_TWO], target="/_fallback/feed.json", body=b"{}"
    )


@seed("served-headers", "a host leaves out the headers of _headers")
def _(there: World) -> None:
    def bent(name, request, answer, _):
        closed = ("Access-Control-Allow-Origin",)
        kept = [pair for pair in answer.headers if pair[0] not in closed]
        return evolve(answer, headers=tuple(kept))

    there.bends[HOST_TWO] = bent


def _manifest(folder: str, change):
    def rewrite(path):
        said = json.loads(path.read_text("utf-8"))
        change(said)
        path.write_text(json.dumps(said), "utf-8")

    return f"{folder}/{MANIFEST}", rewrite


@seed("served-older", "newer words were published from here, and the hosts lost them")
def _(there: World) -> None:
    def newer(folder):
        for path in folder.iterdir():
            said = json.loads(path.read_text("utf-8"))
            said.update(sequence=said["sequence"] + 1, build="2" * 16)
            path.write_text(json.dumps(said), "utf-8")

    there.file(".fallback/builds/manifests", newer)


@seed("served-newer", "somebody else has published newer words")
def _(there: World) -> None:
    def newer(said):
        said["sequence"] += 1
        said["build"] = "f" * 16

    there.file(*_manifest("host-two", newer))


@seed("served-differs", "one host shows other words of the same age")
def _(there: World) -> None:
    there.file(*_manifest("host-two", lambda said: said.update(build="1" * 16)))


@seed("host-not-ours", "the status address shows somebody else's page",
      ["served-differs"])  # fmt: skip
def _(there: World) -> None:
    def bent(name, request, answer, _):
        if name == STATUS_TWO and request.target == f"/{MANIFEST}":
            said = json.loads(answer.body) | {"build": "4" * 16}
            return evolve(answer, body=json.dumps(said).encode())
        return answer

    there.bends[HOST_TWO] = bent


def _sought(there: World, place: str, change) -> None:
    """Change what *place* answers to whoever asks for the file of a proof."""
    there.write = True

    def bent(name, request, answer, _):
        return change(request, answer) if f"/{BESIDE}" in request.target else answer

    there.bends[place] = bent


@seed("host-not-ours", "the target shows a copy of the page under the shop's names")
def _(there: World) -> None:
    _sought(there, HOST_ONE, lambda _, answer: evolve(answer, status=503, body=b"?"))


@seed("host-unproven", "nobody answers at a status address when it matters")
def _(there: World) -> None:
    _sought(there, HOST_TWO, lambda request, answer: None)


@seed("proof-left", "a file of the proof cannot be taken away again")
def _(there: World) -> None:
    roots: list = []
    there.site.append(roots.append)

    def stuck(request, answer):
        path = roots[0] / "host-two" / request.target.removeprefix("/")
        path.unlink()
        path.mkdir()
        return answer

    _sought(there, HOST_TWO, stuck)


@seed("hosts-together", "both hosts are in one network")
def _(there: World) -> None:
    there.elsewhere(COMPANIES, "host-two.test", HOST_TWO, HOST_ONE)


@seed("same-basket", "the mail is at the shop's own hoster")
def _(there: World) -> None:
    called = "10.40.TEN.in-addr PTR vm1.post-office.test.\n@ NS"
    there.elsewhere(REGISTRY, "arpa", "@ NS", called)


@seed("page-not-live", "one host shows something else", ["served-wrong"])
def _(there: World) -> None:
    there.bends[HOST_TWO] = bend([STATUS_TWO], target="/", body=b"Index of /")


@seed("host-not-seen", "a host without a status address")
def _(there: World) -> None:
    there.setting('\nurl  = "https://status.host-two.test"', "")


def _second_host(there: World, kind: str) -> None:
    there.setting('kind = "folder"\npath = "host-two"', kind)


_WORKER = """\
kind    = "cloudflare_worker"
account = "023e105f4ecef8ad9ca31a8372d0c353"
script  = "kwiaty-fallback"
token   = "env:TSIG\""""


@seed("not-as-its-kind", "a worker that was never set up", ["deep-200"])
def _(there: World) -> None:
    _second_host(there, _WORKER)
    there.bends[HOST_TWO] = bend([STATUS_TWO], target=_DEEP, status=200)


def _bucket(there: World, name: str) -> None:
    """Make the second host a bucket's own website, seen at *name*."""
    _second_host(
        there,
        'kind = "s3"\nbucket = "b"\nregion = "eu-central-1"\n'
        'access_key = "env:TSIG"\nsecret_key = "env:TSIG"',
    )
    there.setting(STATUS_TWO, name)
    deep = bend([name], target=_DEEP, status=403)
    posted = bend([name], "POST", status=405)
    there.bends[HOST_TWO] = lambda *all_: deep(*all_[:2], posted(*all_), all_[3])


@seed("host-shortcoming", "a bucket's own website")
def _(there: World) -> None:
    _bucket(there, STATUS_TWO)


@seed("https-not-ahead", "a host that can have no certificate beforehand, and no names",
      ["no-dns", "host-shortcoming"])  # fmt: skip
def _(there: World) -> None:
    _bucket(there, STATUS_TWO)
    without_dns(there)


@seed("distribution-unnamed", "a bucket seen at CloudFront's address",
      ["host-shortcoming"])  # fmt: skip
def _(there: World) -> None:
    name = "d111.cloudfront.net"
    _bucket(there, name)
    there.elsewhere(ROOT, ".", "test. NS", f"{name}. A {HOST_TWO}\ntest. NS")
    there.keys[HOST_TWO] = {name: (name, (-1, 90))}


@seed("shop-not-seen", "the words of the shop are not on its page")
def _(there: World) -> None:
    there.setting('"Dodaj do koszyka"', '"Add to basket"')


@seed("shop-not-seen", "the shop is down")
def _(there: World) -> None:
    there.bends[SHOP_AT] = bend(SHOPS, status=500)


@seed("shop-not-seen", "nobody has said yet which words are the shop's")
def _(there: World) -> None:
    there.setting('"Dodaj do koszyka"', '"CHANGE ME"')


@seed("shop-not-seen", "the shop's certificate has ended")
def _(there: World) -> None:
    _shown(there, SHOP_AT, DOMAIN, DOMAIN, (-9, -1))


@seed("workers-not-written", "the shop has a service worker that nobody wrote down")
def _(there: World) -> None:
    there.script = "navigator.serviceWorker.register('/sw.js')"


@seed("email-same-domain", "the mailbox is in the shop's own domain")
def _(there: World) -> None:
    there.setting("awaria@elsewhere.test", "awaria@kwiaty.example")


@seed("email-no-mail", "the mailbox's domain takes no mail")
def _(there: World) -> None:
    there.elsewhere(MAILBOX, "elsewhere.test", "@ MX 10 mx", "@ MX 0 .")


@seed("email-on-shop", "the mailbox's mail server is the shop's", ["email-silent"])
def _(there: World) -> None:
    there.elsewhere(MAILBOX, "elsewhere.test", "mx A NET.60.25", "mx A NET.40.10")


@seed("unanswered", "nobody answers for the mailbox's domain")
def _(there: World) -> None:
    there.ways[MAILBOX] = "closed"
