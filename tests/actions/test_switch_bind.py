"""A delegated switch on two real BINDs: the shop's zone is never touched, and moves."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from fallback.demo.shop import WORDS, Shop
from fallback.wire.web.listen import Answer, Request, Respond, listening
from fallback.wire.web.page_server import Folder, respond_from
from tests.actions.site_on_bind import PAGE, SHOP, Site, codes
from tests.servers import page
from tests.servers.bind import ALGORITHM, SECRETS, Bind, running
from tests.servers.recursive import Resolver, resolving

DOMAIN = "www.kwiaty.example"
SWITCH = "switch.agency.test"
NAME = f"www.kwiaty.{SWITCH}"

SHOPS_ZONE = f"""\
$TTL 3600
@    IN SOA ns1 hostmaster 1 7200 900 1209600 300
     NS  ns1
     MX  10 mx.elsewhere.test.
     A   {SHOP}
ns1  A   127.0.0.1
www  86400 CNAME {NAME}.
"""

SWITCHES_ZONE = f"""\
$TTL 60
@    IN SOA ns1 hostmaster 1 7200 900 1209600 60
     NS  ns1
     MX  0 .
ns1  A   127.0.0.1
www.kwiaty A {SHOP}
www.buty   A 127.0.0.9
"""


@frozen
class Agency:
    """The shop of an agency: its hoster's zone, and the agency's own."""

    site: Site
    hoster: Bind

    @property
    def settings(self) -> Path:
        return self.site.root / "fallback.toml"

    def redirect(self, *more: str) -> dict[str, Any]:
        return self.site.run("redirect", "--confirm", DOMAIN, *more)

    def restore(self, *more: str) -> dict[str, Any]:
        return self.site.run("restore", "--confirm", DOMAIN, *more)


def only_typed(respond: Respond) -> Respond:
    """Answer what customers type as *respond* does; any other name is not known."""

    def answer(request: Request) -> Answer:
        name = request.headers.get("host", "").partition(":")[0]
        return respond(request) if name == DOMAIN else Answer(421, ())

    return answer


class TypedShop(Shop):
    """A shop whose server knows no name but the one that customers type."""

    def _sell(self, request: Request) -> Answer:
        return only_typed(super()._sell)(request)


def write(
    root: Path, agency: Bind, hoster: Bind, resolver: Resolver, port: int
) -> None:
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
provider = "rfc2136"
server = "{agency.server}"
key_name = "fallback"
key_algorithm = "{ALGORITHM}"
key_secret = "env:TSIG"
zone = "{SWITCH}"
names = ["{NAME}"]
target = ["{PAGE}"]
[network]
resolvers = ["{resolver.server}", "{agency.server}", "{hoster.server}"]
canaries = ["{agency.server}"]
allow_private = true
""",
        "utf-8",
    )


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    root = tmp_path / "site"
    root.mkdir()
    rights = (
        "allow-transfer { key fallback; key person; };"
        "update-policy { grant fallback zonesub ANY; };"
    )
    with ExitStack() as stack:
        hoster = stack.enter_context(
            running(tmp_path / "hoster", text=SHOPS_ZONE, dynamic=False)
        )
        bind = stack.enter_context(
            running(tmp_path / "agency", text=SWITCHES_ZONE, zone=SWITCH, rights=rights)
        )
        servers = {"kwiaty.example": hoster.server, SWITCH: bind.server}
        resolver = stack.enter_context(resolving(tmp_path / "resolver", servers))
        published = page.publish(root / "public-copy")
        serve = only_typed(respond_from(Folder(published)))
        host = stack.enter_context(listening(serve, PAGE))
        shop = TypedShop(SHOP, host.port)
        shop.revive()
        stack.callback(shop.kill)
        write(root, bind, hoster, resolver, host.port)
        environment = {
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "TSIG": SECRETS["fallback"],
            "FALLBACK_LANG": "en",
        }
        yield Agency(Site(root, environment, bind, shop), hoster)


def test_there_and_back_only_the_name_in_the_switch_moves(agency: Agency) -> None:
    before = agency.site.bind.records()
    hosters = agency.hoster.file.read_bytes()
    assert codes(agency.redirect()) == {"shop-answers"}
    agency.site.shop.kill()
    there = agency.redirect()
    assert there["code"] == 0, there
    moved = {r for r in agency.site.bind.records() if r[1] != "SOA"} - before
    assert {(name, data) for name, rtype, _, data in moved if rtype == "A"} == {
        (f"{NAME}.", PAGE)
    }
    assert codes(agency.restore()) == {"shop-not-back"}
    agency.site.shop.revive()
    back = agency.restore()
    assert back["code"] == 0, back
    assert agency.site.bind.records() == before
    assert agency.hoster.file.read_bytes() == hosters


def found(body: dict[str, Any]) -> dict[str, str]:
    return {each["id"]: each["subject"] for each in body["findings"]}


def test_check_asks_under_the_names_that_customers_type(agency: Agency) -> None:
    body = agency.site.run("check")
    ids = found(body)
    assert ids["switch-partly-led"] == "kwiaty.example"
    assert not ids.keys() & {"target-not-page", "page-differs", "switch-not-led"}
    assert {each["rung"]: each["use"] for each in body["ladder"]} == {
        "worker-route": "no",
        "failover": "no",
        "delegated-switch": "now",
        "records": "no",
        "by-hand": "no",  # in this laboratory every server is in one network
        "spare-address": "possible",
    }


def test_check_says_when_the_shop_does_not_lead_to_the_switch(agency: Agency) -> None:
    text = agency.settings.read_text("utf-8")
    agency.settings.write_text(text.replace(NAME, f"www.buty.{SWITCH}"), "utf-8")
    assert found(agency.site.run("check"))["switch-not-led"] == DOMAIN


def test_check_takes_a_silent_resolver_for_no_answer(agency: Agency) -> None:
    text = agency.settings.read_text("utf-8")
    only_the_agencys = f'resolvers = ["{agency.site.bind.server}"]'
    text = re.sub(r"^resolvers = .*$", only_the_agencys, text, flags=re.MULTILINE)
    agency.settings.write_text(text, "utf-8")
    body = agency.site.run("check")
    assert "switch-not-led" not in found(body)
    unanswered = [f["seen"] for f in body["findings"] if f["id"] == "unanswered"]
    assert "no answer in time: how customers are led to the shop" in unanswered


def test_a_watcher_knows_shop_page_and_redirect_through_the_switch(
    agency: Agency,
) -> None:
    seen = agency.site.run("watch", "--once")["sites"][0]
    assert (seen["verdict"], seen["redirected"]) == ("up", False)
    assert seen["grade"] == "prepared"  # the page is there under the name typed
    agency.site.shop.kill()
    assert agency.redirect()["code"] == 0
    seen = agency.site.run("status")["sites"][0]
    assert seen["redirected"] is True
