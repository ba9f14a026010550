"""What the gates are told comes from the world: real servers, real certificates."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.moving import evidence
from fallback.core.config import Config, HostTable, Network, Shop
from fallback.core.records import RRset, Snapshot
from fallback.core.redirect.gates import Code, page_gate, zone_gate
from fallback.hosts.folder import Settings
from fallback.probes import resolver
from tests.fakes.config import small_config
from tests.servers import page, zones
from tests.servers.bind import Bind, running
from tests.wire.web.test_http import authority, certified, saying, server

__all__ = ["authority"]

NAMES = ("kwiaty.example.", "www.kwiaty.example.")
HERE = (ip_address("127.0.0.1"),)


def lab(tmp_path: Path, port: int, scheme: str = "http", **network: object) -> Config:
    page.publish(tmp_path / "public-copy")
    return small_config(
        tmp_path,
        shop=Shop("Kwiaty", f"{scheme}://kwiaty.example:{port}"),
        network=Network(allow_private=True, canaries=(), **network),
    )


def refused(config: Config, names: tuple[str, ...] = NAMES) -> list[Code]:
    looks = evidence.page_looks(config, names, HERE)
    return [r.code for r in page_gate(looks, evidence.expected_pages(config), names)]


def test_the_published_page_passes_for_each_name(tmp_path: Path) -> None:
    folder = page.publish(tmp_path / "public-copy")
    with page.serving(folder) as host:
        config = lab(tmp_path, host.port)
        assert refused(config) == []
        assert {look.status for look in evidence.page_looks(config, NAMES, HERE)} == {
            503
        }


def test_an_older_page_at_the_target_differs(tmp_path: Path) -> None:
    stale = page.publish(tmp_path / "stale", body=page.BODY + "yesterday")
    with page.serving(stale) as host:
        assert refused(lab(tmp_path, host.port), NAMES[:1]) == [Code.PAGE_DIFFERS]


def test_of_several_manifests_the_newest_counts(tmp_path: Path) -> None:
    fresh = page.publish(tmp_path / "fresh", body=page.BODY + "new", sequence=2)
    with page.serving(fresh) as host:
        config = lab(tmp_path, host.port)
        assert refused(config, NAMES[:1]) == [Code.PAGE_DIFFERS]
        tables = (*config.hosts, HostTable("folder", "fresh", Settings(fresh)))
        assert refused(evolve(config, hosts=tables), NAMES[:1]) == []


def test_a_status_address_tells_what_was_published(tmp_path: Path) -> None:
    fresh = page.publish(tmp_path / "fresh", body=page.BODY + "new", sequence=2)
    with page.serving(fresh) as host:
        config = lab(tmp_path, host.port)
        tables = (HostTable("s3", "bucket", None, f"{host.url}"),)
        assert refused(evolve(config, hosts=tables), NAMES[:1]) == []


def test_another_page_is_no_page_and_nobody_is_nobody(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
    with server(saying(answer)) as port:
        config = lab(tmp_path, port)
        assert refused(config, NAMES[:1]) == [Code.TARGET_NOT_PAGE]
    assert refused(config, NAMES[:1]) == [Code.TARGET_NOT_PAGE]


def test_a_certificate_for_another_name_is_tls(
    tmp_path: Path,
    authority: Path,
) -> None:
    answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    with server(answer, certified(authority, "shop.example")) as port:
        config = lab(tmp_path, port, "https", ca_file=authority / "ca.pem")
        assert refused(config, NAMES[:1]) == [Code.TLS]
        assert refused(config, ("shop.example.",)) == [Code.TARGET_NOT_PAGE]


# --- the zone, by a real BIND


@pytest.fixture(scope="module")
def bind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bind]:
    follows = zones.TEXT + "\nmx2 CNAME www\n@ MX 30 mx2\n"
    with ExitStack() as stack:
        yield stack.enter_context(
            running(tmp_path_factory.mktemp("bind"), text=follows)
        )


def at(bind: Bind) -> Network:
    return Network(resolvers=(bind.server,), canaries=(), allow_private=True)


def judged(bind: Bind, *names: str, snapshot: Snapshot | None = None) -> list[Code]:
    look = evidence.zone_look(zones.NAME, names, at(bind))
    held = snapshot or Snapshot(f"{zones.NAME}.", {})
    types = frozenset(("A", "AAAA", "CNAME", "HTTPS", "SVCB"))
    return [refusal.code for refusal in zone_gate(look, held, names, types)]


def test_mail_that_follows_an_alias_is_seen(bind: Bind) -> None:
    assert judged(bind, "www.kwiaty.example.") == [Code.MX_FOLLOWS]
    assert judged(bind, "kwiaty.example.") == [Code.MX_FOLLOWS]  # www leads there


def test_mail_of_a_zone_without_mx_would_follow_the_zone_itself(
    tmp_path: Path,
) -> None:
    without = "\n".join(line for line in zones.TEXT.splitlines() if " MX " not in line)
    with running(tmp_path, text=f"{without}\n") as bind:
        assert judged(bind, "kwiaty.example.") == [Code.MX_FOLLOWS]
        assert judged(bind, "www.kwiaty.example.") == []


def test_a_mail_host_and_a_name_server_that_are_redirected_are_seen(
    bind: Bind,
) -> None:
    assert judged(bind, "mail.kwiaty.example.") == [Code.MX_FOLLOWS]
    assert judged(bind, "ns1.kwiaty.example.") == [Code.NS_FOLLOWS]


def test_a_zone_that_is_not_the_served_one_is_seen(bind: Bind) -> None:
    key = ("kwiaty.example.", "A")
    other = RRset(timedelta(seconds=300), ("203.0.113.1",))
    held = Snapshot("kwiaty.example.", {key: other})
    assert Code.NOT_DELEGATED in judged(bind, "kwiaty.example.", snapshot=held)
    served = resolver.resolve("kwiaty.example", "A", at(bind))
    assert served is not None
    same = RRset(timedelta(seconds=60), served.rdatas)
    held = Snapshot("kwiaty.example.", {key: same})
    assert Code.NOT_DELEGATED not in judged(bind, "kwiaty.example.", snapshot=held)


def test_a_name_that_only_a_wildcard_answers_for_passes(bind: Bind) -> None:
    assert judged(bind, "shop.kwiaty.example.") == []


def test_nobody_to_ask_refuses_what_cannot_be_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolver, "authoritative", lambda *_: ())
    look = evidence.zone_look(zones.NAME, NAMES, Network())
    held = Snapshot("kwiaty.example.", {})
    codes = [r.code for r in zone_gate(look, held, NAMES, frozenset())]
    assert codes == [Code.MX_FOLLOWS, Code.NOT_DELEGATED]
