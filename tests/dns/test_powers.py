"""What a stolen credential could do beyond moving names: found out, nothing changed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from fallback.core.check.credential import Powers
from fallback.core.check.least_privilege import route53_policy
from fallback.core.config import Network, SecretRef
from fallback.dns import cloudflare, rfc2136
from tests.dns.test_route53 import KEY, SECRET, ZONE_ID, account, fresh  # noqa: F401
from tests.dns.test_route53 import provider as route53
from tests.fakes.cloudflare_dns import TOKEN, Fake
from tests.fakes.cloudflare_dns import cloudflare as running
from tests.fakes.route53 import FakeRoute53, User
from tests.fakes.route53_rules import Wrong
from tests.servers import bind, knot, powerdns, zones
from tests.servers.updated import SECRETS, Updated

SERVERS = {"BIND": bind.running, "Knot": knot.running, "PowerDNS": powerdns.running}


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Updated]]:
    folder = tmp_path_factory.mktemp("powers")
    start: Any = SERVERS[request.param]
    running_one: AbstractContextManager[Updated] = start(folder)
    with running_one as made:
        yield request.param, made


EXPECTED = {
    ("BIND", "fallback"): 0,
    ("BIND", "narrow"): 0,
    ("BIND", "person"): 3,
    # Knot's rule cannot give each name its types, and its answers to a key that may do
    # everything tell nothing
    ("Knot", "fallback"): 1,
    ("Knot", "narrow"): 0,
    ("Knot", "person"): 0,
    # PowerDNS knows no rights but for whole zones
    ("PowerDNS", "fallback"): 3,
    ("PowerDNS", "narrow"): 0,
    ("PowerDNS", "person"): 3,
}


@pytest.mark.parametrize("key", SECRETS)
def test_a_tsig_key_is_known_by_what_is_refused(
    server: tuple[str, Updated], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, running_one = server
    monkeypatch.setenv("KEY", SECRETS[key])
    settings = rfc2136.Settings(running_one.server, key, SecretRef("env", "KEY"))
    asked = rfc2136.Rfc2136(settings, SECRETS[key], Network(allow_private=True))
    before = running_one.records()
    seen = asked.tempt(zones.NAME, zones.NAMES)
    assert len(seen.beyond) == EXPECTED[name, key]
    assert running_one.records() == before


def _cloudflare(fake: Fake) -> Powers:
    settings = cloudflare.Settings(SecretRef("env", "T"), fake.endpoint)
    asked = cloudflare.Cloudflare(settings, TOKEN, Network(allow_private=True))
    return asked.powers(zones.NAME, zones.NAMES)


def test_a_token_at_cloudflare_tells_its_end_and_its_zones() -> None:
    with running() as fake:
        assert _cloudflare(fake) == Powers()
        fake.expires = "2026-12-01T00:00:00Z"
        fake.others = ("other.example", "third.example")
        seen = _cloudflare(fake)
        assert f"{seen.ends:%F}" == "2026-12-01"
        (beyond,) = seen.beyond
        assert "other.example, third.example" in str(beyond)
        fake.account_owned = True
        assert _cloudflare(fake).ends is None


def test_the_narrowest_policy_at_route53_can_do_no_more(
    account: FakeRoute53,  # noqa: F811
) -> None:
    before = set(account.zone.sets)
    whole = route53(account, ZONE_ID).tempt(zones.NAME, zones.NAMES)
    policy = route53_policy(zones.NAME, zones.NAMES, ZONE_ID)
    account.users = {KEY: User(SECRET, policy)}
    narrow = route53(account, ZONE_ID).tempt(zones.NAME, zones.NAMES)
    assert (len(whole.beyond), narrow.beyond) == (2, ())
    assert set(account.zone.sets) == before


def test_a_batch_that_route53_refuses_for_another_reason_tells_nothing(
    account: FakeRoute53,  # noqa: F811
) -> None:
    """Only that the record was not found says that the key might have removed it."""

    def refuse() -> None:
        raise Wrong("InvalidInput", "The input is not valid")

    account.before_write = refuse
    assert route53(account, ZONE_ID).tempt(zones.NAME, zones.NAMES) == Powers()
    assert "ChangeResourceRecordSets" in account.calls
