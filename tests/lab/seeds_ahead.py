"""Faults of what is made ready before the day: the rehearsal and the spare address."""

import json

from attrs import evolve

from fallback.core.model import MANIFEST
from fallback.core.offers import NOWHERE
from tests.lab.seeds import seed
from tests.lab.seeds_page import bend
from tests.lab.world import (
    COMPANIES,
    COMPANY_ZONES,
    DOMAIN,
    HOST_TWO,
    NORTH,
    REGISTRY,
    SPARE_NAME,
    World,
)

_KEPT = ".fallback/drill.json"


def _kept(change):
    def rewrite(path):
        said = json.loads(path.read_text("utf-8"))
        change(said)
        path.write_text(json.dumps(said), "utf-8")

    return lambda there: there.file(_KEPT, rewrite)


@seed("drill-never", "the redirect was never rehearsed")
def _(there: World) -> None:
    there.file(_KEPT, lambda path: path.unlink())


def _failed(said):
    said["ok"] = False
    said["steps"][2]["state"] = "failed"


seed("drill-failed", "the last rehearsal did not go the whole way")(_kept(_failed))
seed("drill-old", "the last rehearsal was half a year ago")(
    _kept(lambda said: said.update(at="2026-05-01T10:00:00+00:00"))
)


@seed("drill-unfinished", "a rehearsal was cut off before it was taken back")
def _(there: World) -> None:
    def cut(root):
        state = root.parent / "state"
        there = (*root.rglob("journal.jsonl"), *state.rglob("journal.jsonl"))
        for path in (each for each in there if "drill" in str(each.parent.name)):
            lines = path.read_text("utf-8").splitlines(keepends=True)
            path.write_text("".join(lines[:2]), "utf-8")

    there.site.append(cut)


@seed("target-unknown", "nobody has said yet where the names shall lead")
def _(there: World) -> None:
    there.setting('["NET.50.10"]', f'"{NOWHERE}"')


@seed("spare-none", "the shop has no second domain")
def _(there: World) -> None:
    there.setting(f'spare     = "https://{SPARE_NAME}"\n', "")


@seed("spare-in-zone", "the spare address is a name of the shop's own")
def _(there: World) -> None:
    name = f"awaria.{DOMAIN}"
    there.setting(SPARE_NAME, name)
    there.add(f"awaria A {HOST_TWO}")
    there.keys[HOST_TWO] = {name: (name, (-1, 90))}


@seed("spare-with-shop", "the spare domain is at the shop's own DNS companies")
def _(there: World) -> None:
    there.elsewhere(
        REGISTRY,
        "test",
        "kwiaty-awaria NS ns.companies",
        "kwiaty-awaria NS ns1.dns-north",
    )
    there.texts[NORTH][SPARE_NAME] = COMPANY_ZONES[SPARE_NAME]


@seed("spare-certificate", "the spare address's certificate ends within days")
def _(there: World) -> None:
    there.keys[HOST_TWO] = {SPARE_NAME: (SPARE_NAME, (-1, 5))}


@seed("spare-silent", "nobody answers at the spare address")
def _(there: World) -> None:
    there.elsewhere(COMPANIES, SPARE_NAME, HOST_TWO, "NET.99.1")


@seed("spare-redirects", "the spare address leads on to another")
def _(there: World) -> None:
    away = (("Location", "https://elsewhere.test/"),)
    there.bends[HOST_TWO] = bend([SPARE_NAME], status=302, headers=away, body=b"")


@seed("spare-not-page", "the spare address shows a listing")
def _(there: World) -> None:
    there.bends[HOST_TWO] = bend(
        [SPARE_NAME], status=200, headers=(), body=b"Index of /"
    )


@seed("spare-differs", "the spare address shows a page that is on none of the hosts")
def _(there: World) -> None:
    def bent(name, request, answer, _):
        if name == SPARE_NAME and request.target == f"/{MANIFEST}":
            said = json.loads(answer.body)
            said["build"] = "3" * 16
            return evolve(answer, body=json.dumps(said).encode())
        return answer

    there.bends[HOST_TWO] = bent
