"""Route 53 by boto3 over HTTP, at a strict fake: there is no real one to be had."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import pytest
from attrs import evolve, frozen

from fallback.core.check.least_privilege import route53_drill, route53_policy
from fallback.core.config import Network, SecretRef
from fallback.core.errors import (
    Conflict,
    CredentialsRefused,
    FallbackError,
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
    marker_key,
    plan_redirect,
)
from fallback.dns import route53
from fallback.wire import deadline
from fallback.wire.aws import route53_api
from fallback.wire.aws.clients import Aws
from tests.contracts.dns import APEX, MINUTE, SHOP, TARGET, WWW, DnsContract, a
from tests.fakes.route53 import (
    KEY,
    SECRET,
    ZONE_ID,
    FakeRoute53,
    HostedZone,
    User,
    alias,
    plain,
    put,
    serving,
)
from tests.fakes.route53_http import Fault
from tests.servers import zones

CLOUDFRONT = "Z2FDTNDATAQYW2"
LOAD_BALANCER = "Z215JYRZR1TBD5"
ELB = "dualstack.shop-1.eu-central-1.elb.amazonaws.com."
SOON = timedelta(seconds=2)


@pytest.fixture(scope="module")
def fresh() -> Iterator[Callable[[], FakeRoute53]]:
    with serving() as account:
        yield account


@pytest.fixture
def account(fresh: Callable[[], FakeRoute53]) -> FakeRoute53:
    return fresh()


@cache
def aws(endpoint: str) -> Aws:
    """Return boto3's clients as the program makes them, once: that takes a second."""
    settings = route53.Settings(
        endpoint=endpoint,
        access_key=SecretRef("env", "R53_KEY"),
        secret_key=SecretRef("env", "R53_SECRET"),
    )
    config = SimpleNamespace(root=None, network=Network())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("R53_KEY", KEY)
        patch.setenv("R53_SECRET", SECRET)
        return route53.connect(settings, config).aws  # type: ignore[arg-type]


def provider(account: FakeRoute53, zone_id: str = "") -> route53.Route53:
    return route53.Route53(aws(account.endpoint), zone_id)


@frozen
class _World:
    account: FakeRoute53
    provider: route53.Route53

    def records(self) -> frozenset[zones.Record]:
        return self.account.records()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.account.edit(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit == Commit()


@pytest.fixture
def world(account: FakeRoute53) -> _World:
    return _World(account, provider(account))


def redirected(world: _World, target: object = TARGET) -> Plan:
    """Return the plan that moves both names to *target*."""
    return plan_redirect(
        world.provider.read(zones.NAME, zones.NAMES),
        zones.NAMES,
        target,  # type: ignore[arg-type]
        MINUTE,
        epoch=1,
        caps=world.provider.caps,
    )


class TestRoute53(DnsContract):
    """The whole exam."""


class TestPageByPage(DnsContract):
    """The whole exam, when every list comes in pages of one."""

    @pytest.fixture
    def world(self, account: FakeRoute53) -> _World:
        account.page = 1
        account.hosted["Z00"] = HostedZone("Z00", zones.NAME + ".", private=True)
        return _World(account, provider(account))


class TestNarrowestKey(DnsContract):
    """The whole exam, with the policy that we tell people to give."""

    # of that name, our key may not even be refused
    test_a_cname_beside_other_records_is_refused = None  # type: ignore[assignment]

    @pytest.fixture
    def world(self, account: FakeRoute53) -> _World:
        names = (*zones.NAMES, SHOP)
        policy = route53_policy(zones.NAME, names, ZONE_ID)
        policy["Statement"].append(route53_drill(zones.NAME, ZONE_ID))
        account.users = {KEY: User(SECRET, policy)}
        return _World(account, provider(account, ZONE_ID))

    @pytest.mark.parametrize("name", [APEX, "mail.kwiaty.example."])
    def test_it_reaches_no_mail(self, world: _World, name: str) -> None:
        """Past the planner, which can speak of no MX: with the bare client."""
        client = world.provider.aws.client("route53")
        rtype, ttl = ("MX", 3600) if name == APEX else ("A", 3600)
        held = world.account.zone.sets[name, rtype, ""]["ResourceRecords"]
        made = {"Name": name, "Type": rtype, "TTL": ttl}
        made["ResourceRecords"] = [{"Value": value} for value in held]
        before = world.records()
        with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
            client.change_resource_record_sets(
                HostedZoneId=ZONE_ID,
                ChangeBatch={
                    "Changes": [{"Action": "DELETE", "ResourceRecordSet": made}]
                },
            )
        assert world.records() == before


# --- the listing


def test_the_listing_tells_the_name_servers_of_the_zone(
    world: _World,
) -> None:
    listed = world.provider.listing(zones.NAME)
    assert listed.servers == ("ns-2048.awsdns-64.com.",)


# --- the batch


def test_everything_goes_in_one_batch_removals_first(world: _World) -> None:
    world.provider.commit(zones.NAME, redirected(world))
    (batch,) = world.account.batches
    actions = [action for action, _ in batch]
    assert actions == sorted(actions, reverse=True)
    assert set(actions) == {"DELETE", "CREATE"}
    assert world.account.calls.count("ChangeResourceRecordSets") == 1


def _taken(fake: FakeRoute53) -> None:
    put(fake.zone, plain(marker_key(zones.NAME)[0], "TXT", 60, '"v=other"'))


def _new_value(fake: FakeRoute53) -> None:
    put(fake.zone, plain(APEX, "A", 300, "203.0.113.5"))


def _new_ttl(fake: FakeRoute53) -> None:
    put(fake.zone, plain(APEX, "A", 301, "192.0.2.10", "192.0.2.11"))


def _gone(fake: FakeRoute53) -> None:
    del fake.zone.sets[WWW, "CNAME", ""]


def _now_an_alias(fake: FakeRoute53) -> None:
    put(fake.zone, alias(APEX, "A", LOAD_BALANCER, ELB))


@pytest.mark.parametrize("as_documented", [False, True])
@pytest.mark.parametrize("edit", [_taken, _new_value, _new_ttl, _gone, _now_an_alias])
def test_an_edit_in_the_last_moment_is_found_by_amazon_itself(
    world: _World, edit: Callable[[FakeRoute53], None], *, as_documented: bool
) -> None:
    plan = redirected(world)
    world.account.as_documented = as_documented
    world.account.before_write = lambda: edit(world.account)
    with pytest.raises(Conflict):
        world.provider.commit(zones.NAME, plan)
    assert len(world.account.batches) == 1
    assert not {r for r in world.records() if r[3] == "198.51.100.7"}


def test_what_amazon_can_never_do_is_said_in_its_words(world: _World) -> None:
    change = Change("_dmarc.kwiaty.example.", "CNAME", None, a("page.elsewhere.test."))
    with pytest.raises(Rejected) as refused:
        world.provider.commit(zones.NAME, Plan(zones.NAME + ".", 1, (change,)))
    assert "conflicts with other records" in str(refused.value)


# --- aliases


ALIASES = {
    "www to the apex": [
        alias(WWW, "A", ZONE_ID, APEX, health=True),
        alias(WWW, "AAAA", ZONE_ID, APEX, health=True),
    ],
    "a load balancer": [alias(APEX, "A", LOAD_BALANCER, ELB, health=True)],
    "CloudFront": [
        alias(APEX, "A", CLOUDFRONT, "d1.cloudfront.net."),
        alias(APEX, "AAAA", CLOUDFRONT, "d1.cloudfront.net."),
        alias(APEX, "HTTPS", CLOUDFRONT, "d1.cloudfront.net."),
    ],
    "only one family": [alias(APEX, "AAAA", CLOUDFRONT, "d1.cloudfront.net.")],
    "spelled otherwise": [
        alias(APEX, "A", CLOUDFRONT, "D1.cloudfront.net"),
        alias(APEX, "AAAA", CLOUDFRONT, "d1.cloudfront.net."),
    ],
    "two targets": [
        alias(APEX, "A", LOAD_BALANCER, ELB),
        alias(APEX, "AAAA", CLOUDFRONT, "d1.cloudfront.net."),
    ],
    "just as we would": [
        alias(APEX, "A", CLOUDFRONT, "d1.cloudfront.net."),
        alias(APEX, "AAAA", CLOUDFRONT, "d1.cloudfront.net."),
    ],
}


@pytest.mark.parametrize("target", [TARGET, "d2.cloudfront.net"])
@pytest.mark.parametrize("kind", ALIASES)
def test_the_shops_own_aliases_come_back_to_the_letter(
    world: _World, kind: str, target: object
) -> None:
    for made in ALIASES[kind]:
        if made["Name"] == WWW:
            world.account.zone.sets.pop((WWW, "CNAME", ""), None)
        put(world.account.zone, made)
    before, sets = world.records(), dict(world.account.zone.sets)
    there = redirected(world, target)
    assert (ALIASES[kind][0]["Name"], "ALIAS") in there.keys
    world.provider.commit(zones.NAME, there)
    assert world.records() != before
    live = world.provider.read(zones.NAME, zones.NAMES)
    assert set(classify(there, live).values()) == {Standing.AFTER}
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert world.records() == before
    assert world.account.zone.sets == sets


def test_cloudfront_at_the_apex_is_an_alias_for_both_families(world: _World) -> None:
    world.provider.commit(zones.NAME, redirected(world, "d1.cloudfront.net"))
    target = f"{CLOUDFRONT} d1.cloudfront.net. false"
    assert {r for r in world.records() if r[1].startswith("ALIAS")} == {
        (APEX, "ALIAS A", 0, target),
        (APEX, "ALIAS AAAA", 0, target),
    }
    assert (WWW, "CNAME", 60, "d1.cloudfront.net.") in world.records()


def test_a_bucket_website_is_an_alias_when_it_is_called_like_the_name(
    world: _World,
) -> None:
    before = world.records()
    there = redirected(world, f"{zones.NAME}.s3-website.eu-central-1.amazonaws.com")
    world.provider.commit(zones.NAME, there)
    (made,) = [r for r in world.records() if r[1].startswith("ALIAS")]
    website = "Z21DNDUVLTQW6Q s3-website.eu-central-1.amazonaws.com. false"
    assert made == (APEX, "ALIAS A", 0, website)
    live = world.provider.read(zones.NAME, zones.NAMES)
    assert set(classify(there, live).values()) == {Standing.AFTER}
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert world.records() == before


@pytest.mark.parametrize(
    "target",
    ["page.elsewhere.test", "other.s3-website.eu-central-1.amazonaws.com", ELB],
)
def test_an_alias_to_anywhere_else_is_refused_with_the_remedy(
    world: _World, target: str
) -> None:
    with pytest.raises(Refused) as refused:
        redirected(world, target)
    assert "*.cloudfront.net" in str(refused.value)
    assert "fixed addresses" in str(refused.value.next)


def test_an_alias_that_no_plan_of_ours_makes_is_not_sent(world: _World) -> None:
    change = Change(SHOP, "ALIAS", None, a("page.elsewhere.test."))
    with pytest.raises(Rejected, match="hosted zone is not known"):
        world.provider.commit(zones.NAME, Plan(zones.NAME + ".", 1, (change,)))
    assert world.account.batches == []


# --- spelling and order


def test_data_that_somebody_spelled_otherwise_comes_back_as_it_was(
    world: _World,
) -> None:
    put(world.account.zone, plain(WWW, "CNAME", 600, "Kwiaty.example"))
    long = "2001:0DB8:0000:0000:0000:0000:0000:0010"
    put(world.account.zone, plain(APEX, "AAAA", 300, long))
    before = world.records()
    there = redirected(world)
    seen = world.provider.read(zones.NAME, zones.NAMES)
    www = seen.rrsets[WWW, "CNAME"]
    assert www.rdatas == ("kwiaty.example.",)
    assert www.plain
    world.provider.commit(zones.NAME, there)
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert world.records() == before


def test_the_order_of_the_records_says_nothing(world: _World) -> None:
    seen = world.provider.read(zones.NAME, zones.NAMES)
    plan = redirected(world)
    world.account.zone.sets[APEX, "A", ""]["ResourceRecords"].reverse()
    assert world.provider.read(zones.NAME, zones.NAMES) == seen
    assert world.provider.commit(zones.NAME, plan) == Commit()


# --- what we must not edit


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"Weight": 10}, "weighted"),
        ({"Region": "eu-central-1"}, "latency"),
        ({"Failover": "PRIMARY", "HealthCheckId": "abc"}, "failover"),
        ({"GeoLocation": {"CountryCode": "PL"}}, "geolocation"),
        ({"MultiValueAnswer": "true"}, "multivalue"),
        ({"TrafficPolicyInstanceId": "abc"}, "traffic policy"),
    ],
)
def test_a_name_with_a_policy_is_refused_with_its_reason(
    world: _World, more: dict[str, object], why: str
) -> None:
    del world.account.zone.sets[APEX, "A", ""]
    put(
        world.account.zone,
        plain(APEX, "A", 60, "192.0.2.10", **({"SetIdentifier": "one"} | more)),
    )
    with pytest.raises(Refused) as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    assert why in str(refused.value)
    assert APEX in str(refused.value)
    assert refused.value.next


def test_a_policy_over_what_we_never_touch_is_none_of_our_business(
    world: _World,
) -> None:
    held = world.account.zone.sets.pop((APEX, "MX", ""))
    put(world.account.zone, held | {"SetIdentifier": "one", "Weight": 1})
    before = world.records()
    there = redirected(world)
    world.provider.commit(zones.NAME, there)
    world.provider.commit(zones.NAME, there.reverse(epoch=2))
    assert world.records() == before


def test_a_protected_name_is_refused_before_the_day(world: _World) -> None:
    world.account.zone.protected[APEX, "MX"] = "mail"
    world.provider.read(zones.NAME, zones.NAMES)
    world.account.zone.protected[WWW, "CNAME"] = "do not touch"
    with pytest.raises(Refused, match="protection"):
        world.provider.read(zones.NAME, zones.NAMES)


def test_protections_that_may_not_be_listed_stop_nothing(world: _World) -> None:
    policy = route53_policy(zones.NAME, zones.NAMES)
    policy["Statement"][1]["Action"].remove("route53:ListResourceRecordSetProtections")
    policy["Statement"][1]["Resource"] = "*"
    world.account.users[KEY] = User(SECRET, policy)
    assert world.provider.read(zones.NAME, zones.NAMES).rrsets
    assert "ListResourceRecordSetProtections" in world.account.calls


def test_a_private_zone_of_the_name_is_passed_over(world: _World) -> None:
    world.account.hosted["Z0"] = HostedZone("Z0", zones.NAME + ".", private=True)
    assert world.provider.read(zones.NAME, zones.NAMES).rrsets


def test_two_public_zones_need_a_word_from_the_owner(world: _World) -> None:
    world.account.hosted["Z9"] = HostedZone("Z9", zones.NAME + ".")
    with pytest.raises(Refused, match="Z9") as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    assert "zone_id" in str(refused.value.next)
    named = provider(world.account, ZONE_ID)
    assert named.read(zones.NAME, zones.NAMES).rrsets
    assert world.account.calls.count("ListHostedZonesByName") == 1


def test_each_name_is_asked_for_once_a_read(world: _World) -> None:
    """Amazon answers five requests a second to all of an account together."""
    world.provider.read(zones.NAME, zones.NAMES)
    assert world.account.calls.count("ListResourceRecordSets") == 3  # and the marker


@pytest.mark.parametrize(
    ("zone", "error", "why"),
    [
        (HostedZone("Z9", "other.example."), Rejected, "other.example."),
        (HostedZone("Z9", zones.NAME + ".", private=True), Refused, "private"),
        (
            HostedZone("Z9", zones.NAME + ".", service="cloudmap.amazonaws.com"),
            Refused,
            "cloudmap",
        ),
    ],
)
def test_a_zone_that_is_not_ours_to_edit_is_refused(
    account: FakeRoute53, zone: HostedZone, error: type[FallbackError], why: str
) -> None:
    account.hosted["Z9"] = zone
    with pytest.raises(error, match=why):
        provider(account, "Z9").read(zones.NAME, zones.NAMES)


@pytest.mark.parametrize("zone_id", ["", "Z404"])
def test_a_zone_that_is_not_there_is_said(account: FakeRoute53, zone_id: str) -> None:
    account.hosted.clear()
    with pytest.raises(Rejected):
        provider(account, zone_id).read(zones.NAME, zones.NAMES)


# --- faults


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.BUSY])
def test_a_busy_amazon_has_done_nothing_and_is_not_asked_twice(
    world: _World, fault: Fault
) -> None:
    plan, before = redirected(world), world.records()
    world.account.fail("ChangeResourceRecordSets", fault)
    with pytest.raises(Unavailable):
        world.provider.commit(zones.NAME, plan)
    assert world.account.hit == [fault]
    assert world.account.calls.count("ChangeResourceRecordSets") == 1
    assert world.records() == before


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        (Fault.BROKEN, False),
        (Fault.LOST_BEFORE, False),
        (Fault.BROKEN_AFTER, True),
        (Fault.LOST, True),
        (Fault.DRIP, True),
        (Fault.GARBAGE, True),
    ],
)
def test_a_lost_answer_is_unknown_and_sent_once(
    world: _World, fault: Fault, monkeypatch: pytest.MonkeyPatch, *, carried_out: bool
) -> None:
    plan = redirected(world)
    if fault is Fault.DRIP:
        monkeypatch.setattr(route53_api, "_ANSWER", SOON)
    world.account.fail("ChangeResourceRecordSets", fault)
    with pytest.raises(Unknown):
        world.provider.commit(zones.NAME, plan)
    assert world.account.hit == [fault]
    assert world.account.calls.count("ChangeResourceRecordSets") == 1
    live = world.provider.read(zones.NAME, zones.NAMES)
    side = Standing.AFTER if carried_out else Standing.BEFORE
    assert set(classify(plan, live).values()) == {side}


def test_a_read_is_tried_again(world: _World) -> None:
    world.account.fail("ListResourceRecordSets", Fault.THROTTLED, Fault.LOST_BEFORE)
    assert world.provider.read(zones.NAME, zones.NAMES).rrsets
    assert world.account.hit == [Fault.THROTTLED, Fault.LOST_BEFORE]


@pytest.mark.parametrize(
    "faults", [[Fault.THROTTLED] * 3, [Fault.BROKEN] * 3, [Fault.GARBAGE] * 3]
)
def test_a_read_that_fails_for_good_is_said(world: _World, faults: list[Fault]) -> None:
    world.account.fail("ListResourceRecordSets", *faults)
    with pytest.raises(Unavailable):
        world.provider.read(zones.NAME, zones.NAMES)
    assert faults[0] in world.account.hit


def test_a_read_that_drips_has_an_end(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route53_api, "_ANSWER", SOON)
    world.account.fail("ListResourceRecordSets", Fault.DRIP)
    with pytest.raises(Unavailable):
        world.provider.read(zones.NAME, zones.NAMES)
    assert world.account.hit == [Fault.DRIP]


def test_nothing_is_written_when_no_time_is_left(world: _World) -> None:
    plan = redirected(world)
    with deadline.within(timedelta()), pytest.raises(Unavailable):
        world.provider.commit(zones.NAME, plan)
    assert world.account.batches == []


def test_it_waits_until_every_server_has_the_change(world: _World) -> None:
    world.account.pending = 1
    done = world.provider.commit(zones.NAME, redirected(world))
    assert done == Commit()
    assert done.waited > timedelta()
    assert world.account.calls.count("GetChange") == 2


def test_a_change_that_is_not_everywhere_in_time_is_said(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route53_api, "_EVERYWHERE", timedelta())
    world.account.pending = 1
    done = world.provider.commit(zones.NAME, redirected(world))
    assert "still bringing it" in str(done.late)


def test_a_change_that_cannot_be_asked_about_is_still_done(world: _World) -> None:
    plan = redirected(world)
    world.account.fail("GetChange", *[Fault.BROKEN] * 3)
    done = world.provider.commit(zones.NAME, plan)
    assert "cannot be asked" in str(done.late)
    live = world.provider.read(zones.NAME, zones.NAMES)
    assert set(classify(plan, live).values()) == {Standing.AFTER}


# --- keys


def test_an_unknown_key_is_said_by_the_name_of_its_variable(world: _World) -> None:
    world.account.users.clear()
    with pytest.raises(CredentialsRefused) as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    assert "env:R53_KEY" in str(refused.value.next)
    assert "no change" in str(refused.value.customers_see)


def test_a_wrong_secret_is_said(world: _World) -> None:
    world.account.users = {KEY: User("another")}
    with pytest.raises(CredentialsRefused) as refused:
        world.provider.read(zones.NAME, zones.NAMES)
    assert "secret" in str(refused.value.next)
    assert SECRET not in f"{refused.value} {refused.value.next}"


def test_a_key_without_the_right_is_told_the_narrowest_policy(world: _World) -> None:
    plan, before = redirected(world), world.records()
    policy = route53_policy(zones.NAME, zones.NAMES, ZONE_ID)
    reading = evolve(User(SECRET, policy))
    everywhere = {"Effect": "Allow", "Action": ["route53:ListHostedZonesByName"]}
    reading.policy["Statement"][0] = everywhere | {"Resource": "*"}  # type: ignore[index]
    world.account.users[KEY] = reading
    with pytest.raises(CredentialsRefused) as refused:
        world.provider.commit(zones.NAME, plan)
    said = str(refused.value.next)
    assert "route53:ChangeResourceRecordSets" in said
    assert json.loads(said[said.index("{") :]) == route53_policy(
        zones.NAME, zones.NAMES, ZONE_ID
    )
    assert world.records() == before


def test_no_key_at_all_is_said(
    account: FakeRoute53, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    settings = route53.Settings(endpoint=account.endpoint)
    config = SimpleNamespace(root=None, network=Network())
    anonymous = route53.connect(settings, config)  # type: ignore[arg-type]
    with pytest.raises(CredentialsRefused) as refused:
        anonymous.read(zones.NAME, zones.NAMES)
    assert "AWS_ACCESS_KEY_ID" in str(refused.value.next)
