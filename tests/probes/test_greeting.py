"""What the shop and the hosts say of HSTS and of the time."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from fallback.core.config import HostTable, Network
from fallback.hosts.folder import Settings
from fallback.probes import greeting
from tests.fakes.clock import FakeClock
from tests.fakes.config import small_config
from tests.probes.test_tls import Authority
from tests.servers.shop import answering, shop, silent

THEN = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DATE = "Date: Sun, 22 Nov 2026 10:00:00 GMT"
HSTS = "Strict-Transport-Security: max-age=31536000"
CLOCK = FakeClock()


def _hosts(tmp_path: Path, *urls: str) -> tuple[HostTable, ...]:
    return tuple(
        HostTable("folder", f"host-{n}", Settings(tmp_path), url)
        for n, url in enumerate(urls)
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((DATE,), THEN),
        ((DATE, "Age: 90"), THEN + timedelta(seconds=90)),
        ((DATE, "Age: old"), None),
        ((DATE, "Age: 999999999"), None),
        (("Date: yesterday",), None),
        ((), None),
    ],
)
def test_a_host_s_clock_is_its_date_and_the_age_of_the_answer(
    tmp_path: Path, headers: tuple[str, ...], expected: datetime | None
) -> None:
    with shop(answering(200, b"page", *headers)) as port:
        hosts = _hosts(tmp_path, f"http://127.0.0.1:{port}/", "")
        seen = greeting.of_hosts(small_config(tmp_path, hosts), CLOCK)
    assert [tick.theirs for tick in seen] == ([expected] if expected else [])
    assert all(tick.server == "host-0" for tick in seen)


def test_a_host_that_does_not_answer_has_no_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(greeting, "DEADLINE", timedelta(milliseconds=100))
    with shop(silent) as port:
        hosts = _hosts(tmp_path, f"http://127.0.0.1:{port}/")
        assert greeting.of_hosts(small_config(tmp_path, hosts), CLOCK) == ()


def test_hsts_counts_over_https_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.serving(authority.leaf("localhost"))
    config = small_config(tmp_path)
    said = {}
    for tls in (None, authority.context):
        with shop(answering(200, b"shop", HSTS, DATE), tls) as port:
            scheme = "https" if tls else "http"
            here = evolve(
                config,
                shop=evolve(config.shop, url=f"{scheme}://localhost:{port}"),
                network=Network(ca_file=authority.root, allow_private=True),
            )
            said[scheme] = greeting.of_shop(here, CLOCK)
        assert greeting.of_shop(here, CLOCK) is None, "it is closed now"
    assert {scheme: each and each.hsts for scheme, each in said.items()} == {
        "http": "",
        "https": "max-age=31536000",
    }
    assert said["https"] is not None
    assert said["https"].tick is not None
    assert said["https"].tick.theirs == THEN


def test_the_software_of_the_shop_is_told_by_its_page_or_its_cookies(
    tmp_path: Path,
) -> None:
    page = b'<script src="https://cdn.shopify.com/a.js"></script>'
    for body, cookie, expected in (
        (page, "a=1", "shopify"),
        (gzip.compress(page), "a=1", "shopify"),
        (b"shop", "PrestaShop-1a2b=x", "prestashop"),
        (b"shop", "a=1", None),
    ):
        packed = ("Content-Encoding: gzip",) if body[:2] == b"\x1f\x8b" else ()
        said = answering(200, body, f"Set-Cookie: {cookie}", *packed)
        with shop(said) as port:
            config = small_config(tmp_path)
            url = f"http://localhost:{port}"
            here = evolve(config, shop=evolve(config.shop, url=url))
            seen = greeting.of_shop(here, CLOCK)
        assert seen is not None
        found = seen.platform and seen.platform.id
        assert found == expected
