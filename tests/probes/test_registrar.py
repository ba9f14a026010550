"""A registry says who registers a domain; whatever else it does costs no more."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from time import monotonic
from types import SimpleNamespace

import pytest

from fallback.core.check.registration import Registration
from fallback.core.config import Network
from fallback.probes.registrar import look
from fallback.wire import rdap
from fallback.wire.dns.nameservers import Answer
from fallback.wire.web import http
from fallback.wire.web.http import Reply
from tests.servers.rdap import Registry, registered, registry
from tests.servers.shop import (
    Behave,
    answering,
    bomb,
    dripping,
    redirecting,
    resetting,
    saying,
    shop,
    silent,
)

DOMAIN = "kwiaty.example"
NOBODY = ("127.0.0.1:1",)
"""A resolver that is not there."""
SECURE = "https://registry.test/"
QUICKLY = timedelta(seconds=1)


@pytest.fixture
def running() -> Iterator[Registry]:
    with registry({DOMAIN: registered(DOMAIN)}) as made:
        yield made


def network(made: Registry, *, private: bool = True) -> Network:
    return Network(NOBODY, None, (), private, made.url)


def seen(made: Registry, domain: str = DOMAIN) -> Registration | None:
    return look(domain, network(made), timedelta(seconds=5))


def test_a_registry_says_who_and_until_when(running: Registry) -> None:
    found = seen(running, "www." + DOMAIN)
    assert found is not None
    assert [company.name for company in found.companies] == ["home.pl"]
    assert found.statuses == {"client transfer prohibited"}
    assert found.expires is not None
    left = found.expires - datetime.now(UTC)
    assert timedelta(days=299) < left <= timedelta(days=300)
    assert running.asked == ["/dns.json", f"/domain/{DOMAIN}"]


def test_the_list_is_asked_for_once_in_a_run(running: Registry) -> None:
    assert seen(running)
    assert seen(running)
    assert running.asked.count("/dns.json") == 1


def test_a_name_that_a_company_lends_is_not_asked_about(running: Registry) -> None:
    assert seen(running, "kwiaty.home.pl") is None
    assert running.asked == []


@pytest.mark.parametrize("where", ["", "http://127.0.0.1:1/dns.json"])
def test_without_a_list_nobody_is_asked(where: str) -> None:
    at = Network(NOBODY, None, (), allow_private=True, rdap=where)
    assert look(DOMAIN, at, QUICKLY) is None


def test_the_worlds_list_is_not_bothered_with_names_that_nobody_registers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fallback.wire.rdap.ask", lambda *_, **__: pytest.fail())
    assert look(DOMAIN, Network(NOBODY)) is None


def test_an_end_that_no_registry_has_is_not_known(running: Registry) -> None:
    assert seen(running, "kwiaty.pl") is None
    assert running.asked == ["/dns.json"]


def _json(body: object) -> Behave:
    return answering(200, json.dumps(body).encode())


ENDLESS = ("it takes the question and says nothing", "it drips", "it drips its head")
ENDS = 8  # seconds, on any machine
NESTED = b'{"entities": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

SILENT: dict[str, Behave] = {
    "it takes the question and says nothing": silent,
    "it drips": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n{"),
    "it drips its head": dripping(b"HTTP/1.1 200 OK\r\nX: "),
    "it hangs up": resetting,
    "it is no HTTP": saying(b"\x00\x01\x02\r\n\r\n"),
    "it is too busy": answering(429, b"", "Retry-After: 3600"),
    "it is broken": answering(500, b""),
    "it sends a bomb": bomb(),
    "it sends more than anybody reads": answering(200, b"[" + b" " * 300_000 + b"]"),
    "it nests without end": answering(200, NESTED),
    "it says HTML": answering(200, b"<!doctype html>"),
    "it says a list": _json([]),
    "it says that there is none": answering(404, b""),
    "it speaks of another domain": _json(registered("inna.example")),
    "it redirects for ever": redirecting(lambda path: path + "x"),
    "it redirects to a file": redirecting(lambda _: "file:///etc/passwd"),
    "it redirects to no address": redirecting(lambda _: "http://[::1:x/"),
    "it redirects to a name with a gap": redirecting(lambda _: "https:// evil/"),
}


def patience(what: str) -> timedelta:
    """Return the time there is: little only where nothing else would end it."""
    return timedelta(seconds=1 if what in ENDLESS else 9)


@pytest.mark.parametrize("what", SILENT)
def test_a_registry_that_does_not_answer_costs_its_time_and_nothing_else(
    running: Registry, what: str
) -> None:
    running.said[DOMAIN] = SILENT[what]
    begun = monotonic()
    assert look(DOMAIN, network(running), patience(what)) is None
    assert monotonic() - begun < ENDS
    assert f"/domain/{DOMAIN}" in running.asked, "the fault was hit"


@pytest.mark.parametrize("what", SILENT)
def test_a_list_that_does_not_come_costs_no_more(
    running: Registry, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdap, "PATIENCE", patience(what))
    running.listed = SILENT[what]
    begun = monotonic()
    assert seen(running) is None
    assert monotonic() - begun < ENDS
    assert "/dns.json" in running.asked, "the fault was hit"
    count = len(running.asked)
    assert seen(running) is None
    assert len(running.asked) == count, "and is not asked for again at once"


def test_who_has_no_time_left_asks_nobody_and_spoils_it_for_nobody(
    running: Registry,
) -> None:
    assert look(DOMAIN, network(running), timedelta()) is None
    assert running.asked == []
    assert seen(running), "the next shop of the list has time"


def test_a_list_that_was_given_too_little_time_is_asked_for_again(
    running: Registry,
) -> None:
    running.listed = silent
    assert look(DOMAIN, network(running), QUICKLY) is None
    assert running.asked == ["/dns.json"], "the fault was hit"
    running.listed = None
    assert seen(running)


def test_name_servers_are_asked_for_no_longer_than_there_is_time(
    running: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def slow(name: str, *_: object) -> None:
        asked.append(name)
        later = SimpleNamespace(monotonic=lambda: monotonic() + 10)
        monkeypatch.setattr("fallback.wire.deadline.time", later)

    monkeypatch.setattr("fallback.probes.registrar.resolve", slow)
    assert seen(running, f"a.b.c.d.{DOMAIN}") is None
    assert asked == [f"a.b.c.d.{DOMAIN}"]
    assert running.asked == []


def test_the_longest_name_that_is_registered_is_found_without_the_shorter_ones(
    running: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def resolve(name: str, *_: object) -> Answer:
        asked.append(name)
        return Answer(timedelta(minutes=5), ("ns1.home.pl.",), authoritative=False)

    monkeypatch.setattr("fallback.probes.registrar.resolve", resolve)
    long = f"kwiaty.{DOMAIN}"
    running.said[long] = registered(long)
    found = seen(running, long)
    assert found is not None
    assert (found.domain, asked) == (long, [long])


ODD = (
    {"ldhName": DOMAIN},
    {"ldhName": DOMAIN, "entities": 7, "events": {}, "status": "active"},
    {"ldhName": DOMAIN, "entities": [None, [], {"roles": ["registrar"]}]},
    {"ldhName": DOMAIN, "entities": [{"roles": ["registrar"], "vcardArray": [1, 2]}]},
    {"ldhName": DOMAIN, "events": [{"eventAction": "expiration", "eventDate": "soon"}]},
    {"ldhName": DOMAIN, "events": [{"eventAction": "expiration", "eventDate": 1e9}]},
    {
        "ldhName": DOMAIN,
        "events": [
            {"eventAction": "expiration", "eventDate": "0001-01-01T00:00:00+23:00"}
        ],
    },
)


@pytest.mark.parametrize("said", ODD)
def test_what_a_registry_does_not_say_is_not_known(
    running: Registry, said: dict[str, object]
) -> None:
    running.said[DOMAIN] = said
    assert seen(running) == Registration(DOMAIN)


def test_a_name_with_control_characters_does_nothing_to_a_terminal(
    running: Registry,
) -> None:
    running.said[DOMAIN] = registered(DOMAIN, "\x1b]0;pwned\x07 Zły\n" + "x" * 5000)
    found = seen(running)
    assert found is not None
    assert found.parties[0].name.isprintable()
    assert len(found.parties[0].name) <= 80


def test_a_busy_registry_is_left_alone(running: Registry) -> None:
    running.said["zajety.example"] = answering(429, b"", "Retry-After: 60")
    assert seen(running, "zajety.example") is None
    assert seen(running) is None
    assert f"/domain/{DOMAIN}" not in running.asked


def test_a_registry_may_send_on_to_another_server(running: Registry) -> None:
    with registry({DOMAIN: registered(DOMAIN, "nazwa.pl sp. z o.o.")}) as other:
        running.said[DOMAIN] = redirecting(lambda path: other.base[:-1] + path)
        found = seen(running)
    assert found is not None
    assert found.parties[0].name == "nazwa.pl sp. z o.o."


def test_a_redirect_to_a_private_address_is_not_followed(
    running: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry stands at a public address here, which is what loopback is not."""

    class Public(IPv4Address):
        is_global = True

    public = Public(running.address)
    monkeypatch.setattr(
        http,
        "ip_address",
        lambda said: public if said == running.address else ip_address(said),
    )
    inside: list[str] = []

    def internal(peer: object) -> None:
        inside.append(str(peer))

    with shop(internal, address="127.0.0.2") as port:
        running.said[DOMAIN] = redirecting(lambda _: f"http://127.0.0.2:{port}/admin")
        assert look(DOMAIN, network(running, private=False)) is None
    assert f"/domain/{DOMAIN}" in running.asked, "the fault was hit"
    assert inside == []


def test_who_comes_by_https_is_not_led_to_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the list nor by a registry; a fake, for both would need a name."""
    asked: list[str] = []

    def ask(url: str, **_: object) -> Reply:
        asked.append(url)
        if url.endswith("/dns.json"):
            ends = [[["example"], ["http://open.test/"]], [["test"], [SECURE]]]
            return Reply(200, (), json.dumps({"services": ends}).encode(), False, "")
        return Reply(302, (("location", "http://open.test/"),), b"", False, "")

    monkeypatch.setattr("fallback.wire.rdap.ask", ask)
    at = Network(NOBODY, rdap=f"{SECURE}dns.json")
    assert look(DOMAIN, at) is None
    assert look("kwiaty.test", at) is None
    assert asked == [f"{SECURE}dns.json", f"{SECURE}domain/kwiaty.test"]
