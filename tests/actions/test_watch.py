"""The watcher on a real small world: shop, page's host and name server on loopback."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from attrs import evolve

from fallback import stores
from fallback.actions.deploy import deploy
from fallback.actions.moving.surveying import By
from fallback.actions.redirect import redirect
from fallback.actions.site import load
from fallback.actions.watch import KEY, LOCK, _Watcher, once, watch
from fallback.actions.watching import obeying, sighting
from fallback.core.config import DnsTable, SecretRef
from fallback.core.errors import Conflict, FallbackError, Locked, Unavailable
from fallback.core.model import Verdict
from fallback.core.result import silent
from fallback.core.watching import Notice, Notify, Redirect, Route, State
from fallback.demo.ledger import Ledger
from fallback.demo.site import settings
from fallback.demo.world import PAGE_AT, SHOP_AT, world
from fallback.dns.rfc2136 import Settings as Rfc2136
from fallback.probes import shop as probe
from fallback.stores import origin
from fallback.wire import durable
from tests.fakes.clock import FakeClock
from tests.fakes.site_folder import say as write_words
from tests.servers import shop as servers
from tests.wire.web.test_http import server

MINUTE = timedelta(minutes=1)
HOURS = ("4s", "1h"), ("3s", "15m"), ("3s", "15m"), ("1s", "5m")


class Lab:
    """A site in the small world; every round is a watcher of its own."""

    def __init__(self, here, canary):
        self.here, self.folder, self.canary = here, here.folder, canary
        self.clock = FakeClock()
        self.said = []
        self.published = 0
        self.before = self.ledger()
        self.write()
        write_words(self.folder, "Nasz serwer nie odpowiada")
        deploy(self.config, say=silent, clock=self.clock)

    def write(self, *changes):
        text = settings(
            url=self.here.url,
            status_url=self.here.status.url.rstrip("/"),
            page=PAGE_AT,
            name_server=str(self.here.name_server),
            canaries=(self.canary,),
        )
        text = text.replace('["en", "pl"]', '["pl", "en"]')
        for key, (old, new) in zip(
            ("redirect_after", "restore_after ", "arm_after     ", "interval      "),
            HOURS,
            strict=True,
        ):
            assert f'{key} = "{old}"' in text
            text = text.replace(f'{key} = "{old}"', f'{key} = "{new}"')
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (self.folder / "fallback.toml").write_text(text, "utf-8")

    @property
    def config(self):
        return load(self.folder)

    @property
    def state(self):
        known = stores.connect(self.config.state, self.config).get(KEY)
        return State.from_json(known[0])

    def ledger(self):
        return Ledger.read(self.here.zone_file)

    def moved(self):
        return list(self.before.differences(self.ledger()))

    def publish(self, config):
        self.published += 1
        return deploy(config, say=silent, clock=self.clock).code

    def once(self, **more):
        def say(event, text):
            self.said.append((event, str(text)))

        more = {"publish": self.publish, **more}
        return once(self.config, say=say, clock=self.clock, **more)

    def for_(self, span, *, every=5 * MINUTE, **more):
        """Let *span* pass, with one watcher after the other."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            result = self.once(**more)
            self.clock.sleep(every)
        return result

    def until(self, true, *, rounds=60, **more):
        for _ in range(rounds):
            result = self.once(**more)
            if true(result):
                return result
            self.clock.sleep(5 * MINUTE)
        raise AssertionError(f"not in {rounds} rounds: {self.said[-5:]}")

    def arm(self):
        return self.until(lambda result: result.armed)

    def events(self):
        return [event for event, _ in self.said]


@contextmanager
def laboratory(tmp_path, monkeypatch):
    """Yield a site in the small world, published, with a canary that answers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(probe, "LAG", timedelta(seconds=60))  # a busy machine is fine
    (tmp_path / "shop" / "content").mkdir(parents=True)
    with ExitStack() as stack:
        canary = stack.enter_context(servers.shop(servers.silent))
        here = stack.enter_context(world(tmp_path / "shop"))
        yield Lab(here, f"127.0.0.1:{canary}")


@pytest.fixture
def lab(tmp_path, monkeypatch):
    with laboratory(tmp_path, monkeypatch) as made:
        yield made


def test_an_outage_is_redirected_and_restored_by_watchers_that_each_live_one_round(
    lab,
):
    lab.arm()
    assert origin.recall(stores.connect(lab.config.state, lab.config)).addresses == (
        SHOP_AT,
    )
    lab.here.shop.kill()
    died = lab.clock.now()
    result = lab.until(lambda result: result.redirected)
    assert result.code == 10
    assert timedelta(hours=1) <= lab.clock.now() - died <= timedelta(minutes=75)
    assert f"+ kwiaty.example. 60 A {PAGE_AT}\n" in "\n".join([*lab.moved(), ""])
    assert lab.published == 1
    lab.for_(30 * MINUTE)
    assert lab.published == 1

    lab.here.shop.revive()
    back = lab.clock.now()
    result = lab.until(lambda result: not result.redirected)
    assert result.code == 0
    assert lab.clock.now() - back >= 15 * MINUTE
    assert lab.moved() == []
    assert lab.events().count("down") == 1
    assert lab.events().index("redirected") < lab.events().index("restored")


def test_a_watcher_that_is_killed_before_it_acts_acts_after_its_restart(lab):
    lab.arm()
    lab.here.shop.kill()

    def killed(config):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lab.until(lambda result: False, publish=killed)
    assert lab.moved() == []
    assert lab.state.ordered is Route.REDIRECTED
    lab.clock.sleep(5 * MINUTE)
    assert lab.until(lambda result: result.redirected, rounds=4)


def test_a_watcher_that_is_killed_after_the_write_sees_what_it_did(lab, monkeypatch):
    lab.arm()
    lab.here.shop.kill()
    real = obeying.move_away

    def killed(*mover):
        real(*mover)
        raise KeyboardInterrupt

    monkeypatch.setattr(obeying, "move_away", killed)
    with pytest.raises(KeyboardInterrupt):
        lab.until(lambda result: False)
    assert lab.moved()
    assert lab.state.route is Route.PRIMARY
    lab.clock.sleep(5 * MINUTE)
    assert lab.once().redirected
    lab.here.shop.revive()
    lab.until(lambda result: not result.redirected)
    assert lab.moved() == []


def test_a_page_that_cannot_be_published_now_does_not_hold_back_the_one_that_is_there(
    lab,
):
    lab.arm()
    lab.here.shop.kill()
    lab.until(lambda result: result.redirected, publish=lambda config: 1)
    assert ("not-published", "publishing failed with exit code 1") in lab.said


def test_a_shop_that_came_back_while_the_page_was_published_keeps_its_names(lab):
    lab.arm()
    lab.here.shop.kill()

    def slowly(config):
        code = lab.publish(config)
        lab.here.shop.revive()
        return code

    lab.until(lambda _: lab.published, publish=slowly)
    assert lab.moved() == []
    assert "shop-answers" in "".join(text for _, text in lab.said)
    lab.once()
    assert lab.state.verdict is Verdict.UP


def test_mode_ask_says_what_to_type_and_touches_nothing(lab):
    lab.write(('mode           = "auto"', 'mode           = "ask"'))
    lab.for_(30 * MINUTE)
    lab.here.shop.kill()
    result = lab.until(lambda result: "ask-redirect" in lab.events())
    assert result.code == 10
    assert not result.armed
    assert "type: fallback redirect" in dict(lab.said)["ask-redirect"]
    assert lab.moved() == []
    redirect(lab.config, clock=lab.clock, say=silent)
    lab.for_(30 * MINUTE)
    lab.here.shop.revive()
    lab.until(lambda result: "ask-restore" in lab.events())
    assert "type: fallback restore" in dict(lab.said)["ask-restore"]
    assert lab.once().redirected


def test_an_outage_while_the_canaries_are_silent_is_our_own(lab):
    lab.arm()
    with servers.shop(servers.silent) as port:
        dead = f"127.0.0.1:{port}"
    lab.write((lab.canary, dead))
    lab.here.shop.kill()
    result = lab.for_(timedelta(hours=2))
    assert (result.state.verdict, result.state.why) == (Verdict.UNKNOWN, "own_network")
    assert result.code == 0
    assert lab.moved() == []


def test_without_canaries_nothing_is_moved(lab):
    lab.write((f'["{lab.canary}"]', "[]"))
    lab.for_(30 * MINUTE)
    lab.here.shop.kill()
    result = lab.until(lambda result: "ask-redirect" in lab.events())
    assert not result.armed
    assert lab.moved() == []


def test_a_failing_look_is_repeated_a_while_apart(lab):
    lab.once()
    lab.here.shop.kill()
    lab.clock.slept.clear()
    result = lab.once()
    assert result.state.down_samples == 3
    assert lab.clock.slept == [timedelta(seconds=20)] * 2


def test_the_zone_that_somebody_else_took_over_is_left_alone_and_told(lab):
    lab.arm()
    lab.here.shop.kill()
    lab.until(lambda result: result.redirected)
    text = lab.here.zone_file.read_text("utf-8")
    taken = text.replace(PAGE_AT, "127.0.0.77")
    assert taken != text
    lab.here.zone_file.write_text(taken, "utf-8")
    lab.here.shop.revive()
    result = lab.for_(timedelta(hours=1))
    assert result.state.route is Route.FOREIGN
    assert lab.here.zone_file.read_text("utf-8") == taken
    assert lab.events().count("foreign") == 1


def test_a_redirect_that_a_person_made_in_the_outage_is_put_back(lab):
    lab.arm()
    lab.here.shop.kill()
    lab.for_(15 * MINUTE)
    redirect(lab.config, clock=lab.clock, say=silent, by=By(operator="ania"))
    lab.for_(30 * MINUTE)
    lab.here.shop.revive()
    lab.until(lambda result: not result.redirected)
    assert lab.moved() == []


def test_an_origin_that_was_forgotten_is_found_in_the_journal(lab):
    lab.arm()
    lab.here.shop.kill()
    lab.until(lambda result: result.redirected)
    (lab.folder / ".fallback" / origin.KEY).unlink()
    lab.here.shop.revive()
    result = lab.once()
    assert result.state.verdict is Verdict.UP
    assert sighting.known_addresses(lab.config, Route.REDIRECTED, lab.clock) == (
        SHOP_AT,
    )


def test_a_shop_that_moved_house_is_pinned_at_its_new_address(lab):
    lab.arm()
    text = lab.here.zone_file.read_text("utf-8").replace(SHOP_AT, "127.0.0.8")
    lab.here.zone_file.write_text(text, "utf-8")
    from fallback.demo.shop import Shop

    new = Shop("127.0.0.8", lab.here.shop.port)
    new.revive()
    lab.here.shop.kill()
    try:
        result = lab.once()
        store = stores.connect(lab.config.state, lab.config)
        assert origin.recall(store).addresses == ("127.0.0.8",)
        assert not result.armed
        assert lab.once().state.verdict is Verdict.UP
    finally:
        new.kill()
    assert "moved" in lab.events()


def test_a_second_watcher_is_locked_out(lab):
    with durable.lock(lab.folder / ".fallback" / LOCK):
        with pytest.raises(Locked) as caught:
            lab.once()
        with pytest.raises(Locked):
            watch(lab.config, say=silent, clock=lab.clock)
    assert caught.value.code == 11


def test_what_cannot_be_remembered_is_not_done(lab, monkeypatch):
    lab.arm()
    lab.here.shop.kill()
    lab.until(lambda result: result.state.clock >= timedelta(minutes=50))
    full = []

    def no_space(path, body, **mode):
        full.append(path.name)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "replace", no_space)
    for _ in range(5):
        lab.clock.sleep(5 * MINUTE)
        with pytest.raises(Unavailable, match="No space left"):
            lab.once()
    assert full == [KEY] * 5
    assert lab.moved() == []
    assert not lab.published


def test_the_loop_goes_on_after_a_full_disk_and_forgets_what_it_could_not_keep(
    lab, monkeypatch
):
    lab.once()
    real, rounds, said = durable.replace, [], []

    def sometimes(path, body, **mode):
        if path.name == KEY:
            rounds.append(path.name)
            if len(rounds) in (3, 4):
                raise OSError(errno.ENOSPC, "No space left on device")
        real(path, body, **mode)

    class Patient(FakeClock):
        def sleep(self, span):
            super().sleep(span)
            if len(self.slept) > 5:
                raise KeyboardInterrupt

    monkeypatch.setattr(durable, "replace", sometimes)
    clock = Patient(lab.clock.now())
    with pytest.raises(KeyboardInterrupt):
        watch(lab.config, say=lambda event, text: said.append(event), clock=clock)
    assert said.count("trouble") == 2
    assert len(rounds) == 2 * 4 + 2
    assert clock.slept == [5 * MINUTE] * 6


def test_a_memory_that_somebody_deleted_begins_anew_in_the_same_watcher(lab):
    lab.once()
    watcher = _Watcher.take_over(lab.config, silent, lab.clock, lab.publish, str)
    (lab.folder / ".fallback" / KEY).unlink()
    with pytest.raises(Conflict):
        watcher.round()
    watcher.lost = True
    watcher.round()
    assert lab.state.verdict is Verdict.UP


def test_what_was_told_while_the_names_moved_is_not_told_again(lab, monkeypatch):
    def say(event, text):
        lab.said.append((event, str(text)))

    monkeypatch.setattr(obeying, "move_away", lambda *_: None)
    watcher = _Watcher.take_over(lab.config, say, lab.clock, lab.publish, str)
    watcher.state = State(outbox=("1/stuck",))
    for order in (Redirect(), Notify(Notice.STUCK, "1/stuck")):
        watcher.obey(order)
    assert lab.events().count("stuck") == 1


def test_a_state_of_a_newer_program_stops_the_watcher(lab):
    lab.once()
    path = lab.folder / ".fallback" / KEY
    path.write_bytes(path.read_bytes().replace(b'"schema": 1', b'"schema": 9'))
    with pytest.raises(FallbackError, match="newer fallback"):
        lab.once()


def test_the_publishing_process_does_not_get_the_secrets_that_move_names(lab):
    table = DnsTable(
        "rfc2136",
        "kwiaty.example",
        ("kwiaty.example",),
        "page.example",
        Rfc2136(
            server="127.0.0.1:53",
            key_name="k",
            key_secret=SecretRef.parse("env:DNS_KEY"),
        ),
    )
    config = evolve(lab.config, dns=(table,))
    given = {"DNS_KEY": "secret", "S3_KEY": "other", "PATH": "/bin"}
    kept = obeying.without_dns_secrets(config, given)
    assert kept == {"S3_KEY": "other", "PATH": "/bin"}


def test_the_page_is_really_published_by_a_process_of_its_own(lab):
    write_words(lab.folder, "Jeszcze nie działa")
    assert obeying.deploy_apart(lab.config) == 0
    page = (lab.folder / "host-one" / "index.html").read_text("utf-8")
    assert "Jeszcze nie działa" in page


def test_publishing_that_cannot_be_started_is_a_failure_and_no_crash(lab, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert obeying.deploy_apart(lab.config) == 1


def run(lab, *words):
    call = [sys.executable, "-m", "fallback", "-C", str(lab.folder), *words]
    return subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)


def test_once_answers_scripts_with_one_object_and_code_10(lab):
    healthy = run(lab, "--json", "watch", "--once")
    lab.here.shop.kill()
    lab.write(('interval       = "5m"', 'interval       = "1s"'))
    dead = run(lab, "--json", "watch", "--once")
    assert (healthy.returncode, dead.returncode) == (0, 10)
    (site,) = json.loads(dead.stdout)["sites"]
    assert set(site) >= {"site", "verdict", "since", "redirected", "grade", "next"}
    assert (site["verdict"], site["redirected"]) == ("down", False)
    assert site["next"] == "lead the shop's names to the page: fallback redirect"
    assert json.loads(healthy.stdout)["sites"][0]["verdict"] == "up"


def test_the_loop_ends_when_it_is_asked_to_and_another_goes_on(lab):
    lab.write(('interval       = "5m"', 'interval       = "1s"'))
    call = [sys.executable, "-m", "fallback", "-C", str(lab.folder), "watch"]
    remembered = lab.folder / ".fallback" / KEY
    codes = []
    for asked in (signal.SIGTERM, signal.SIGKILL):
        remembered.unlink(missing_ok=True)
        with subprocess.Popen(call, stderr=subprocess.DEVNULL) as watcher:
            while not remembered.exists():
                assert watcher.poll() is None
                time.sleep(0.05)
            assert run(lab, "watch", "--once").returncode == 11
            os.kill(watcher.pid, asked)
            codes.append(watcher.wait(30))
        assert run(lab, "watch", "--once").returncode == 0
    assert codes == [143, -signal.SIGKILL]


def test_a_notice_goes_to_the_webhook_until_somebody_took_it(lab, monkeypatch):
    heard, answers = [], ["503 Busy", "204 Taken"]

    def hook(peer):
        heard.append(peer.recv(65536))
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        peer.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())

    with server(hook) as port:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{port}/t0p-s3cr3t")
        settings_file = lab.folder / "fallback.toml"
        told = settings_file.read_text("utf-8") + '\n[notify]\nurls = ["env:HOOK"]\n'
        settings_file.write_text(told, "utf-8")
        lab.for_(30 * MINUTE)
        lab.here.shop.kill()
        lab.until(lambda _: len(heard) > 1)
        lab.for_(10 * MINUTE)

    first, second = (json.loads(each.partition(b"\r\n\r\n")[2]) for each in heard)
    assert first["event"] == second["event"] == "down"
    assert lab.events().count("not-notified") == 1
    assert "t0p-s3cr3t" not in str(lab.said)
