"""`fallback check` in a good laboratory and in bad ones, with real servers."""

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve, frozen

from fallback import hosts, stores
from fallback.actions.build import build
from fallback.actions.check import Besides, CheckResult, check
from fallback.actions.publishing.remains import with_workers
from fallback.actions.site import load
from fallback.actions.status import status
from fallback.cli.output import show_result
from fallback.core.check.settled import QUESTIONS
from fallback.core.config import Config, HostTable
from fallback.core.errors import Unavailable
from fallback.core.result import silent
from fallback.core.text import T
from fallback.demo.site import settings
from fallback.demo.world import PAGE_AT, World, world
from fallback.hosts import folder
from fallback.page.hosting import PASS_THROUGH
from fallback.probes import resolver
from fallback.stores import origin
from fallback.wire import durable
from fallback.wire.web.listen import Answer, Request
from tests.fakes.site import small_site
from tests.probes.test_tls import Authority
from tests.servers.visited import Visited, at, visited

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@frozen
class Lab:
    """The small world, and a site folder in it."""

    world: World

    def site(self, change: Callable[[str], str] = str) -> Config:
        """Write the settings, as *change* makes them, and read them."""
        text = settings(
            url=self.world.url,
            status_url=self.world.status.url.rstrip("/"),
            page=PAGE_AT,
            name_server=str(self.world.name_server),
            canaries=(str(self.world.name_server),),
        )
        (self.world.folder / "fallback.toml").write_text(change(text), "utf-8")
        return load(self.world.folder)

    def publish(self, config: Config) -> None:
        for table in config.hosts:
            hosts.connect(table, config).publish(small_site())

    def edit(self, before: str, after: str) -> None:
        text = self.world.zone_file.read_text("utf-8")
        assert before in text
        self.world.zone_file.write_text(text.replace(before, after), "utf-8")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with world(tmp_path) as here:
        yield Lab(here)


def _ids(result: CheckResult) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"critical": set(), "warning": set(), "info": set()}
    for finding in result.as_json()["findings"]:
        found[finding["severity"]].add(finding["id"])
    return found


_ASKED = set(QUESTIONS) - {"ask-spare-registrar"}
"""What a person is asked who has no spare address."""


def _check(config: Config, *, strict: bool = False) -> CheckResult:
    return check(config, now=NOW, say=silent, strict=strict)


def _written(config: Config) -> CheckResult:
    return check(config, now=NOW, say=silent, besides=Besides(write=True))


def test_a_shop_that_is_prepared_is_ready(lab: Lab) -> None:
    config = lab.site()
    lab.publish(config)
    result = _check(config)
    assert _ids(result) == {
        "critical": set(),
        # one name server, and nobody here knows the mailbox's own domain
        # and its names would move by themselves, which nobody has rehearsed
        "warning": {"ns-one-network", "unanswered", "write-unproven", "drill-never"},
        # this small site has no _headers, so its feeds are closed to other origins
        "info": {
            "removed-while-redirected",
            "host-not-seen",
            "served-headers",
            "wildcard",
            *_ASKED,
            "spare-none",
        },
    }
    assert result.code == 0
    assert _check(config, strict=True).code == 4
    host, unseen = result.as_json()["hosts"]
    assert (host["host"], unseen["host"]) == ("folder", "folder-2")
    assert unseen["url"] == ""
    assert set(unseen["measured"].values()) == {None}, "nobody can look at it"
    assert (host["measured"]["front"], host["measured"]["post"]) == (200, 405)
    assert host["caps"]["post"] is None


def test_a_spare_address_is_looked_at_and_stands_on_the_ladder(lab: Lab) -> None:
    spare = lab.world.status.url.rstrip("/")
    config = lab.site(lambda text: text.replace("[shop]", f'[shop]\nspare = "{spare}"'))
    before = _ids(_check(config))
    lab.publish(config)
    result = _check(config)
    assert "spare-not-page" in before["critical"]
    assert {
        each for ids in _ids(result).values() for each in ids if "spare" in each
    } == {
        "spare-certificate"  # it is http://
    }
    assert result.as_json()["ladder"][-1]["use"] == "now"


def _seen_at(lab: Lab, host: Visited) -> CheckResult:
    """Check the site whose first host is seen at *host*, after a publish."""
    before = lab.world.status.url.rstrip("/")
    config = lab.site(lambda text: text.replace(before, host.url))
    lab.publish(config)
    return _check(config)


BAD_HOSTS: dict[str, tuple[Callable[[Request, Answer], Answer | None], str, str]] = {
    "a POST taken": (at("/", "POST", status=200), "critical", "post-accepted"),
    "a payment message taken": (
        at(lambda target: target.startswith("/wc-api/"), "POST", status=202),
        "critical",
        "post-accepted",
    ),
    "a deep link with 200": (
        at(lambda target: target.count("/") == 2, status=200),
        "warning",
        "deep-200",
    ),
    "503 without Retry-After": (
        at(lambda target: target.count("/") == 2, status=503),
        "info",
        "retry-after-missing",
    ),
    "a feed that somebody rewrote": (
        at("/_fallback/feed.json", body=b"{}"),
        "critical",
        "served-wrong",
    ),
}


@pytest.mark.parametrize("case", BAD_HOSTS)
def test_a_status_address_that_answers_badly_is_found_out(lab: Lab, case: str) -> None:
    bend, severity, expected = BAD_HOSTS[case]
    with visited(lab.world.folder / "host-one", bend=bend) as host:
        result = _seen_at(lab, host)
    assert host.targets("POST"), "it was asked"
    assert expected in _ids(result)[severity], _ids(result)
    about = [f for f in result.findings if f.id == expected]
    assert all(str(f.remedy) for f in about)


@pytest.mark.parametrize(
    ("days", "severity", "expected"),
    [
        ((-9, -1), "critical", "certificate-ended"),
        ((-1, 10), "warning", "certificate-soon"),
        ((-1, 20), "warning", None),
    ],
)
def test_a_certificate_of_a_status_address_is_looked_at_ahead_of_time(
    lab: Lab,
    tmp_path_factory: pytest.TempPathFactory,
    days: tuple[int, int],
    severity: str,
    expected: str | None,
) -> None:
    authority = Authority(tmp_path_factory.mktemp("tls"))
    authority.serving(authority.leaf("localhost", days=days))
    with visited(lab.world.folder / "host-one", authority.context) as host:
        result = check(
            _with_host(lab, host.url, authority), now=datetime.now(UTC), say=silent
        )
    found = {f.id for f in result.findings if f.id.startswith("certificate")}
    assert found == ({expected} if expected else set())
    assert not expected or expected in _ids(result)[severity]


def _with_host(lab: Lab, url: str, authority: Authority) -> Config:
    config = lab.site(lambda text: text.replace(lab.world.status.url.rstrip("/"), url))
    lab.publish(config)
    # the lab's own name server knows no localhost
    network = evolve(config.network, ca_file=authority.root, resolvers=())
    return evolve(config, network=network)


def test_words_that_were_built_here_and_not_published_are_found_out(lab: Lab) -> None:
    config = lab.site()
    lab.publish(config)
    assert not {"served-older", "served-newer"} & _all(_check(config))
    newer = small_site("newer", sequence=5000)
    for file in newer.files:
        path = lab.world.folder / "public" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)
    assert "served-older" in _ids(_check(config))["warning"]
    for table in config.hosts:
        hosts.connect(table, config).publish(small_site("newest", sequence=9000))
    assert "served-newer" in _ids(_check(config))["info"]


def test_a_newsletter_s_link_tells_each_host_that_is_not_redirected(lab: Lab) -> None:
    """And a host that both links go through is told once."""
    config = lab.site()
    links = (f"{lab.world.url}/promo", f"http://127.0.0.2:{lab.world.shop.port}/")
    result = check(config, now=NOW, say=silent, besides=Besides((*links, links[1])))
    told = [f.subject for f in result.findings if f.id == "link-not-redirected"]
    assert told == ["127.0.0.2"], "the shop's own name is redirected"
    assert "link-broken" not in _all(result)


def test_a_status_address_that_is_somebody_else_s_is_found_out(lab: Lab) -> None:
    """It shows a page of ours, whole and right, and not the one that the host holds."""
    config = lab.site()
    lab.publish(config)
    assert "host-not-ours" not in _all(_check(config))
    other = lab.world.folder / "a-stranger-s-copy"
    table = HostTable("folder", "copy", folder.Settings(other))
    hosts.connect(table, config).publish(small_site("older", sequence=500))
    with visited(other) as stranger:
        before = lab.world.status.url.rstrip("/")
        config = lab.site(lambda text: text.replace(before, stranger.url))
        assert "host-not-ours" in _ids(_check(config))["warning"]


def _all(result: CheckResult) -> set[str]:
    return {finding.id for finding in result.findings}


def test_what_customers_would_get_under_the_shop_s_names_is_found_out(lab: Lab) -> None:
    """The target answers each name by its address, before DNS leads there."""
    config = lab.site()
    lab.publish(config)
    assert not {"deep-200", "deep-gone", "post-accepted"} & _all(_check(config))
    taken = at("/", "POST", status=200)
    folder = lab.world.folder / "host-one"
    with visited(folder, bend=taken) as host:
        config = evolve(
            config,
            shop=evolve(config.shop, url=f"http://kwiaty.example:{host.port}"),
            dns=(evolve(config.dns[0], target=(ip_address("127.0.0.1"),)),),
        )
        result = _check(config)
    found = [f.subject for f in result.findings if f.id == "post-accepted"]
    assert found == ["kwiaty.example", "www.kwiaty.example"]
    assert host.targets("POST")
    gone = [f.subject for f in result.findings if f.id == "deep-gone"]
    assert gone == ["kwiaty.example", "www.kwiaty.example"]


def test_the_workers_of_the_living_shop_are_remembered_and_used(lab: Lab) -> None:
    """A build uses them though nobody wrote them down; the line to write is shown."""
    config = lab.site()
    lab.world.shop.script = "navigator.serviceWorker.register('/pwa/sw.js')"

    seen = _check(config)
    told = next(f for f in seen.findings if f.id == "workers-not-written")
    lab.world.shop.script = "navigator.serviceWorker.register('/new.js')"
    _check(config)
    lab.world.shop.kill()
    dead = _check(config)

    assert str(told.remedy).endswith('workers = ["/pwa/sw.js"]')
    assert "workers-not-written" not in {f.id for f in dead.findings}
    (config.root / "content").mkdir(exist_ok=True)
    (config.root / "content" / "outage.en.md").write_text("A disk.")
    site = build(config, out=None).site
    placed = {file.path for file in site if file.body == PASS_THROUGH}
    assert placed == {"pwa/sw.js", "new.js"}


def test_the_owner_s_word_about_workers_counts(lab: Lab) -> None:
    """And what it leaves out is a warning."""
    config = lab.site(lambda text: text.replace("[shop]", "[shop]\nworkers = []"))
    lab.world.shop.script = "navigator.serviceWorker.register('/pwa/sw.js')"

    result = _check(config)

    assert "workers-not-written" in _ids(result)["warning"]
    assert with_workers(config).shop.workers == ()


def test_the_living_shop_is_remembered_and_a_dead_one_forgets_nothing(
    lab: Lab,
) -> None:
    config = lab.site()
    _check(config)
    store = stores.connect(config.state, config)
    first = origin.recall(store)
    assert first is not None
    assert first.addresses == ("127.0.0.2",)
    lab.world.shop.kill()
    assert "shop-not-seen" in _ids(_check(config))["warning"]
    assert origin.recall(store) == first


BAD: dict[str, tuple[str, str, str]] = {
    "MX at a redirected name": (
        "mail    IN A     127.0.9.9",
        "mail IN CNAME @",
        "mx-follows",
    ),
    "no MX": ("IN MX    10 mail", "", "mx-implicit"),
    "a name server that is a redirected name": (
        "IN NS    ns1",
        "IN NS @",
        "ns-follows",
    ),
    "name servers beside the shop": (
        "IN A     127.0.0.2",
        "IN A 127.0.53.2",
        "ns-with-shop",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_zone_that_is_not_prepared_is_found_out(lab: Lab, case: str) -> None:
    before, after, expected = BAD[case]
    config = lab.site()
    lab.publish(config)
    lab.edit(before, after)
    result = _check(config)
    assert expected in _ids(result)["critical"]
    assert result.code == 4


def test_a_long_ttl_is_a_warning(lab: Lab) -> None:
    config = lab.site()
    lab.edit("$TTL 60", "$TTL 3600")
    assert "ttl-high" in _ids(_check(config))["warning"]


def test_nothing_published_is_found_out(lab: Lab) -> None:
    assert "target-not-page" in _ids(_check(lab.site()))["critical"]


def test_an_earlier_page_is_found_out(lab: Lab) -> None:
    config = lab.site()
    lab.publish(config)
    hosts.connect(config.hosts[1], config).publish(small_site("new", sequence=2000))
    assert "page-differs" in _ids(_check(config))["critical"]


def test_a_host_name_at_the_apex_is_found_out(lab: Lab) -> None:
    config = lab.site(
        lambda text: text.replace('target   = ["127.0.0.3"]', 'target = "d1.example"')
    )
    assert "target-unfit" in _ids(_check(config))["critical"]


def test_a_target_without_tls_is_found_out_for_each_name(lab: Lab) -> None:
    config = lab.site(lambda text: text.replace("http://kwiaty", "https://kwiaty"))
    lab.publish(config)
    found = [f for f in _check(config).findings if f.id == "tls"]
    assert [f.subject for f in found] == ["kwiaty.example", "www.kwiaty.example"]
    assert all("does not speak TLS" in str(f.seen) for f in found)


def test_a_zone_that_cannot_be_read_is_said_in_the_provider_s_own_words(
    lab: Lab,
) -> None:
    config = lab.site(lambda text: text.replace("kwiaty.example.zone", "gone.zone"))
    found = [f for f in _check(config).findings if f.id == "provider"]
    assert len(found) == 1
    assert "gone.zone" in str(found[0].seen)


def test_the_emergency_address_must_not_die_with_the_shop(lab: Lab) -> None:
    config = lab.site(
        lambda text: text.replace("awaria@elsewhere.example", "pomoc@kwiaty.example")
    )
    assert "email-same-domain" in _ids(_check(config))["critical"]


def test_a_server_that_never_answers_costs_the_deadline_and_is_named(
    lab: Lab,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent_server:
        silent_server.bind(("127.0.53.54", 0))
        address = f"127.0.53.54:{silent_server.getsockname()[1]}"
        config = lab.site(
            lambda text: text.replace(str(lab.world.name_server), address)
        )
        result = check(config, now=NOW, say=silent, deadline=timedelta(seconds=1.5))
    asked = [str(f.seen) for f in result.findings if f.id == "unanswered"]
    assert "no answer in time: what the name servers of kwiaty.example say" in asked
    assert result.code == 4


def _nobody() -> str:
    """Return a resolver's address and port at which nothing listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed_again:
        closed_again.bind(("127.0.53.55", 0))
        return f"127.0.53.55:{closed_again.getsockname()[1]}"


def test_a_machine_that_is_offline_blames_itself_and_not_the_domain(lab: Lab) -> None:
    status = lab.world.status.url.rstrip("/")
    config = lab.site(lambda text: text.replace(status, "http://status.example"))
    network = evolve(config.network, resolvers=(_nobody(),))
    result = _check(evolve(config, network=network))
    assert _ids(result) == {
        "critical": {"offline"},
        "warning": {"drill-never"},
        "info": _ASKED,
    }
    assert [str(line) for line in result.told()][-1].endswith("looked at from here")


def test_what_a_proof_left_is_told_by_a_machine_that_is_offline_too(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> None:
        raise Unavailable("it is stuck", next="delete it")

    config = lab.site()
    lab.publish(config)
    monkeypatch.setattr(folder.FolderHost, "lift", stuck)
    status = lab.world.status.url.rstrip("/")
    config = lab.site(lambda text: text.replace(status, "http://status.example"))
    network = evolve(config.network, resolvers=(_nobody(),))
    result = _written(evolve(config, network=network))
    left = [found for found in result.findings if found.id == "proof-left"]
    assert {"offline", "proof-left"} <= _all(result)
    assert "it is stuck" in str(left[0].seen)


def test_who_moves_names_meanwhile_keeps_no_host_from_being_proven(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("no room for a file", next="make some")

    monkeypatch.setattr(folder.FolderHost, "lay", refuse)
    config = lab.site()
    lab.publish(config)
    lock = lab.world.folder / ".fallback" / "lock"
    lock.parent.mkdir(exist_ok=True)
    with durable.lock(lock):
        result = _written(config)
    said = {found.id: str(found.seen) for found in result.findings}
    assert "at work" in said["write-untried"]
    hosts_tried = [f.subject for f in result.findings if "no room" in str(f.seen)]
    assert hosts_tried == [table.label for table in config.hosts]


def test_what_nobody_answered_is_not_taken_for_good(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolver knows the root, and gives no answer about anything of the shop's."""
    monkeypatch.setattr(resolver, "online", lambda _: True)
    config = lab.site()
    network = evolve(config.network, resolvers=(_nobody(),))
    result = _check(evolve(config, network=network))
    asked = {str(f.seen) for f in result.findings if f.id == "unanswered"}
    for question in (
        "where the shop is",
        "what the name servers of kwiaty.example say",
        "what the zone above kwiaty.example says of it",
        "whether the servers of kwiaty.example and the zone above agree",
        "how the emergency mailbox answers",
    ):
        assert f"no answer in time: {question}" in asked
    assert not {"offline", "no-name-servers"} & _all(result)


def test_a_file_in_the_place_of_the_state_costs_no_finding_and_is_one(
    lab: Lab,
) -> None:
    config = lab.site()
    lab.publish(config)
    before = _all(_check(config))
    state = lab.world.folder / ".fallback"
    shutil.rmtree(state)
    state.write_text("")
    result = _check(config)
    assert "state-away" in _ids(result)["critical"]
    assert before - _all(result) <= {"drill-never"}, "of a drill nothing is known"
    with pytest.raises(Unavailable) as raised:
        status(config, now=NOW)
    assert "[state]" in str(raised.value.next)


def test_what_cannot_be_written_down_costs_no_finding(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Unavailable(T("the disk is full"))

    config = lab.site()
    lab.publish(config)
    before = _all(_check(config))
    monkeypatch.setattr(origin, "remember", full)
    assert _all(_check(config)) - before == {"state-away"}


def test_people_read_groups_with_a_remedy_for_each_finding(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    result = _check(lab.site())
    show_result("check", result, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["critical: on the day it would not work", "  folder"]
    assert lines[-1].startswith("kwiaty.example is not ready; first: ")
    for start in ("    - ", "      why: ", "      do:  "):
        told = [line for line in lines if line.startswith(start)]
        assert len(told) == len(result.findings)
    assert max(map(len, lines)) <= 80
