"""The spare address, asked where real servers answer: page, certificate, redirect."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.checking.spare import spare
from fallback.core.check.spare import Spare
from fallback.core.config import Config, Network
from fallback.demo.nameserver import answering
from fallback.wire.web.listen import Answer
from tests.fakes.config import small_config
from tests.probes.test_tls import Authority
from tests.servers import page
from tests.servers.visited import visited

ZONE = """$TTL 60
@ SOA ns1 hostmaster 1 3600 600 86400 60
  NS ns1
ns1 A 127.0.0.1
@ A 127.0.0.1
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder that holds a published page."""
    return page.publish(tmp_path / "copy")


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    file = tmp_path / "spare.zone"
    file.write_text(ZONE, "utf-8")
    with answering(file, "kwiaty-awaria.test", "127.0.0.1") as server:
        yield Network(resolvers=(str(server),), canaries=(), allow_private=True)


def seen_at(config: Config) -> Spare:
    """Return what is seen of the spare address of *config*."""
    seen = spare(config)
    assert seen is not None
    return seen


def config(tmp_path: Path, url: str, network: Network) -> Config:
    small = small_config(tmp_path / "site")
    return evolve(small, shop=evolve(small.shop, spare=url), network=network)


def test_without_the_setting_nobody_is_asked(tmp_path: Path) -> None:
    assert spare(small_config(tmp_path)) == Spare()


def test_a_page_in_another_zone_is_seen_as_a_customer_sees_it(
    tmp_path: Path, copy: Path, network: Network
) -> None:
    with visited(copy, status_address=False) as host:
        url = f"http://kwiaty-awaria.test:{host.port}/"
        seen = seen_at(config(tmp_path, url, network))
    assert (seen.url, seen.host) == (url.rstrip("/"), "kwiaty-awaria.test")
    assert (seen.zone, seen.addresses) == ("kwiaty-awaria.test.", ("127.0.0.1",))
    assert [address for _, address in seen.servers] == ["127.0.0.1"]
    assert (seen.status, seen.failed, seen.problem) == (503, "", None)
    assert seen.served is not None


def test_a_redirect_is_not_followed(
    tmp_path: Path, copy: Path, network: Network
) -> None:
    def away(_: object, answer: Answer) -> Answer:
        return evolve(answer, status=301, headers=(("Location", "https://x.test/"),))

    with visited(copy, bend=away) as host:
        seen = seen_at(config(tmp_path, f"{host.url}/", network))
        assert {target for _, target in host.asked} >= {"/"}
    assert (seen.status, seen.served) == (301, None)


def test_nobody_there_is_said_as_such(tmp_path: Path, network: Network) -> None:
    (tmp_path / "spare.zone").write_text(ZONE.replace("@ A 127.0.0.1\n", ""), "utf-8")
    seen = seen_at(config(tmp_path, "https://kwiaty-awaria.test", network))
    assert (seen.failed, seen.served, seen.addresses) == ("dns", None, ())
    assert seen.failure is not None


def test_nobody_who_says_anything_is_not_taken_for_a_name_that_leads_nowhere(
    tmp_path: Path, network: Network
) -> None:
    """That server knows another zone, and refuses to speak of this one."""
    assert spare(config(tmp_path, "https://kwiaty-inne.test", network)) is None


def test_a_certificate_for_another_name_is_told_from_no_answer(
    tmp_path: Path, copy: Path, network: Network
) -> None:
    authority = Authority(tmp_path)
    stem = authority.leaf("other.test")
    authority.serving(stem)
    trusting = evolve(network, ca_file=authority.root)
    with visited(copy, authority.context) as host:
        url = f"https://kwiaty-awaria.test:{host.port}"
        assert seen_at(config(tmp_path, url, trusting)).failed == "tls_name"
