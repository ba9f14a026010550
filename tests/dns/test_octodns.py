"""An operator's HTTP API behind octoDNS: a real PowerDNS, and strangers' classes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen

from fallback.actions.site import kinds
from fallback.core.config import Network, SecretRef
from fallback.core.errors import (
    ConfigError,
    Conflict,
    CredentialsRefused,
    Refused,
    Rejected,
    Unavailable,
    Unknown,
)
from fallback.core.records import Change, Commit, Plan, RRset, Standing, classify
from fallback.core.settings.toml import parse
from fallback.dns import octodns
from tests.contracts.dns import APEX, DnsContract, a
from tests.servers import powerdns, zones
from tests.servers.powerdns import API_KEY, PowerDns
from tests.servers.updated import free_port

# octodns-powerdns 1.2 still calls what octoDNS 1.22 has renamed
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

_CLASS = "octodns_powerdns.PowerDnsProvider"
_SITE = f"""
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
[contact]
email = "kwiaty@elsewhere.example"
phone = "+48600100200"
[primary]
contains = "Dodaj do koszyka"
[[hosts]]
kind = "folder"
path = "public-copy"
[[dns]]
provider = "octodns"
zone = "kwiaty.example"
names = ["kwiaty.example"]
target = ["198.51.100.7"]
class = "{_CLASS}"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerDns]:
    with powerdns.running(tmp_path_factory.mktemp("powerdns")) as running:
        yield running


def _config(root: Path) -> Any:
    return SimpleNamespace(root=root, network=Network())


def _connected(
    server: PowerDns, root: Path, cls: str = _CLASS, **options: object
) -> octodns.Octodns:
    (root / "key").write_text(API_KEY)
    mine = {
        "host": "127.0.0.1",
        "port": server.http,
        "api_key": SecretRef("file", "key"),
    }
    return octodns.connect(octodns.Settings(cls, mine | options), _config(root))


@frozen
class _World:
    server: PowerDns
    provider: octodns.Octodns

    def records(self) -> frozenset[zones.Record]:
        return self.server.written()

    def edit(self, name: str, rtype: str, rrset: RRset | None) -> None:
        self.server.set(name, rtype, rrset)

    def carry_out(self, commit: Commit) -> None:
        assert commit.by_hand == ()


class TestOctodns(DnsContract):
    lists = False

    @pytest.fixture
    def world(self, server: PowerDns, tmp_path: Path) -> _World:
        server.begin_again()
        return _World(server, _connected(server, tmp_path))

    def test_a_wrong_key_is_said(self, world: _World, tmp_path: Path) -> None:
        stranger = _connected(world.server, tmp_path, api_key="not the key")
        with pytest.raises(CredentialsRefused) as refused:
            stranger.read(zones.NAME, zones.NAMES)
        assert "unauthorized" in str(refused.value)
        assert "not the key" not in str(refused.value)

    def test_a_zone_that_is_not_there_is_not_made(self, world: _World) -> None:
        with pytest.raises(Rejected) as refused:
            world.provider.read("other.example", ["other.example"])
        assert "has no zone other.example." in str(refused.value)

    def test_nobody_at_the_port_is_unavailable(
        self, world: _World, tmp_path: Path
    ) -> None:
        deaf = _connected(world.server, tmp_path, port=free_port())
        with pytest.raises(Unavailable):
            deaf.read(zones.NAME, zones.NAMES)

    def test_an_edit_between_our_look_and_octodns_own_stays(
        self, world: _World, tmp_path: Path
    ) -> None:
        """octoDNS alone would bring the old value back without a word."""
        strange = _strange(world, tmp_path, "Overtaken")
        plan = self.redirect(world)
        before = world.records()
        with pytest.raises(Conflict) as refused:
            strange.commit(zones.NAME, plan)
        assert "A mail.kwiaty.example." in str(refused.value)
        assert world.records() ^ before == {
            ("mail.kwiaty.example.", "A", 300, "192.0.2.26"),
            ("mail.kwiaty.example.", "A", 3600, "192.0.2.25"),
        }

    @pytest.mark.parametrize(
        ("habit", "said"),
        [
            ("Meddling", "A extra.kwiaty.example."),
            ("Reconfiguring", "the zone itself"),
            ("SlowestTtl", "A kwiaty.example."),
            ("Unwilling", "TXT _fallback.kwiaty.example."),
        ],
    )
    def test_a_plan_that_is_not_ours_is_not_carried_out(
        self, world: _World, tmp_path: Path, habit: str, said: str
    ) -> None:
        strange = _strange(world, tmp_path, habit)
        plan = self.redirect(world)
        before = world.records()
        with pytest.raises(Rejected) as refused:
            strange.commit(zones.NAME, plan)
        assert said in str(refused.value)
        assert world.records() == before

    def test_a_class_may_be_told_to_change_nothing(
        self, world: _World, tmp_path: Path
    ) -> None:
        idle = _connected(world.server, tmp_path, apply_disabled=True)
        with pytest.raises(Rejected) as refused:
            idle.commit(zones.NAME, self.redirect(world))
        assert "apply_disabled" in str(refused.value)

    def test_a_lost_answer_is_unknown_and_the_change_is_there(
        self, world: _World, tmp_path: Path
    ) -> None:
        plan = self.redirect(world)
        with pytest.raises(Unknown) as lost:
            _strange(world, tmp_path, "Losing").commit(zones.NAME, plan)
        assert "the line was cut" in str(lost.value)
        assert set(classify(plan, self.read(world)).values()) == {Standing.AFTER}

    def test_a_refusal_half_way_is_unknown(self, world: _World, tmp_path: Path) -> None:
        plan = self.redirect(world)
        with pytest.raises(Unknown):
            _strange(world, tmp_path, "Stopping").commit(zones.NAME, plan)
        stand = set(classify(plan, self.read(world)).values())
        assert stand == {Standing.BEFORE, Standing.AFTER}

    def test_done_is_believed_when_it_is_seen(
        self, world: _World, tmp_path: Path
    ) -> None:
        with pytest.raises(Unknown) as lost:
            _strange(world, tmp_path, "Idle").commit(zones.NAME, self.redirect(world))
        assert "not there" in str(lost.value)

    def test_the_operators_own_refusal_is_told(
        self, world: _World, tmp_path: Path
    ) -> None:
        """A CNAME beside a record that the class cannot see: only PowerDNS knows."""
        change = Change(
            "_dmarc.kwiaty.example.", "CNAME", None, a("page.elsewhere.test.")
        )
        before = world.records()
        with pytest.raises(Rejected) as refused:
            _strange(world, tmp_path, "BlindToText").commit(
                zones.NAME, Plan(zones.NAME + ".", 1, (change,))
            )
        assert "422" in str(refused.value)
        assert world.records() == before

    def test_what_a_class_cannot_see_is_no_capability_and_stays(
        self, world: _World, tmp_path: Path
    ) -> None:
        there = _strange(world, tmp_path, "Blind")
        assert there.caps.types == {"A", "AAAA", "CNAME", "TXT"}
        assert there.caps.apex is None
        before = there.read(zones.NAME, zones.NAMES)
        assert (APEX, "HTTPS") not in before.rrsets
        there.commit(zones.NAME, self.redirect(_World(world.server, there)))
        assert (APEX, "HTTPS") in {(name, rtype) for name, rtype, *_ in world.records()}

    def test_a_class_without_the_zones_own_ns_does_not_touch_them(
        self, world: _World, tmp_path: Path
    ) -> None:
        there = _strange(world, tmp_path, "NoRootNs")
        before = world.records()
        plan = self.redirect(world)
        there.commit(zones.NAME, plan)
        there.commit(zones.NAME, plan.reverse(epoch=2))
        assert world.records() == before

    def test_the_top_of_the_zone_follows_a_host_name_by_alias(
        self, world: _World
    ) -> None:
        before = world.records()
        plan = self.redirect(world, target="page.elsewhere.test")
        self.commit(world, plan)
        assert self.read(world).rrsets[(APEX, "ALIAS")] == a("page.elsewhere.test.")
        self.commit(world, plan.reverse(epoch=2))
        assert world.records() == before

    def test_what_an_operator_adds_to_a_record_comes_back(
        self, world: _World, tmp_path: Path
    ) -> None:
        there = _strange(world, tmp_path, "Annotating")
        plan = self.redirect(_World(world.server, there))
        there.commit(zones.NAME, plan)
        there.commit(zones.NAME, plan.reverse(epoch=2))
        proxied = {"operator": {"proxied": True}}
        seen = [own for *key, own in there.target.written if key == [APEX, "A"]]
        assert seen == [{}, proxied]

    def test_a_name_with_a_routing_policy_is_refused(
        self, world: _World, tmp_path: Path
    ) -> None:
        with pytest.raises(Refused) as refused:
            _strange(world, tmp_path, "Routing").read(zones.NAME, [APEX])
        assert "routing policy" in str(refused.value)


def _strange(world: _World, root: Path, habit: str) -> octodns.Octodns:
    return _connected(world.server, root, f"tests.dns.strange_octodns.{habit}")


@pytest.mark.parametrize(
    ("cls", "options", "said", "remedy"),
    [
        ("octodns_nowhere.Provider", {}, "No module", "pip install octodns-nowhere"),
        ("octodns_powerdns.Nobody", {}, "Nobody", "pip install octodns-powerdns"),
        ("pathlib.Path", {}, "no provider of octoDNS", "as octoDNS's own"),
        (_CLASS, {"host": "x"}, "api_key", "options"),
    ],
)
def test_a_class_that_cannot_be_had_is_said(
    tmp_path: Path, cls: str, options: dict[str, object], said: str, remedy: str
) -> None:
    with pytest.raises(Rejected) as refused:
        octodns.connect(octodns.Settings(cls, options), _config(tmp_path))
    assert said in str(refused.value)
    assert remedy in str(refused.value.next)


def test_a_missing_secret_is_said(tmp_path: Path) -> None:
    options = {"api_key": SecretRef("env", "NOT_SET_ANYWHERE")}
    with pytest.raises(CredentialsRefused):
        octodns.connect(octodns.Settings(_CLASS, options), _config(tmp_path))


def test_the_settings_are_read_from_the_file(tmp_path: Path) -> None:
    text = _SITE + (
        "[dns.options]\n"
        'host = "127.0.0.1"\n'
        "port = 8081\n"
        "ssl_verify = false\n"
        'api_key = "env:POWERDNS_API_KEY"\n'
        'subnets = ["a", "b"]\n'
    )
    (table,) = parse(text, kinds(), tmp_path).dns
    assert table.settings == octodns.Settings(
        _CLASS,
        {
            "host": "127.0.0.1",
            "port": 8081,
            "ssl_verify": False,
            "api_key": SecretRef("env", "POWERDNS_API_KEY"),
            "subnets": ("a", "b"),
        },
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('api_key = "hunter2"', "api_key is a secret"),
        ("when = 2026-01-01", "a text, a number"),
    ],
)
def test_what_cannot_be_an_option_is_a_complaint(
    tmp_path: Path, line: str, said: str
) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(f"{_SITE}[dns.options]\n{line}\n", kinds(), tmp_path)
    assert said in str([str(problem.what) for problem in wrong.value.problems])
    assert "hunter2" not in str([list(p.told()) for p in wrong.value.problems])


def test_a_class_has_a_module(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(_SITE.replace("octodns_powerdns.", ""), kinds(), tmp_path)
    assert "it is no class" in str(wrong.value.problems[0].what)


def test_octodns_is_loaded_only_for_a_site_that_names_it() -> None:
    look = "import sys, fallback.dns.octodns; sys.exit('octodns' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
