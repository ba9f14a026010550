"""The watcher looks at what hosts serve: real servers, and nothing is ever moved."""

import json
import threading
from datetime import timedelta

import pytest
from attrs import evolve

from fallback.actions import watch
from fallback.actions.deploy import deploy, rollback
from fallback.actions.watching import lookout
from fallback.actions.watching.lookout import KEY
from fallback.core.errors import Unavailable
from fallback.core.hosts.served import EVERY
from fallback.core.model import MANIFEST
from fallback.core.result import silent
from fallback.core.text import T
from fallback.demo.site import HOSTS
from fallback.hosts.folder import FolderHost
from fallback.wire.clock import SystemClock
from tests.actions.test_watch import MINUTE, laboratory
from tests.fakes.clock import FakeClock
from tests.fakes.site import small_site
from tests.fakes.site_folder import say as write_words
from tests.probes.test_tls import Authority
from tests.servers import shop as servers
from tests.servers.visited import visited
from tests.wire.web.test_http import server


@pytest.fixture
def lab(tmp_path, monkeypatch):
    with laboratory(tmp_path, monkeypatch) as made:
        yield made


def hosts(result):
    return result.as_json()["sites"][0]["hosts"]


def troubles(lab):
    return [text for event, text in lab.said if event == "host-trouble"]


def tamper(lab):
    """Change the page at the host, past its manifest, as a thief would."""
    front = lab.folder / HOSTS[0] / "index.html"
    front.write_bytes(front.read_bytes().replace(b"</title>", b"!</title>"))


def look(lab, rounds=1):
    for _ in range(rounds):
        result = lab.once()
        lab.clock.sleep(EVERY)
    return result


def test_a_host_that_serves_what_was_published_is_listed_and_not_talked_about(lab):
    host, beside = hosts(look(lab, 3))
    assert host == {
        "host": "folder",
        "url": lab.here.status.url.rstrip("/"),
        "ok": True,
        "problem": None,
        "certificate_ends": None,
    }
    assert (beside["host"], beside["url"], beside["ok"]) == ("folder-2", "", True)
    assert not troubles(lab)


def test_a_page_that_somebody_changed_is_told_once_and_that_it_is_well_again(lab):
    look(lab)
    tamper(lab)
    result = look(lab, 4)
    assert len(troubles(lab)) == 1
    assert "another version of the page" in troubles(lab)[0]
    assert "another version" in hosts(result)[0]["problem"]
    assert any("another version" in str(line) for line in result.told())
    write_words(lab.folder, "Jeszcze chwila")
    deploy(lab.config, say=silent, clock=lab.clock)
    look(lab)
    assert lab.events().count("host-well") == 1
    assert lab.moved() == []


def test_a_whole_foreign_site_with_a_manifest_of_its_own_is_told(lab):
    look(lab)
    body = json.loads((lab.folder / HOSTS[0] / MANIFEST).read_bytes())
    FolderHost(lab.folder / HOSTS[0]).publish(
        small_site("pay here", sequence=body["sequence"])
    )
    look(lab, 2)
    assert "not published" in troubles(lab)[0]


def test_an_earlier_page_that_came_back_is_told(lab):
    look(lab)
    for path in (lab.folder / HOSTS[0]).rglob("*.*"):
        path.unlink()
    FolderHost(lab.folder / HOSTS[0]).publish(small_site("old", sequence=1))
    look(lab, 2)
    assert "an earlier page" in troubles(lab)[0]


def test_words_that_somebody_else_published_since_are_told_once_and_no_trouble(lab):
    look(lab)
    FolderHost(lab.folder / HOSTS[0]).publish(small_site("new", sequence=2**37))
    assert hosts(look(lab, 3))[0]["ok"]
    assert not troubles(lab)
    (told,) = [text for event, text in lab.said if event == "host-changed"]
    assert "newer words than were published from this folder" in told


def test_a_folder_without_an_address_is_read_and_a_host_that_cannot_be_is_named(lab):
    lab.write(
        (f'url  = "{lab.here.status.url.rstrip("/")}"', ""),
        ("[network]", '[[hosts]]\nkind = "s3"\nbucket = "b"\n\n[network]'),
    )
    look(lab)
    tamper(lab)
    result = look(lab, 3)
    assert len(troubles(lab)) == 1
    assert "folder holds something else than was published" in troubles(lab)[0]
    assert [host["host"] for host in hosts(result)] == ["folder", "folder-2"]
    named = [text for event, text in lab.said if event == "not_watched"]
    assert "no url: s3" in named[0]


def test_a_folder_that_cannot_be_read_is_a_trouble_and_not_the_end(lab, monkeypatch):
    def broken(self):
        raise Unavailable(T("the disk is gone"))

    monkeypatch.setattr(FolderHost, "read_back", broken)
    lab.write((f'url  = "{lab.here.status.url.rstrip("/")}"', ""))
    look(lab, 2)
    assert "the disk is gone" in troubles(lab)[0]


def test_a_rollback_is_what_was_published(lab):
    write_words(lab.folder, "Pomyłka")
    deploy(lab.config, say=silent, clock=lab.clock)
    rollback(lab.config, say=silent, clock=lab.clock)
    assert hosts(look(lab, 3))[0]["ok"]
    assert not troubles(lab)


def test_hosts_are_asked_every_ten_minutes_whatever_the_watcher_s_interval(lab):
    with visited(lab.folder / HOSTS[0]) as host:
        lab.write((lab.here.status.url.rstrip("/"), host.url))
        lab.clock.sleep(EVERY)
        counts = []
        for _ in range(11):
            lab.once()
            counts.append(len(host.asked))
            lab.clock.sleep(MINUTE)
    assert not host.targets("POST")
    assert counts[0] > 0
    assert counts[9] == counts[0]
    assert counts[10] == 2 * counts[0]


def test_a_host_that_does_not_answer_is_told_while_others_do(lab):
    with servers.shop(servers.silent) as port:
        pass
    lab.write((lab.here.status.url.rstrip("/"), f"http://127.0.0.1:{port}"))
    result = look(lab, 2)
    assert "does not answer (refused)" in troubles(lab)[0]
    assert not hosts(result)[0]["ok"]


def test_a_host_that_hangs_delays_no_look_at_the_shop(lab, monkeypatch):
    asked, over = threading.Event(), threading.Event()

    def hang(peer):
        servers.heard(peer)
        asked.set()
        over.wait(30)

    class Patient(FakeClock):
        def sleep(self, span):
            super().sleep(span)
            asked.wait(10)
            if len(self.slept) > 3:
                raise KeyboardInterrupt

    rounds, real = [], watch.sighting.look

    def seen(*words, **more):
        rounds.append(real(*words, **more))
        return rounds[-1]

    monkeypatch.setattr(watch.sighting, "look", seen)
    with servers.shop(hang) as port:
        lab.write((lab.here.status.url.rstrip("/"), f"http://127.0.0.1:{port}"))
        clock = Patient(lab.clock.now())
        with pytest.raises(KeyboardInterrupt):
            watch.watch(lab.config, say=silent, clock=clock)
        assert asked.is_set(), "the fault was hit"
        over.set()
    assert len(rounds) >= 3, "rounds went on while the host kept silent"


def test_once_waits_for_the_hosts_only_so_long(lab, monkeypatch):
    over = threading.Event()

    def hang(peer):
        servers.heard(peer)
        over.wait(30)

    monkeypatch.setattr(watch, "WITHIN", timedelta(seconds=0.3))
    with servers.shop(hang) as port:
        lab.write((lab.here.status.url.rstrip("/"), f"http://127.0.0.1:{port}"))
        result = lab.once()
        over.set()
    assert hosts(result) == []


def test_what_cannot_be_remembered_stops_no_watcher(lab):
    (lab.folder / ".fallback" / KEY).write_bytes(b'{"schema": 9}')
    result = lab.once()
    assert result.code == 0
    assert hosts(result) == []
    assert any("newer fallback" in text for _, text in lab.said)


def test_a_surprise_in_the_thread_is_said_and_stops_no_watcher(lab, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(lookout, "look_at", broken)
    assert lab.once().code == 0
    assert any("ZeroDivisionError" in text for _, text in lab.said)


def test_a_certificate_that_is_about_to_end_goes_to_the_webhook_once(
    lab,
    tmp_path_factory,
    monkeypatch,
):
    heard = []

    def hook(peer):
        heard.append(peer.recv(65536))
        peer.sendall(b"HTTP/1.1 204 Taken\r\nContent-Length: 0\r\n\r\n")

    authority = Authority(tmp_path_factory.mktemp("tls"))
    authority.serving(authority.leaf("localhost", days=(-1, 5)))
    real = lookout.look_at
    network = {"ca_file": authority.root, "resolvers": ()}

    def look_at(table, config, **more):
        # the lab's own name server knows no localhost
        return real(table, evolve(config, network=evolve(config.network, **network)),
                    **more)  # fmt: skip

    monkeypatch.setattr(lookout, "look_at", look_at)
    folder = lab.folder / HOSTS[0]
    # certificates are real, so is their time
    lab.clock = FakeClock(SystemClock().now())
    with visited(folder, authority.context) as host, server(hook) as port:
        monkeypatch.setenv("HOOK", f"http://127.0.0.1:{port}/t0p-s3cr3t")
        lab.write(
            (lab.here.status.url.rstrip("/"), host.url),
            ("[network]", '[notify]\nurls = ["env:HOOK"]\n\n[network]'),
        )
        result = look(lab, 3)
    (body,) = (json.loads(each.partition(b"\r\n\r\n")[2]) for each in heard)
    assert body["event"] == "host-trouble"
    assert "the certificate of https://localhost" in body["text"]
    assert hosts(result)[0]["certificate_ends"]
