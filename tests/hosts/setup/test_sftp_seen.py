"""A page published by SFTP, seen through the owner's own nginx or Caddy."""

import gzip
import http.client
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import evolve, frozen

from fallback.actions import provisioning
from fallback.actions.build import build
from fallback.core.config import HostTable
from fallback.core.result import silent
from fallback.hosts.sftp import SftpHost, connect
from fallback.page.hosting import http_date
from tests.fakes.config import small_config
from tests.fakes.sftp import settings
from tests.servers import own_server
from tests.servers.sshd import sshd
from tests.servers.updated import free_port

SHOP, STATUS = "kwiaty.example", "status.example"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    with sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@frozen
class Seen:
    """A web server that shows what an SFTP host publishes."""

    port: int
    config: object
    host: SftpHost

    def publish(self, words: str, eta: datetime | None = None) -> bytes:
        """Publish *words*; return the page."""
        header = f"eta: {eta.isoformat()}\n\n" if eta else ""
        (self.config.root / "content" / "outage.pl.md").write_text(f"{header}{words}\n")
        site = build(self.config, out=None).site
        self.host.publish(site)
        return site.file("index.html").body

    def ask(
        self, path: str, method: str = "GET", packed: str = "", name: str = SHOP
    ) -> tuple[http.client.HTTPResponse, bytes]:
        there = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(there):
            headers = {"Host": f"{name}:{self.port}"}
            if packed:
                headers["Accept-Encoding"] = packed
            there.request(method, path, b"x=1" if method == "POST" else None, headers)
            reply = there.getresponse()
            return reply, reply.read()


@pytest.fixture(params=["nginx", "caddy"])
def seen(request: pytest.FixtureRequest, tmp_path: Path, files) -> Iterator[Seen]:
    root, place, port = tmp_path / "site", tmp_path / "page", free_port()
    (root / "content").mkdir(parents=True)
    place.mkdir()
    config = small_config(root)
    url, about = f"http://{STATUS}:{port}", settings(files, place)
    config = evolve(
        config,
        shop=evolve(
            config.shop,
            url=f"http://{SHOP}:{port}",
            languages=("pl", "en"),
            workers=("/sw.js",),
        ),
        hosts=(HostTable("sftp", "sftp", about, url),),
    )
    provisioning.setup(config, "sftp", say=silent)
    name = "nginx.conf" if request.param == "nginx" else "Caddyfile"
    start = own_server.nginx if request.param == "nginx" else own_server.caddy
    with start(tmp_path, root / "server" / name, port):
        yield Seen(port, config, connect(about, config))


def test_before_the_first_publish_every_address_says_so_with_503(seen: Seen) -> None:
    for path in ("/", "/produkt", "/index.html", "/_fallback/en.html", "/robots.txt"):
        for method in ("GET", "POST"):
            for name in (SHOP, STATUS):
                reply, body = seen.ask(path, method, name=name)
                assert reply.status == 503, (method, name, path)
                assert body.strip() == b"nothing is published here yet"
                assert reply.headers["retry-after"] == "3600"
                assert reply.headers["content-type"].startswith("text/plain")


def test_retry_after_follows_the_announced_end_without_a_reload(seen: Seen) -> None:
    ends = [NOW + timedelta(hours=2), NOW + timedelta(days=40), NOW + timedelta(days=1)]
    for number, eta in enumerate(ends):
        page = seen.publish(f"Dysk {number}.", eta)
        for path, method in (("/", "GET"), ("/stary/link", "GET"), ("/pay", "POST")):
            reply, body = seen.ask(path, method)
            assert (reply.status, body) == (503, page)
            assert reply.headers.get_all("retry-after") == [http_date(eta)]


@pytest.mark.parametrize(
    "eta", [None, NOW - timedelta(hours=1), datetime(1999, 12, 31, 23, tzinfo=UTC)]
)
def test_retry_after_never_names_a_moment_that_has_passed(seen: Seen, eta) -> None:
    seen.publish("Dysk.", NOW + timedelta(hours=2))
    page = seen.publish("Dysk jest wymieniony.", eta)

    reply, body = seen.ask("/produkt")

    assert (reply.status, body) == (503, page)
    assert reply.headers.get_all("retry-after") == ["3600"]


def test_whoever_can_unpack_gets_the_page_packed_and_caches_know(seen: Seen) -> None:
    page = seen.publish("Dysk się zepsuł.")

    for path, method, name in (
        ("/", "GET", SHOP),
        ("/pay", "POST", SHOP),
        ("/", "GET", STATUS),
    ):
        packed, body = seen.ask(path, method, "gzip, br", name)
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(body) == page
        assert len(body) < 13_000
        plain, body = seen.ask(path, method, name=name)
        assert plain.headers["content-encoding"] is None
        assert sha256(body).digest() == sha256(page).digest()
        for reply in (packed, plain):
            assert reply.headers.get_all("vary") == ["Accept-Encoding"]
            assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_nothing_beside_the_page_can_be_asked_for(seen: Seen) -> None:
    page = seen.publish("Dysk.", NOW + timedelta(hours=2))

    release = Path(seen.host.path) / "current"
    (marker,) = release.glob(".until-*")
    for path in (f"/{marker.name}", "/index.html.gz"):
        reply, body = seen.ask(path)
        assert (reply.status, body) == (503, page)
