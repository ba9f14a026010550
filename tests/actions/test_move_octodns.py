"""An operator who writes record by record: each call failed, lost, or the last one.

Behind octoDNS stands a real PowerDNS, which is asked after each write what it holds.
"""

import random
from contextlib import suppress
from types import SimpleNamespace

import pytest
from attrs import field, frozen

from fallback.core.config import Network, SecretRef
from fallback.dns import octodns
from tests import counting
from tests.actions.world import TARGET, world
from tests.dns.strange_octodns import Died
from tests.fakes.dns import grouped
from tests.servers import powerdns, zones
from tests.servers.powerdns import API_KEY

# octodns-powerdns 1.2 still calls what octoDNS 1.22 has renamed
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

TABLE = "A redirect or restore record by record, each call failed, lost or the last one"
COLUMNS = ("hit", "nowhere", "foreign", "finished")
NAMES = APEX, WWW = tuple(f"{name}." for name in zones.NAMES)
FAULTS = ("failed", "lost", "died before", "died after")
WAS = {
    "CNAME": zones.records(zones.parse(zones.TEXT)),
    "A": zones.records(
        zones.parse(zones.TEXT.replace("www 600 CNAME   kwiaty.example.",
                                       "www 600 A       192.0.2.10"))
    ),
}  # fmt: skip
"""The zone before, by what ``www`` is in it; the second is what is recommended."""
MAY_LEAD_NOWHERE = {"CNAME": {WWW}, "A": set()}
"""A CNAME has to go before an address may come, and the other way round."""
CALLS = {
    ("redirect", "CNAME"): 12,
    ("restore", "CNAME"): 11,
    ("redirect", "A"): 11,
    ("restore", "A"): 10,
}
"""How many calls of the operator's interface a move makes."""
POINTS = [
    (verb, www, at, fault)
    for (verb, www), calls in CALLS.items()
    for at in range(1, calls + 1)
    for fault in FAULTS
]
SAMPLE = random.Random(20261129).sample(POINTS, 12)


def points():
    return [
        pytest.param(
            *p, marks=pytest.mark.sampled if p in SAMPLE else pytest.mark.torture
        )
        for p in POINTS
    ]


@frozen
class Operator:
    """The zone, as the engine and the test's name servers see it."""

    server: powerdns.PowerDns
    provider: octodns.Octodns
    bare: set = field(factory=set)

    @property
    def caps(self):
        return self.provider.caps

    def read(self, zone, names):
        return self.provider.read(zone, names)

    def commit(self, zone, plan):
        return self.provider.commit(zone, plan)

    def records(self):
        return self.server.written()

    @property
    def rrsets(self):
        return grouped(self.records())

    def look(self):
        """Remember each name that leads nowhere at this moment."""
        leads = {n for n, rtype in self.rrsets if rtype in ("A", "AAAA", "CNAME")}
        self.bare.update(set(NAMES) - leads)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with powerdns.running(tmp_path_factory.mktemp("powerdns")) as running:
        yield running


@pytest.fixture
def site(server, tmp_path, monkeypatch):
    """Return a site whose zone is at the operator's."""
    (tmp_path / "key").write_text(API_KEY)
    options = {"host": "127.0.0.1", "port": server.http,
               "api_key": SecretRef("file", "key")}  # fmt: skip
    settings = octodns.Settings("tests.dns.strange_octodns.RecordByRecord", options)
    config = SimpleNamespace(root=tmp_path, network=Network())
    operator = Operator(server, octodns.connect(settings, config))
    made = world(tmp_path, monkeypatch)
    made.zones[APEX] = operator
    operator.provider.target.seen = operator.look
    return made


def begun(site, verb, www):
    """Make the zone what it is before *verb*."""
    site.dns.server.hold(WAS[www])
    if verb == "restore":
        assert site.redirect().code == 0
    site.dns.bare.clear()


def moves(site):
    return {"redirect": site.redirect, "restore": site.back}


@pytest.mark.parametrize(("verb", "www"), CALLS)
def test_the_points_are_every_call_of_a_move(site, verb, www):
    begun(site, verb, www)
    site.dns.provider.target.begin()
    assert moves(site)[verb]().code == 0
    assert site.dns.provider.target.calls == CALLS[verb, www]


@pytest.mark.parametrize(("verb", "www", "at", "fault"), points())
def test_each_call_failed_lost_or_the_last_one_is_finished_by_running_again(
    site, count, verb, www, at, fault
):
    server, target = site.dns.server, site.dns.provider.target
    row = {"www was": www, "verb": verb, "fault": fault}
    begun(site, verb, www)
    with counting.point(count, TABLE, row, *COLUMNS) as point:
        target.begin(at, fault)
        with suppress(Died):
            moves(site)[verb]()
        point["hit"] = target.hit
        assert target.hit == 1
        point["foreign"] += zones.foreign(WAS[www], server.written())
        target.begin()
        assert moves(site)[verb]().code == 0
        point["foreign"] += zones.foreign(WAS[www], server.written())
        if verb == "redirect":
            rrsets = site.dns.rrsets
            assert {rrsets[n, "A"].rdatas for n in NAMES} == {tuple(map(str, TARGET))}
            assert site.back().code == 0
        assert server.written() == WAS[www]
        point["finished"] = 1
        point["nowhere"] = len(site.dns.bare - MAY_LEAD_NOWHERE[www])
    assert (point["foreign"], point["nowhere"]) == (0, 0)
