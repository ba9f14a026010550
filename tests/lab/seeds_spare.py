"""Faults of the spare address: what it shares with the shop, and what it shows."""

import json

from attrs import evolve

from fallback.core.model import MANIFEST
from tests.lab.seeds import seed
from tests.lab.seeds_page import bend
from tests.lab.world import AWARIA, COMPANIES, DOMAIN, HOST_ONE, NORTH, REGISTRY, World

_LEADS = "@ 60 A NET.50.10"


@seed("spare-none", "there is no spare address")
def _(there: World) -> None:
    there.setting(f'spare     = "https://{AWARIA}"\n', "")


@seed("spare-in-zone", "the spare address is in the shop's own zone")
def _(there: World) -> None:
    name = f"awaria.{DOMAIN}"
    there.add("awaria A NET.50.10")
    there.setting(f"https://{AWARIA}", f"https://{name}")
    there.keys[HOST_ONE] = {name: (name, (-1, 90))}


@seed("spare-with-shop", "the spare address is at the shop's own DNS company")
def _(there: World) -> None:
    text = there.texts[COMPANIES][AWARIA]
    there.texts[NORTH][AWARIA] = text.replace("ns.companies.test", "ns1.dns-north.test")
    there.elsewhere(
        REGISTRY,
        "test",
        "kwiaty-awaria NS ns.companies",
        "kwiaty-awaria NS ns1.dns-north",
    )


@seed("spare-certificate", "the spare address shows a certificate for another name")
def _(there: World) -> None:
    there.keys[HOST_ONE] = {AWARIA: (DOMAIN, (-1, 90))}


@seed("spare-silent", "nobody answers where the spare address leads")
def _(there: World) -> None:
    there.elsewhere(COMPANIES, AWARIA, _LEADS, "@ 60 A NET.50.99")


@seed("spare-redirects", "the spare address sends customers on")
def _(there: World) -> None:
    away = (("Location", "https://status.host-one.test/"),)
    there.bends[HOST_ONE] = bend([AWARIA], status=301, headers=away)


@seed("spare-not-page", "the spare address shows a listing")
def _(there: World) -> None:
    there.bends[HOST_ONE] = bend([AWARIA], body=b"Index of /")


@seed("spare-differs", "the spare address shows a page that no host has")
def _(there: World) -> None:
    def other(name, request, answer, _):
        if name != AWARIA or request.target != f"/{MANIFEST}":
            return answer
        said = json.loads(answer.body) | {"build": "1" * 16}
        return evolve(answer, body=json.dumps(said).encode())

    there.bends[HOST_ONE] = other
