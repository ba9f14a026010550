"""Cloudflare's zone, by its own SDK, against a strict fake of its API."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from fallback.core.config import Network, SecretRef
from fallback.core.errors import (
    Conflict,
    CredentialsRefused,
    Refused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.records import (
    Change,
    Commit,
    Plan,
    RRset,
    Standing,
    classify,
    plan_redirect,
)
from fallback.core.redirect.card import by_hand
from fallback.core.redirect.gates import ZoneLook, zone_gate
from fallback.dns import cloudflare
from fallback.wire.cloudflare import sdk
from fallback.wire.web import http
from tests.contracts.dns import MINUTE, TARGET, DnsContract
from tests.fakes.cloudflare_dns import TOKEN, Fake
from tests.fakes.cloudflare_dns import cloudflare as running
from tests.fakes.config import small_config
from tests.servers import zones
from tests.servers.bind import free_port

LOOPBACK = Network(allow_private=True)


@frozen
class _World:
    fake: Fake
    provider: cloudflare.Cloudflare

    def records(self) -> frozenset[zones.Record]:
        return self.fake.records()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.fake.edit(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit == Commit()


def provider(fake: Fake, token: str = TOKEN) -> cloudflare.Cloudflare:
    table = cloudflare.Settings(SecretRef("env", "CLOUDFLARE_API_TOKEN"), fake.endpoint)
    return cloudflare.Cloudflare(table, token, LOOPBACK)


@pytest.fixture
def world() -> Iterator[_World]:
    with running() as fake:
        yield _World(fake, provider(fake))


class TestCloudflare(DnsContract):
    @pytest.fixture
    def world(self, world: _World) -> _World:
        return world


APEX, WWW = "kwiaty.example.", "www.kwiaty.example."
TOP, SHOP = (APEX, "A"), ("shop.kwiaty.example.", "A")


def a(*addresses: str, ttl: int = 300) -> RRset:
    return RRset(timedelta(seconds=ttl), addresses)


def redirect(world: _World, *names: str, target: object = TARGET) -> Plan:
    names = names or zones.NAMES
    seen = world.provider.read(zones.NAME, names)
    caps = world.provider.caps
    plan = plan_redirect(seen, names, target, MINUTE, epoch=1, caps=caps)
    return evolve(plan, by="ania@laptop")


def adorn(fake: Fake) -> None:
    """Make the shop's records what a panel can make of them."""
    for address in ("192.0.2.10", "192.0.2.11"):
        fake.at(APEX, "A")[0 if address.endswith("10") else 1].update(
            proxied=True, ttl=1, comment=f"machine {address[-2:]}", tags=["shop:web"]
        )
    fake.change(APEX, "AAAA", proxied=True, ttl=1)
    fake.change(WWW, "CNAME", settings={"flatten_cname": True}, comment="as every year")


# --- what a panel has beside the record


def test_proxy_comment_tags_and_settings_come_back_exactly(world: _World) -> None:
    adorn(world.fake)
    before = world.fake.everything()
    there = redirect(world)
    world.provider.commit(zones.NAME, there)
    for record in (*world.fake.at(APEX, "A"), *world.fake.at(WWW, "A")):
        assert (record["proxied"], record["comment"], record["ttl"]) == (
            False,
            None,
            60,
        )
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert world.fake.everything() == before


def test_the_plan_says_which_records_were_behind_the_proxy(world: _World) -> None:
    adorn(world.fake)
    there = redirect(world)
    top = next(change for change in there.changes if change.key == TOP)
    assert top.before is not None
    assert top.before.proxied
    assert top.before.ttl == timedelta(seconds=300)  # what name servers give out
    assert top.after is not None
    assert not top.after.proxied
    said = [str(step) for step in by_hand(there.reverse(epoch=2).changes)]
    assert '        with proxied: {"192.0.2.10": true, "192.0.2.11": true}' in said
    assert "        without the proxy: DNS only" in [
        str(step) for step in by_hand(there.changes)
    ]


def test_an_automatic_ttl_is_five_minutes_and_comes_back_automatic(
    world: _World,
) -> None:
    world.fake.change(WWW, "CNAME", ttl=1)
    there = redirect(world, WWW)
    before = next(c.before for c in there.changes if c.key == (WWW, "CNAME"))
    assert before is not None
    assert (before.ttl, before.extra) == (
        timedelta(minutes=5),
        (("ttl", '{"kwiaty.example.": 1}'),),
    )
    world.provider.commit(zones.NAME, there)
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert [record["ttl"] for record in world.fake.at(WWW, "CNAME")] == [1]


def test_somebody_who_takes_the_proxy_away_meanwhile_wins(world: _World) -> None:
    adorn(world.fake)
    plan = redirect(world)
    world.fake.change(APEX, "AAAA", proxied=False, ttl=1)
    with pytest.raises(Conflict):
        world.provider.commit(zones.NAME, plan)
    assert world.fake.batches == []


def test_a_record_that_stays_as_it_is_keeps_its_id(world: _World) -> None:
    ids = {r["content"]: r["id"] for r in world.fake.at(APEX, "A")}
    plan = Plan(
        f"{zones.NAME}.",
        1,
        (Change(*TOP, a("192.0.2.10", "192.0.2.11"), a("192.0.2.10", "192.0.2.12")),),
    )
    world.provider.commit(zones.NAME, plan)
    now = {r["content"]: r["id"] for r in world.fake.at(APEX, "A")}
    assert set(now) == {"192.0.2.10", "192.0.2.12"}
    assert now["192.0.2.10"] == ids["192.0.2.10"]


def test_the_marker_tells_people_which_decision_and_whose(world: _World) -> None:
    world.provider.commit(zones.NAME, redirect(world))
    (marker,) = world.fake.at(f"_fallback.{zones.NAME}", "TXT")
    assert marker["comment"] == "fallback, decision 1, ania@laptop"
    assert all(not r["comment"] for r in world.fake.at(APEX, "A"))


def test_a_listing_has_the_comments_that_programs_leave(world: _World) -> None:
    world.fake.change("www.kwiaty.example.", "CNAME", comment="Managed by Terraform")
    listed = world.provider.listing(zones.NAME)
    notes = {(e.name, e.type): e.note for e in listed.sets if e.note}
    assert notes == {("www.kwiaty.example.", "CNAME"): "Managed by Terraform"}


def test_a_long_name_is_cut_to_what_a_comment_may_have(world: _World) -> None:
    plan = evolve(redirect(world), by="ania\n" * 60)
    world.provider.commit(zones.NAME, plan)
    (marker,) = world.fake.at(f"_fallback.{zones.NAME}", "TXT")
    assert len(marker["comment"]) == 100


def test_the_top_of_the_zone_follows_a_host_name(world: _World) -> None:
    before = world.fake.everything()
    there = redirect(world, target="d111.cloudfront.test")
    world.provider.commit(zones.NAME, there)
    assert (APEX, "CNAME", 60, "d111.cloudfront.test.") in world.fake.records()
    assert any(name == APEX and rtype == "MX" for name, rtype, *_ in world.records())
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert world.fake.everything() == before


# --- compare and swap


def test_one_batch_is_all_that_is_written(world: _World) -> None:
    there = redirect(world)
    world.provider.commit(zones.NAME, there)
    (batch,) = world.fake.batches
    assert set(batch) == {"deletes", "posts"}
    assert all(set(each) == {"id"} for each in batch["deletes"])
    writes = [call for call in world.fake.calls if not call.startswith("GET")]
    assert len(writes) == 1


def test_a_record_replaced_in_the_same_second_refuses_the_whole_batch(
    world: _World,
) -> None:
    plan = redirect(world)
    theirs = a("203.0.113.5")
    world.fake.meanwhile = lambda: world.fake.edit(*TOP, theirs)
    with pytest.raises(Conflict) as refused:
        world.provider.commit(zones.NAME, plan)
    assert "81044" in str(refused.value)
    assert world.provider.read(zones.NAME, zones.NAMES).get(TOP) == theirs
    assert world.provider.read(zones.NAME, zones.NAMES).get((WWW, "A")) is None


def test_a_record_added_in_the_same_second_refuses_the_whole_batch(
    world: _World,
) -> None:
    plan = redirect(world, SHOP[0], target=TARGET[:1])
    world.fake.meanwhile = lambda: world.fake.edit(*SHOP, a(str(TARGET[0]), ttl=60))
    with pytest.raises(Conflict) as refused:
        world.provider.commit(zones.NAME, plan)
    assert "81058" in str(refused.value)
    assert world.fake.at(f"_fallback.{zones.NAME}", "TXT") == []


@pytest.mark.parametrize(
    ("fields", "true"),
    [
        ({"content": "203.0.113.5"}, a("203.0.113.5", "192.0.2.11")),
        ({"ttl": 600}, None),
        ({"comment": "new cable"}, None),
    ],
    ids=["value", "ttl", "comment"],
)
def test_an_edit_in_place_in_the_same_second_is_found_in_the_answer(
    world: _World, fields: dict[str, object], true: RRset | None
) -> None:
    plan = redirect(world)
    world.fake.meanwhile = lambda: world.fake.change(*TOP, **fields)
    done = world.provider.commit(zones.NAME, plan)
    ((key, found),) = done.overwrote
    assert key == TOP
    assert found != next(c.before for c in plan.changes if c.key == TOP)
    assert true is None or found == true
    assert world.provider.read(zones.NAME, zones.NAMES).get(TOP) != found


def test_an_answer_that_shows_only_ids_tells_of_no_edit(world: _World) -> None:
    world.fake.full_deletes = False
    plan = redirect(world)
    assert world.provider.commit(zones.NAME, plan) == Commit()


def test_two_plans_of_the_same_moment_do_not_both_succeed(world: _World) -> None:
    first = redirect(world)
    second = redirect(world, target="page.elsewhere.test")
    world.fake.meanwhile = lambda: world.provider.commit(zones.NAME, first)
    with pytest.raises(Conflict):
        world.provider.commit(zones.NAME, second)
    seen = world.provider.read(zones.NAME, zones.NAMES)
    assert set(classify(first, seen).values()) == {Standing.AFTER}


# --- the wire


@pytest.mark.parametrize("counts", [False, True], ids=["empty page", "counted"])
def test_every_page_of_a_long_list_is_read(world: _World, *, counts: bool) -> None:
    world.fake.per_page, world.fake.counts = 1, counts
    seen = world.provider.read(zones.NAME, zones.NAMES)
    assert seen.rrsets[TOP] == a("192.0.2.10", "192.0.2.11")


def test_names_are_read_side_by_side(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each list waits until all three, both names' and the marker's, have come."""
    real, all_of_them = http.ask, threading.Barrier(3)

    def together(url: str, **more: Any) -> http.Reply:
        if "/dns_records" in url and "page=1" in url.split("&"):
            all_of_them.wait(10)
        return real(url, **more)

    monkeypatch.setattr(sdk.http, "ask", together)
    seen = world.provider.read(zones.NAME, zones.NAMES)
    assert seen.rrsets[TOP] == a("192.0.2.10", "192.0.2.11")


def test_a_list_that_never_ends_is_given_up(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always(query: dict[str, str]) -> object:
        here = world.fake.at(APEX, "A")[:1]
        return {"result": here, "result_info": {"page": int(query["page"])}}

    monkeypatch.setattr(Fake, "list_records", lambda _, query: always(query))
    with pytest.raises(Unavailable) as said:
        world.provider.read(zones.NAME, zones.NAMES)
    assert "does not end" in str(said.value)


def test_the_name_servers_that_cloudflare_gives_are_told(world: _World) -> None:
    world.fake.name_servers = ["amy.ns.cloudflare.com", "bob.ns.cloudflare.com"]
    seen = world.provider.read(zones.NAME, zones.NAMES)
    assert seen.servers == ("amy.ns.cloudflare.com.", "bob.ns.cloudflare.com.")
    look = ZoneLook(mail={}, servers={"ns1.home.pl.": ("ns1.home.pl.",)}, served={})
    refused = list(zone_gate(look, seen, zones.NAMES, world.provider.caps.types))
    assert "is delegated to ns1.home.pl." in str(refused[0].why)


@pytest.mark.parametrize(
    ("status", "kind"), [("pending", "full"), ("moved", "full"), ("active", "partial")]
)
def test_a_zone_that_cloudflare_does_not_serve_is_refused(
    world: _World, status: str, kind: str
) -> None:
    world.fake.status, world.fake.type = status, kind
    with pytest.raises(Refused) as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    assert f"status {status}" in str(refused.value)
    assert "ns1.kwiaty.example" in str(refused.value.next)


def test_a_zone_that_the_token_does_not_see_is_said(world: _World) -> None:
    with pytest.raises(Rejected) as refused:
        world.provider.read("rowery.example", ["rowery.example"])
    assert "env:CLOUDFLARE_API_TOKEN sees no zone rowery.example" in str(refused.value)


@pytest.mark.parametrize(
    ("may", "lacks"),
    [(set(), "Zone:Read"), ({"Zone:Read"}, "DNS:Edit"), (None, "Zone:Read")],
    ids=["nothing", "zone only", "no such token"],
)
def test_a_token_that_may_not_read_says_what_it_lacks(
    world: _World, may: set[str] | None, lacks: str
) -> None:
    world.fake.tokens = {} if may is None else {TOKEN: frozenset(may)}
    with pytest.raises(CredentialsRefused) as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    said = str(refused.value.next)
    assert f"env:CLOUDFLARE_API_TOKEN lacks {lacks}" in said
    assert "permissionGroupKeys=%5B%7B%22key%22%3A%22dns%22%2C%22type%22" in said
    assert TOKEN not in said + str(refused.value)


def test_a_token_that_may_only_read_changes_nothing(world: _World) -> None:
    plan = redirect(world)
    world.fake.tokens = {TOKEN: frozenset({"Zone:Read", "DNS:Read"})}
    with pytest.raises(CredentialsRefused) as refused:
        world.provider.commit(zones.NAME, plan)
    assert "lacks DNS:Edit" in str(refused.value.next)


def test_what_the_environment_says_about_cloudflare_is_harmless(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_EMAIL", "ania@kwiaty.example")
    monkeypatch.setenv("CLOUDFLARE_API_KEY", "144c9defac04969c7bfad8efaa8ea194")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "another")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("CLOUDFLARE_CUSTOM_HEADERS", "Authorization: Bearer x")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert world.provider.read(zones.NAME, zones.NAMES).rrsets
    world.provider.commit(zones.NAME, redirect(world))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A line whose deadline is short, and the pauses that were made."""
    pauses: list[float] = []
    monkeypatch.setattr(sdk, "_DEADLINE", timedelta(milliseconds=600))
    monkeypatch.setattr(sdk.time, "sleep", pauses.append)
    return pauses


@pytest.mark.parametrize("fault", ["status:500", "drop", "lose", "drip", "garbage"])
def test_a_read_is_tried_again_and_the_pauses_vary(
    world: _World, quick: list[float], fault: str
) -> None:
    world.fake.misbehave(fault, fault)
    assert world.provider.read(zones.NAME, zones.NAMES).rrsets
    assert world.fake.hits == [fault, fault]
    assert 0.5 <= quick[0] <= 1 <= quick[1] <= 2


def test_a_read_is_not_tried_for_ever(world: _World, quick: list[float]) -> None:
    world.fake.misbehave(*["status:502"] * 9)
    with pytest.raises(Unavailable):
        world.provider.read(zones.NAME, zones.NAMES)
    assert world.fake.hits == ["status:502"] * 3


def test_a_server_that_says_when_to_come_back_is_believed(
    world: _World, quick: list[float]
) -> None:
    world.fake.misbehave("status:429:7")
    assert world.provider.read(zones.NAME, zones.NAMES).rrsets
    assert quick == [7.0]


def test_five_minutes_are_not_waited_for(world: _World, quick: list[float]) -> None:
    world.fake.misbehave("status:429:300")
    with pytest.raises(Unavailable) as said:
        world.provider.read(zones.NAME, zones.NAMES)
    assert (str(said.value.next), quick) == ("try again in 300 s", [])


@pytest.mark.parametrize(
    ("fault", "error", "written"),
    [
        ("status:429:7", Unavailable, False),
        ("status:400", Rejected, False),
        ("status:500", Unknown, False),
        ("drop", Unknown, False),
        ("lose", Unknown, True),
        ("drip", Unknown, True),
        ("garbage", Unknown, True),
        ("hang", Unknown, False),
    ],
)
def test_a_write_is_sent_once_whatever_becomes_of_it(
    world: _World,
    quick: list[float],
    fault: str,
    error: type[Exception],
    *,
    written: bool,
) -> None:
    plan = redirect(world)
    world.fake.misbehave(*[fault] * 3, only="POST")
    with pytest.raises(error):
        world.provider.commit(zones.NAME, plan)
    assert world.fake.hits == [fault]
    assert quick == []
    live = classify(plan, world.provider.read(zones.NAME, zones.NAMES))
    assert set(live.values()) == {Standing.AFTER if written else Standing.BEFORE}


def test_a_line_that_nobody_takes_means_that_nothing_was_sent(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = redirect(world)
    real = http.ask

    def cut(url: str, *, method: str, **more: Any) -> http.Reply:
        port = free_port() if method == "POST" else world.fake.port
        url = url.replace(f":{world.fake.port}/", f":{port}/")
        return real(url, method=method, **more)

    monkeypatch.setattr(sdk.http, "ask", cut)
    with pytest.raises(Unavailable):
        world.provider.commit(zones.NAME, plan)
    assert world.fake.batches == []


def test_a_redirection_never_carries_the_token_elsewhere(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fake.misbehave("status:307")
    with pytest.raises(Rejected):
        world.provider.read(zones.NAME, zones.NAMES)
    assert len(world.fake.calls) == 1


def test_without_the_package_the_line_that_installs_it_is_said(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudflare", None)
    with pytest.raises(Rejected) as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    assert 'pip install ".[cloudflare]"' in str(refused.value.next)


def test_reading_the_configuration_loads_no_sdk() -> None:
    code = "import sys, fallback.dns.cloudflare; print('cloudflare' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "False\n"


def test_a_secret_that_is_not_there_and_a_wrong_endpoint_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
    table = cloudflare.Settings(SecretRef("env", "CLOUDFLARE_API_TOKEN"), "api.test")
    assert [key for key, _ in table.complaints()] == ["endpoint"]
    with pytest.raises(CredentialsRefused) as refused:
        cloudflare.connect(table, small_config(tmp_path))
    assert "CLOUDFLARE_API_TOKEN" in str(refused.value.next)


# --- the fake is as strict as the documentation


def sent(world: _World, **batch: object) -> object:
    client = sdk.opened(TOKEN, world.fake.endpoint, LOOPBACK)
    return client.dns.records.batch(zone_id=world.fake.zone_id, **batch)


def test_a_batch_goes_deletes_patches_puts_posts(world: _World) -> None:
    first, second = world.fake.at(APEX, "A")
    (www,) = world.fake.at(WWW, "CNAME")
    body = {"name": zones.NAME, "type": "A", "ttl": 60}
    done = sent(
        world,
        posts=[body | {"content": "192.0.2.11"}],  # free once the PUT has moved it
        puts=[
            body | {"id": second["id"], "content": "192.0.2.10"}
        ],  # free once deleted
        patches=[{"id": www["id"], "name": www["name"], "type": "CNAME", "ttl": 120}],
        deletes=[{"id": first["id"]}],
    )
    assert done.deletes[0].content == "192.0.2.10"
    assert done.patches[0].content == "kwiaty.example"
    assert [r["content"] for r in world.fake.at(APEX, "A")] == [
        "192.0.2.10",
        "192.0.2.11",
    ]


@pytest.mark.parametrize(
    ("post", "code"),
    [
        ({"name": "kwiaty.example", "type": "CNAME", "content": "x.test"}, 81053),
        ({"name": "www.kwiaty.example", "type": "A", "content": "192.0.2.1"}, 81054),
        ({"name": "kwiaty.example", "type": "A", "content": "192.0.2.10"}, 81057),
        (
            {
                "name": "kwiaty.example",
                "type": "A",
                "content": "192.0.2.10",
                "ttl": 300,
            },
            81058,
        ),
        ({"name": "a.kwiaty.example", "type": "A", "content": "kwiaty"}, 9005),
        ({"name": "a.elsewhere.test", "type": "A", "content": "192.0.2.1"}, 9000),
    ],
)
def test_one_wrong_post_undoes_the_whole_batch(
    world: _World, post: dict[str, object], code: int
) -> None:
    import cloudflare as sdk

    before = world.fake.everything()
    good = {"name": "b.kwiaty.example", "type": "A", "content": "192.0.2.7", "ttl": 60}
    with pytest.raises(sdk.BadRequestError) as refused:
        sent(world, posts=[good, {"ttl": 60} | post])
    assert [each.code for each in refused.value.errors] == [code]
    assert world.fake.everything() == before


def test_a_put_forgets_what_it_does_not_say(world: _World) -> None:
    adorn(world.fake)
    record = world.fake.at(WWW, "CNAME")[0]
    kept = {name: record[name] for name in ("id", "name", "type", "content")}
    sent(world, puts=[kept | {"ttl": 60}])
    assert world.fake.at(WWW, "CNAME")[0]["comment"] is None


def test_all_addresses_of_a_name_are_proxied_or_none(world: _World) -> None:
    post = {"name": zones.NAME, "type": "A", "content": "192.0.2.12", "ttl": 1}
    sent(world, posts=[post | {"proxied": True}])
    assert all(r["proxied"] and r["ttl"] == 1 for r in world.fake.at(APEX, "AAAA"))
