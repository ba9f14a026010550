"""The whole way with Route 53: boto3 over HTTP at the fake, whose servers are asked."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define

from fallback.actions.moving import engine
from fallback.actions.site import load
from fallback.demo.nameserver import answering
from fallback.demo.shop import WORDS, Shop
from fallback.dns import connect
from fallback.stores.journal import CARD
from tests.actions import typed
from tests.actions.site_on_bind import DOMAIN, PAGE, SHOP, ZONE, Moving, codes
from tests.contracts.dns import APEX, WWW
from tests.fakes.route53 import (
    KEY,
    SECRET,
    ZONE_ID,
    FakeRoute53,
    HostedZone,
    alias,
    plain,
    put,
    running,
)
from tests.fakes.route53_http import Fault
from tests.servers import page

_SERVER = "127.0.53.54"


def servers(zone: HostedZone, file: Path) -> None:
    """Bring *zone* to its name server; an alias within it has its target's data."""
    lines = []
    for made in zone.sets.values():
        name, rtype, found = made["Name"].replace("\\052", "*"), made["Type"], made
        if "AliasTarget" in made:
            found = zone.sets[made["AliasTarget"]["DNSName"], rtype, ""]
        lines += [
            f"{name} {found['TTL']} IN {rtype} {value}\n"
            for value in found["ResourceRecords"]
        ]
    fresh = file.with_suffix(".new")
    fresh.write_text("".join(lines))
    fresh.replace(file)


@define
class Site(Moving):
    """A site folder, its shop, and the account that its zone is in."""

    account: FakeRoute53
    shop: Shop


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A shop that is alive; ``www`` is an alias of its apex, with a health check."""
    root, file = tmp_path / "site", tmp_path / "zone"
    root.mkdir()
    with ExitStack() as stack:
        account = stack.enter_context(running())
        account.load(ZONE)
        del account.zone.sets[WWW, "CNAME", ""]
        for rtype in ("A", "AAAA"):
            put(account.zone, alias(WWW, rtype, ZONE_ID, APEX, health=True))
        servers(account.zone, file)
        account.changed.append(lambda zone: servers(zone, file))
        server = stack.enter_context(answering(file, DOMAIN, _SERVER))
        published = page.publish(root / "public-copy")
        host = stack.enter_context(page.serving(published, PAGE))
        shop = Shop(SHOP, host.port)
        shop.revive()
        stack.callback(shop.kill)
        (root / "fallback.toml").write_text(
            f"""
[shop]
name = "Kwiaty u Ani"
url = "http://{DOMAIN}:{host.port}"
[contact]
email = "kwiaty@elsewhere.test"
phone = "+48600100200"
[primary]
contains = "{WORDS}"
[[hosts]]
kind = "folder"
path = "public-copy"
[[dns]]
provider = "route53"
zone = "{DOMAIN}"
names = ["{DOMAIN}", "www.{DOMAIN}"]
target = ["{PAGE}"]
endpoint = "{account.endpoint}"
access_key = "env:R53_KEY"
secret_key = "env:R53_SECRET"
[network]
resolvers = ["{server}"]
canaries = []
allow_private = true
""",
            "utf-8",
        )
        environment = {
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "R53_KEY": KEY,
            "R53_SECRET": SECRET,
            "FALLBACK_LANG": "en",
        }
        yield Site(root, environment, account, shop)


def test_there_and_back_every_set_of_the_zone_is_as_it_was(site: Site) -> None:
    before, sets = site.account.records(), dict(site.account.zone.sets)
    assert codes(site.redirect()) == {"shop-answers"}
    site.shop.kill()
    plan = site.run("redirect", "--dry-run")
    assert (plan["code"], plan["zones"][0]["state"]) == (0, "planned")
    assert site.account.records() == before
    there = site.redirect()
    assert (there["code"], there["zones"][0]["state"]) == (0, "redirected")
    assert {server["says"] for server in there["zones"][0]["servers"]} == {"new"}
    assert {(APEX, "A", 60, PAGE), (WWW, "A", 60, PAGE)} <= site.account.records()
    again = site.redirect()
    assert (again["code"], again["zones"][0]["changes"]) == (0, [])
    assert codes(site.restore()) == {"shop-not-back"}
    site.shop.revive()
    back = site.restore()
    assert (back["code"], back["zones"][0]["state"]) == (0, "restored")
    assert site.account.records() == before
    assert site.account.zone.sets == sets
    assert site.restore()["zones"][0]["changes"] == []


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.LOST_BEFORE, Fault.BROKEN_AFTER])
def test_a_lost_answer_is_read_and_never_sent_again_blindly(
    site: Site, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONTROL_PLANE", timedelta(seconds=1))
    before = site.account.records()
    for verb, accepted in (("redirect", "shop-answers"), ("restore", "shop-not-back")):
        site.account.fail("ChangeResourceRecordSets", fault)
        done = site.run(verb, "--confirm", DOMAIN, "--accept", accepted)
        assert done["code"] == 0, done
    assert site.account.hit == [fault] * 2
    assert len(site.account.batches) == 2
    assert site.account.records() == before


def test_a_busy_amazon_is_said_and_the_same_command_finishes(site: Site) -> None:
    before = site.account.records()
    site.account.fail("ChangeResourceRecordSets", Fault.THROTTLED)
    no = site.redirect("--accept", "shop-answers")
    assert no["code"] == 1
    assert site.account.records() == before
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    assert site.restore()["code"] == 0
    assert site.account.records() == before


def test_what_somebody_else_changed_meanwhile_stays_theirs(site: Site) -> None:
    before = {record for record in site.account.records() if record[0] != WWW}
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    put(site.account.zone, plain(WWW, "A", 120, "203.0.113.9"))
    back = site.restore("--accept", "shop-not-back")
    assert (back["code"], back["zones"][0]["state"]) == (3, "drifted")
    after = site.account.records()
    assert {r for r in after if r[0] == WWW} == {(WWW, "A", 120, "203.0.113.9")}
    assert {r for r in after if r[0] != WWW} == before


def test_the_card_alone_brings_zone_and_health_of_an_alias_back(site: Site) -> None:
    sets = dict(site.account.zone.sets)
    assert site.redirect("--accept", "shop-answers")["code"] == 0
    assert site.account.zone.sets != sets
    card = (site.root / ".fallback" / CARD).read_text("utf-8")
    config = load(site.root)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in site.environment.items():
            patch.setenv(name, value)
        connect(config.dns[0], config).commit(DOMAIN, typed.read(card, APEX))
    assert site.account.zone.sets == sets
