"""A drill in the zone of a real BIND: there and back, and nothing else."""

import contextlib
import json
import os
import random
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from fallback.actions.drilling import rehearsing
from fallback.actions.drilling.drilled import rehearsal
from fallback.actions.drilling.visitor import as_a_visitor
from fallback.actions.site import load
from fallback.core.redirect.drill import StepState
from fallback.wire import durable
from fallback.wire.clock import SystemClock
from fallback.wire.web.listen import Answer, Request, listening
from fallback.wire.web.page_server import Folder, respond_from
from tests.actions.site_on_bind import (
    DOMAIN,
    PAGE,
    SHOP,
    SOME,
    Mover,
    Site,
    moving,
    site_at,
)
from tests.probes.test_tls import Authority
from tests.servers import page
from tests.servers.relay import relay
from tests.servers.updated import SECRETS
from tests.servers.visited import visited

BELOW = f".fallback-drill.{DOMAIN}."
WORDS = "title: Down\nstarted: 2026-11-22T10:00+01:00\n\nThe disk broke.\n"


def a_site(folder: Path, provider: str, stack: ExitStack) -> Site:
    made = site_at(folder, provider, stack)
    (made.root / "content").mkdir()
    (made.root / "content/outage.en.md").write_text(WORDS)
    return made


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield a_site(tmp_path, getattr(request, "param", "rfc2136"), stack)


def drill(site: Site, *more: str) -> dict:
    return site.run("drill", "--confirm", DOMAIN, *more)


def states(body: dict) -> dict[str, str]:
    return {step["step"]: step["state"] for step in body["steps"]}


def left(site: Site) -> set:
    """Return what a drill may have left in the zone."""
    return {record for record in site.bind.records() if "fallback" in record[0]}


@pytest.mark.parametrize("site", ["rfc2136", "zonefile"], indirect=True)
def test_a_drill_goes_the_whole_way_and_leaves_the_zone_as_it_was(site: Site) -> None:
    before, text = site.bind.records(), site.bind.file.read_text()
    body = drill(site)
    assert body["code"] == 0
    assert set(states(body).values()) == {"ok"}
    assert list(states(body)) == [
        *("publish", "gates", "redirect", "name-servers"),
        *("visitor", "restore", "compare"),
    ]
    assert site.bind.records() == before
    if "zonefile" in (site.root / "fallback.toml").read_text("utf-8"):
        serial = re.compile(r"\d{10}")  # the one thing that counts on
        assert serial.sub("", site.bind.file.read_text()) == serial.sub("", text)


def test_the_throw_away_name_is_another_one_each_time(site: Site) -> None:
    one, other = (drill(site, "--no-publish")["names"][0] for _ in range(2))
    assert one != other
    assert one.endswith(BELOW.rstrip("."))


def test_the_report_is_kept_under_its_date_for_people_and_for_programs(
    site: Site,
) -> None:
    body = drill(site, "--no-publish")
    lines = Path(body["file"]).read_text()
    assert "take it back" in lines
    kept = json.loads(Path(body["file"]).with_suffix(".json").read_text())
    assert kept["steps"] == body["steps"]
    assert kept["schema"] == 1
    status = site.run("status")["sites"][0]
    assert status["drill"]["at"] == body["at"]


def test_what_was_not_asked_for_is_not_tried_and_not_called_done(site: Site) -> None:
    body = drill(site, "--no-publish")
    assert (body["code"], body["ok"]) == (3, False)
    assert states(body)["publish"] == "not-tried"
    assert body["as_before"]


def test_a_drill_is_refused_while_the_names_are_redirected(site: Site) -> None:
    site.shop.kill()
    assert site.redirect()["code"] == 0
    there = site.bind.records()
    body = drill(site)
    assert body["code"] == 5
    assert site.bind.records() == there


def test_a_drill_is_refused_while_another_machine_has_redirected(site: Site) -> None:
    marker = f'_fallback.{DOMAIN}. 60 TXT "v=fallback1 epoch=7 state=redirected"'
    assert site.bind.nsupdate(f"add {marker}") == ""
    there = site.bind.records()
    assert drill(site, "--no-publish")["code"] == 5
    assert site.bind.records() == there


def test_what_another_machine_left_is_told_and_not_touched(site: Site) -> None:
    marker = f'_fallback{BELOW} 60 TXT "v=fallback1 epoch=7 state=redirected"'
    assert site.bind.nsupdate(f"add {marker}") == ""
    there = site.bind.records()
    body = drill(site, "--no-publish")
    assert states(body)["redirect"] == "failed"
    assert "another machine" in str(body["steps"])
    assert states(body)["compare"] == "not-tried"
    assert not body["as_before"]
    assert "fallback restore" not in str(body["steps"])
    assert "run fallback drill there" in str(body["steps"])
    assert site.bind.records() == there


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what lets an hour pass."""
    known: list[timedelta] = [timedelta()]
    now = SystemClock.now
    monkeypatch.setattr(SystemClock, "now", lambda clock: now(clock) + known[0])
    return lambda: known.append(known.pop() + timedelta(minutes=61))


def beside(site: Site, *records: str) -> None:
    """Put *records* into the zone as somebody else, and have them served."""
    if "zonefile" not in (site.root / "fallback.toml").read_text("utf-8"):
        assert site.bind.nsupdate(*(f"add {record}" for record in records)) == ""
        return
    with site.bind.file.open("a", encoding="utf-8") as file:
        file.writelines(f"{record}\n" for record in records)


MARKER = f'_fallback{BELOW} 60 TXT "v=fallback1 epoch=7 state=redirected"'
LED = f"ab2cd3{BELOW} 60 A {PAGE}"


def clear(site: Site) -> dict:
    return site.run("drill", "--clear", "--confirm", DOMAIN)


@pytest.mark.parametrize("site", ["rfc2136", "zonefile"], indirect=True)
def test_what_a_dead_machine_left_is_cleared_after_an_hour_unchanged(
    site: Site, hour: Callable[[], None]
) -> None:
    before = site.bind.records()
    assert clear(site)["removed"] == []
    beside(site, MARKER, LED)
    told = str(drill(site, "--no-publish")["steps"])  # which is the first look at it
    assert "fallback drill --clear" in told
    early = clear(site)
    assert early["code"] == 5
    assert "a drill may still be at work" in early["error"]["what"]
    hour()
    done = clear(site)
    assert (done["code"], len(done["removed"])) == (0, 2)
    assert site.bind.records() == before
    assert set(states(drill(site)).values()) == {"ok"}


def test_what_changed_within_the_hour_is_a_drill_at_work(
    site: Site, hour: Callable[[], None]
) -> None:
    beside(site, MARKER, LED)
    assert clear(site)["code"] == 5
    hour()
    beside(site, LED.replace("ab2cd3", "xy2xy3"))
    there = site.bind.records()
    assert clear(site)["code"] == 5
    assert site.bind.records() == there


@pytest.mark.parametrize(
    "records",
    [
        (LED,),
        (MARKER.replace("redirected", "primary"), LED),
        (MARKER, LED, f'ab2cd3{BELOW} 60 TXT "mine"'),
        (MARKER, LED, f"office{BELOW} 60 A 192.0.2.9"),
        (MARKER, f"deep.ab2cd3{BELOW} 60 A 192.0.2.9"),
    ],
    ids=["no marker", "another marker", "another type", "another name", "deeper"],
)
def test_what_may_be_somebodys_is_never_cleared(
    site: Site, hour: Callable[[], None], records: tuple[str, ...]
) -> None:
    beside(site, *records)
    there = site.bind.records()
    for _ in range(2):
        refused = clear(site)
        assert refused["code"] == 5
        assert "not all that stands below" in refused["error"]["what"]
        hour()
    assert site.bind.records() == there


def test_a_drill_of_this_machine_is_taken_back_by_a_drill_and_not_cleared(
    site: Site, hour: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rehearsing, "_restored", lambda _: (StepState.FAILED, []))
        drill(site, "--no-publish")
    there = site.bind.records()
    for _ in range(2):
        refused = clear(site)
        assert refused["code"] == 5
        assert "is of a drill of this machine" in refused["error"]["what"]
        hour()
    assert site.bind.records() == there


def test_a_drill_is_no_redirect_to_anybody_who_asks(site: Site) -> None:
    """Not even one that died while its name led to the page."""
    with moving(site) as mover, relay(site.bind.port) as between:
        through(site, between.port)
        between.fault = "killed"
        aim = lambda pid: setattr(between, "victim", pid)  # noqa: E731
        assert mover.run("drill --no-publish", begun=aim) == -9
    assert any(record[0].endswith(BELOW) for record in left(site))
    through(site, site.bind.port, between.port)
    status = site.run("status")["sites"][0]
    assert not status["redirected"]
    nothing = site.restore()
    assert (nothing["code"], nothing["zones"][0]["changes"]) == (0, [])
    # and a real redirect is not kept from anything by what is there
    site.shop.kill()
    assert site.redirect()["code"] == 0
    site.shop.revive()
    assert site.restore()["code"] == 0
    body = drill(site, "--no-publish")
    assert body["cleaned"]
    assert left(site) == set()


def through(site: Site, port: int, instead: int | None = None) -> None:
    """Let the program write to the name server through *port*."""
    file = site.root / "fallback.toml"
    known = f'server = "127.0.0.1:{instead or site.bind.port}"'
    text = file.read_text("utf-8")
    assert known in text
    file.write_text(text.replace(known, f'server = "127.0.0.1:{port}"'), "utf-8")


@pytest.fixture(params=["rfc2136", "zonefile"])
def mover(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mover]:
    with ExitStack() as stack:
        made = a_site(tmp_path, request.param, stack)
        yield stack.enter_context(moving(made))


VERB = "drill --no-publish"
PARTLY = 3  # nothing was published


@pytest.mark.parametrize("some", SOME)
def test_killed_anywhere_the_same_command_leaves_the_zone_as_it_was(
    mover: Mover, tmp_path: Path, some: int | None
) -> None:
    """It takes as long as its kills do: each is two drills on a real name server."""
    site, trace = mover.site, tmp_path / "trace"
    before = site.bind.records()
    assert mover.run(VERB) == PARTLY
    calls = changes(mover, trace)
    chosen = calls if some is None else random.Random(20261129).sample(calls, some)
    for call in chosen:
        mover.killed(VERB, call, trace)
        names = {record[0] for record in site.bind.records() ^ before}
        assert all(name.endswith(BELOW) for name in names)
        assert mover.run(VERB) == PARTLY
        assert site.bind.records() == before
    assert "Traceback" not in mover.program.log.read_text()


def changes(mover: Mover, trace: Path) -> list:
    """Return the calls of a drill that change something, but for its dated report."""
    from tests.servers.traced import TRACED, changing

    assert mover.run(VERB, *TRACED, trace=trace) == PARTLY
    made = changing(trace.read_text(errors="replace"), mover.home)
    return [call for call in made if "/drills" not in call.path]


@pytest.mark.parametrize("fault", ["kill", "killed", "cut", "lose"])
def test_whatever_becomes_of_the_one_message_the_zone_is_as_it_was_in_the_end(
    site: Site, fault: str
) -> None:
    before = site.bind.records()
    with moving(site) as mover, relay(site.bind.port) as between:
        through(site, between.port)
        between.fault = fault
        aim = lambda pid: setattr(between, "victim", pid)  # noqa: E731
        ended = mover.run(VERB, begun=aim)
        assert between.hits == [fault]
        assert ended in ((-9,) if "kill" in fault else (1, 3))
        assert mover.run(VERB) == PARTLY
    assert site.bind.records() == before


def test_a_drill_that_cannot_even_read_the_zone_has_left_nothing(site: Site) -> None:
    before = site.bind.records()
    site.environment["TSIG"] = SECRETS["narrow"]  # of another key than is named
    body = drill(site, "--no-publish")
    assert states(body)["compare"] == "not-tried"
    assert (body["code"], body["left"], body["as_before"]) == (3, False, False)
    assert site.bind.records() == before


def test_a_key_for_the_shops_names_alone_is_told_what_it_lacks(site: Site) -> None:
    before = site.bind.records()
    site.environment["TSIG"] = SECRETS["narrow"]
    file = site.root / "fallback.toml"
    known, narrow = (f'key_name = "{name}"' for name in ("fallback", "narrow"))
    file.write_text(file.read_text("utf-8").replace(known, narrow), "utf-8")
    body = drill(site, "--no-publish")
    assert states(body)["redirect"] == "failed"
    assert "check --policy" in str(body["steps"])
    assert (body["code"], body["as_before"]) == (3, True)
    assert site.bind.records() == before


@pytest.mark.parametrize("site", ["manual"], indirect=True)
def test_where_a_person_types_the_rest_is_rehearsed_and_that_is_said(
    site: Site,
) -> None:
    before = site.bind.records()
    body = drill(site)
    assert states(body) == {
        "publish": "ok",
        "gates": "ok",
        "redirect": "not-tried",
        "name-servers": "not-tried",
        "visitor": "not-tried",
        "restore": "ok",
        "compare": "ok",
    }
    assert body["names"][0] in str(body["steps"])
    assert body["code"] == 3
    assert site.bind.records() == before


def test_a_host_that_knows_only_the_shops_names_is_seen_under_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is with every certificate, and with most hosts: no drill fails by that."""

    def strict(folder: Path, address: str, port: int = 0):
        page_of = respond_from(Folder(folder))

        def respond(request: Request) -> Answer:
            known = "fallback-drill" not in request.headers.get("host", "")
            return page_of(request) if known else Answer(404, (), b"no such site")

        return listening(respond, address, port)

    monkeypatch.setattr(page, "serving", strict)
    with ExitStack() as stack:
        body = drill(a_site(tmp_path, "rfc2136", stack))
    assert body["code"] == 0
    (told,) = (step["told"] for step in body["steps"] if step["step"] == "visitor")
    assert any("not seen under the drill's name" in line for line in told)
    assert any("seen under the shop's own, at the same" in line for line in told)


@pytest.mark.parametrize("named", [DOMAIN, "other.example"])
def test_over_https_a_drill_says_which_certificate_it_saw_and_which_it_did_not(
    site: Site, tmp_path: Path, named: str
) -> None:
    """No authority signs a name that lives for a minute: the shop's is looked at."""
    authority = Authority(tmp_path)
    authority.serving(authority.leaf(named, also=[f"www.{named}"]))
    file = site.root / "fallback.toml"
    with visited(site.root / "public-copy", authority.context) as host:
        text = re.sub(
            r"http://[\w.]+:\d+",
            host.url.replace("localhost", DOMAIN),
            file.read_text(),
        )
        file.write_text(f'{text}ca_file = "{authority.root}"\n')
        before = site.bind.records()
        body = drill(site)
    assert site.bind.records() == before
    told = {step["step"]: " ".join(step["told"]) for step in body["steps"]}
    if named == DOMAIN:
        assert body["code"] == 0
        name = body["names"][0]
        assert "not seen under the drill's name, which is as usual" in told["visitor"]
        assert f"{PAGE} shows no valid certificate for {name}" in told["visitor"]
        assert f"the same addresses: {DOMAIN}, www.{DOMAIN}" in told["visitor"]
    else:
        assert (body["code"], body["as_before"]) == (3, True)
        assert (states(body)["gates"], states(body)["visitor"]) == ("failed", "failed")
        for step in ("gates", "visitor"):
            assert f"no valid certificate for {DOMAIN}" in told[step]


@contextlib.contextmanager
def asked_for_the_drill(what: Callable[[], None]) -> Iterator[None]:
    """Let every page do *what* when it is first asked for a throw-away name."""
    done: list[None] = []

    def serving(folder: Path, address: str, port: int = 0):
        page_of = respond_from(Folder(folder))

        def respond(request: Request) -> Answer:
            if "fallback-drill" in request.headers.get("host", "") and not done:
                done.append(None)
                what()
            return page_of(request)

        return listening(respond, address, port)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "serving", serving)
        yield
    assert done


def test_a_drill_that_is_interrupted_while_the_name_is_moved_takes_it_back(
    tmp_path: Path,
) -> None:
    with (
        asked_for_the_drill(lambda: os.kill(os.getpid(), signal.SIGINT)),
        ExitStack() as stack,
    ):
        site = a_site(tmp_path, "rfc2136", stack)
        before = site.bind.records()
        body = drill(site)
        assert body["code"] == 130
        assert site.bind.records() == before


def test_a_drill_that_breaks_while_the_name_is_moved_takes_it_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    before = site.bind.records()
    monkeypatch.setattr(rehearsing, "as_a_visitor", broken)
    assert drill(site, "--no-publish")["code"] == 1
    assert site.bind.records() == before


def test_the_page_is_looked_at_where_the_zone_leads_not_where_the_target_is(
    site: Site,
) -> None:
    """The zone's servers may have been told something else than we believe."""
    target = f'target = ["{PAGE}"]'
    file = site.root / "fallback.toml"
    text = file.read_text("utf-8")
    assert target in text
    names = f'names = ["{DOMAIN}", "www.{DOMAIN}"]'
    assert names in text
    host = text.replace(names, f'names = ["www.{DOMAIN}"]')
    file.write_text(host.replace(target, f'target = "host.{DOMAIN}"'), "utf-8")
    assert site.bind.nsupdate(f"add host.{DOMAIN}. 0 A {PAGE}") == ""
    config = load(site.root)
    (real,), (table,) = config.dns, rehearsal(config, "x7k2").dns
    (name,) = table.names
    assert site.bind.nsupdate(f"add {name}. 60 A {SHOP}") == ""
    assert not all(fine for fine, _ in as_a_visitor(config, table, real))
    alias = f"add {name}. 60 CNAME host.{DOMAIN}."
    assert site.bind.nsupdate(f"delete {name}. A", alias) == ""
    assert all(fine for fine, _ in as_a_visitor(config, table, real))


def test_a_page_that_is_nowhere_is_not_taken_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def empty(folder: Path, address: str, port: int = 0):
        return listening(lambda _: Answer(404, (), b"nothing"), address, port)

    monkeypatch.setattr(page, "serving", empty)
    with ExitStack() as stack:
        site = a_site(tmp_path, "rfc2136", stack)
        before = site.bind.records()
        body = drill(site)
        assert site.bind.records() == before
    assert (states(body)["gates"], states(body)["visitor"]) == ("failed", "failed")
    assert (body["code"], body["as_before"]) == (3, True)


def test_two_drills_do_not_take_each_other_back(site: Site) -> None:
    with durable.lock(site.root / ".fallback/drill/drilling"):
        before = site.bind.records()
        assert drill(site, "--no-publish")["code"] == 11
        assert site.bind.records() == before
        # and a real redirect waits for no drill
        site.shop.kill()
        assert site.redirect()["code"] == 0
    site.shop.revive()
    assert site.restore()["code"] == 0


def test_on_a_machine_that_is_thrown_away_no_name_is_moved(site: Site) -> None:
    before = site.bind.records()
    site.environment["GITHUB_WORKSPACE"] = str(site.root)
    body = drill(site, "--no-publish")
    assert body["code"] == 5
    assert "thrown away" in body["error"]["what"]
    assert site.bind.records() == before


def test_the_gates_of_the_real_names_are_asked(site: Site) -> None:
    """A mail exchange that would follow is no secret until the day."""
    assert site.bind.nsupdate(f"add {DOMAIN}. 60 MX 10 {DOMAIN}.") == ""
    body = drill(site, "--no-publish")
    assert states(body)["gates"] == "failed"
    assert "mx-follows" in str(body["steps"])
    assert states(body)["restore"] == "ok"


@pytest.mark.parametrize("site", ["rfc2136", "zonefile", "manual"], indirect=True)
def test_in_the_lab_the_shops_own_names_move_and_nothing_real_is_touched(
    site: Site,
) -> None:
    before, text = site.bind.records(), site.bind.file.read_bytes()
    site.shop.kill()  # nobody is to ask it
    body = site.run("drill", "--lab")
    assert (body["code"], body["lab"]) == (0, True)
    assert set(states(body).values()) == {"ok"}
    assert body["names"] == [DOMAIN, f"www.{DOMAIN}"]
    assert site.bind.records() == before
    assert site.bind.file.read_bytes() == text
    assert site.run("status")["sites"][0]["drill"] is None
    manual = 'provider = "manual"' in (site.root / "fallback.toml").read_text("utf-8")
    assert any("what could be asked for" in n for n in body["notes"]) is manual


@pytest.mark.parametrize("site", ["manual"], indirect=True)
def test_names_that_somebody_led_to_the_page_by_hand_prove_nothing(site: Site) -> None:
    for name, rtypes in ((DOMAIN, "A AAAA HTTPS"), (f"www.{DOMAIN}", "CNAME")):
        gone = [f"delete {name}. {rtype}" for rtype in rtypes.split()]
        assert site.bind.nsupdate(*gone, f"add {name}. 60 A {PAGE}") == ""
    body = drill(site, "--no-publish")
    assert states(body)["gates"] == "failed"
    assert "lead to the page already" in str(body["steps"])


def test_a_zone_that_cannot_be_read_is_named_and_does_not_end_the_lab(
    site: Site,
) -> None:
    file = site.root / "fallback.toml"
    other = """
[[dns]]
provider = "zonefile"
path = "nowhere.zone"
zone = "other.example"
names = ["www.other.example"]
target = ["127.0.0.1"]
"""
    file.write_text(file.read_text("utf-8") + other, "utf-8")
    body = site.run("drill", "--lab")
    assert body["skipped"] == ["other.example"]
    assert any("other.example is left out" in note for note in body["notes"])
    assert set(states(body).values()) == {"ok"}
    assert (body["code"], body["ok"]) == (3, False)
    assert body["names"] == [DOMAIN, f"www.{DOMAIN}"]
