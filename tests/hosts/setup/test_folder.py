"""A folder behind the owner's own nginx or Caddy, under the rules that setup writes."""

import contextlib
import gzip
import http.client
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import evolve, frozen

from fallback.actions import provisioning
from fallback.actions.build import build
from fallback.core.config import HostTable, Network
from fallback.core.errors import UsageError
from fallback.core.result import silent
from fallback.hosts import folder as kind
from fallback.hosts.folder import FolderHost
from fallback.hosts.setup.folder import connect
from fallback.page.webserver import SERVERS, Site, rules
from fallback.wire import shipped
from fallback.wire.web.http import Reply, ask
from tests.contracts.provisioner import NAMES
from tests.fakes.config import small_config
from tests.fakes.site import page, small_site
from tests.servers import own_server
from tests.servers.updated import free_port

LAB = Network(allow_private=True)
SHOP, STATUS = "kwiaty.example", "status.example"


@frozen
class Server:
    """A running web server, and what it should be showing."""

    port: int
    config: object
    host: FolderHost

    def publish(self, words: str):
        (self.config.root / "content" / "outage.pl.md").write_text(words, "utf-8")
        site = build(self.config, out=None).site
        self.host.publish(site)
        return site

    def ask(
        self, path: str, name: str = SHOP, method: str = "GET", body=b"", headers=None
    ) -> Reply:
        return ask(
            f"http://{name}:{self.port}{path}",
            network=LAB,
            at=("127.0.0.1", self.port),
            method=method,
            body=body,
            headers=headers,
        )


@pytest.fixture(params=["nginx", "caddy"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    root = tmp_path / "site"
    (root / "content").mkdir(parents=True)
    config = small_config(root)
    shop = evolve(
        config.shop,
        url=f"http://{SHOP}:{port}",
        languages=("pl", "en"),
        workers=("/sw.js", "/static/worker"),
    )
    table = HostTable(
        "folder",
        "folder",
        kind.Settings(tmp_path / "a public copy"),
        f"http://{STATUS}:{port}",
    )
    config = evolve(config, shop=shop, hosts=(table,))
    provisioning.setup(config, "folder", say=silent)
    name = "nginx.conf" if request.param == "nginx" else "Caddyfile"
    start = own_server.nginx if request.param == "nginx" else own_server.caddy
    with start(tmp_path, root / "server" / name, port):
        yield Server(port, config, FolderHost(tmp_path / "a public copy"))


def is_page(reply: Reply, site) -> bool:
    return sha256(reply.body).hexdigest() == site.file("index.html").digest


PATHS = (
    "/",
    "/produkt/roza-12?utm_source=newsletter",
    "/index.html",
    "/404.html",
    "/wc-api/payment",
    "/_headers",
    "/.git/config",
    "/_fallback",
    "/_fallback/",
    "/_fallback/announce",
    "/_fallback/announce/",
    "/_fallback/nothing.html",
    "/static/",
)


def test_every_address_and_method_gets_the_page_with_503(server: Server) -> None:
    site = server.publish("Dysk się zepsuł.")
    assert any(file.path.startswith("_fallback/announce/") for file in site.files)

    for path in PATHS:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            body = b"paid=1" if method in ("POST", "PUT") else b""
            reply = server.ask(path, method=method, body=body)
            assert reply.status == 503, (method, path)
            assert is_page(reply, site), (method, path)
            assert reply.header("retry-after") == "3600"
            assert reply.header("content-type") == "text/html; charset=utf-8"
            assert "frame-ancestors" in reply.header("content-security-policy")
            assert not reply.header("location")


def test_no_address_leads_out_of_the_page(server: Server) -> None:
    server.publish("Dysk się zepsuł.")
    (server.host.path.parent / "secret.txt").write_text("out")

    for path in ("/_fallback/%2e%2e/%2e%2e/secret.txt", "/_fallback/../../secret.txt"):
        reply = server.ask(path)
        assert reply.status >= 400
        assert reply.body != b"out"


def test_what_is_ours_is_read_with_the_headers_of_the_manifest(server: Server) -> None:
    site = server.publish("Dysk się zepsuł.")
    kept = [
        file
        for file in site.files
        if file.path.startswith("_fallback/")
        or file.path in ("robots.txt", "sw.js", "static/worker")
    ]
    assert len(kept) > 20

    for file in kept:
        reply = server.ask(f"/{file.path}")
        assert reply.status == 200, file.path
        assert sha256(reply.body).hexdigest() == file.digest, file.path
        kind_of, _, charset = file.content_type.partition(";")
        assert reply.header("content-type").startswith(kind_of), file.path
        if charset:
            assert charset.strip() in reply.header("content-type").lower()
        assert reply.header("cache-control") == file.cache_control
        head = server.ask(f"/{file.path}", method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert server.ask(f"/{file.path}", method="POST", body=b"x").status == 503


def test_feeds_may_be_asked_from_the_shop_and_workers_may_rule_everything(
    server: Server,
) -> None:
    server.publish("Dysk się zepsuł.")

    for path in ("/_fallback/feed.json", "/_fallback/feed.en.xml"):
        assert server.ask(path).header("access-control-allow-origin") == "*"
    for path in ("/sw.js", "/static/worker"):
        assert server.ask(path).header("service-worker-allowed") == "/"
    assert not server.ask("/_fallback/en.html").header("access-control-allow-origin")


def test_the_status_address_shows_its_front_with_200_and_nothing_else(
    server: Server,
) -> None:
    site = server.publish("Dysk się zepsuł.")

    front = server.ask("/?utm_source=x", STATUS)
    assert (front.status, is_page(front, site)) == (200, True)
    assert server.ask("/produkt", STATUS).status == 503
    assert server.ask("/", STATUS, "POST", b"x").status == 503


@pytest.mark.parametrize("name", [SHOP, STATUS])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        ("If-None-Match", "*"),
        ("Range", "bytes=0-3"),
    ],
)
def test_what_a_browser_holds_of_the_shop_never_passes_for_the_page(
    server: Server, name: str, header: str, value: str
) -> None:
    site = server.publish("Dysk się zepsuł.")

    reply = server.ask("/produkt", name, headers={header: value})
    assert reply.status == 503
    assert is_page(reply, site)
    if header != "If-None-Match":
        worker = server.ask("/sw.js", name, headers={header: value})
        assert worker.status == 200
        assert worker.body == site.file("sw.js").body


def test_a_long_message_of_a_payment_provider_gets_its_503(server: Server) -> None:
    server.publish("Dysk się zepsuł.")
    head = (
        f"POST /wc-api HTTP/1.1\r\nHost: {SHOP}:{server.port}\r\n"
        f"Content-Length: {3 * 2**20}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), 10) as peer:
        peer.sendall(head.encode())
        assert peer.recv(12) == b"HTTP/1.1 503"


def test_whoever_can_unpack_gets_languages_and_feeds_packed(server: Server) -> None:
    site = server.publish("Dysk się zepsuł.")

    for path in ("_fallback/en.html", "_fallback/feed.json"):
        there = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        with contextlib.closing(there):
            host = f"{SHOP}:{server.port}"
            there.request(
                "GET", f"/{path}", None, {"Host": host, "Accept-Encoding": "gzip"}
            )
            reply = there.getresponse()
            assert reply.headers["content-encoding"] == "gzip"
            assert gzip.decompress(reply.read()) == site.file(path).body


def test_caddy_redirects_nobody_from_http_to_https(tmp_path: Path) -> None:
    site = small_site()
    FolderHost(tmp_path / "page").publish(site)
    about = Site("Shop", str(tmp_path / "page"), [SHOP], [], status=STATUS)
    templates = {name: shipped.server(name) for name in SERVERS}
    text = rules(about, templates)["Caddyfile"]
    own = text.replace("\troot *", "\ttls internal\n\troot *")
    (tmp_path / "rules").write_text(own)
    plain, secure = free_port(), free_port()
    options = f"http_port {plain}\n\thttps_port {secure}\n\tskip_install_trust"
    with own_server.caddy(tmp_path, tmp_path / "rules", plain, options=options):
        for name, status in ((SHOP, 503), (STATUS, 200)):
            reply = ask(f"http://{name}/", network=LAB, at=("127.0.0.1", plain))
            assert reply.status == status
            assert reply.body == site.file("index.html").body


def test_a_new_page_is_seen_without_a_reload(server: Server) -> None:
    server.publish("Dysk się zepsuł.")
    site = server.publish("Dysk jest wymieniony.")

    for _ in range(3):
        assert is_page(server.ask("/stary/link"), site)


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ('/srv/"; root /', SHOP),
        ("/srv/$uri", SHOP),
        ("/srv/a\nb", SHOP),
        ("/srv/{x}", SHOP),
        ("/srv", "kwiaty.example; }"),
        ("/srv", "kwiaty example"),
    ],
)
def test_nothing_can_mean_more_than_itself_in_the_rules(root: str, name: str) -> None:
    templates = {each: shipped.server(each) for each in SERVERS}

    with pytest.raises(UsageError, match="cannot stand in"):
        rules(Site("Kwiaty", root, (name,), ()), templates)


def test_the_name_of_the_shop_stays_in_its_comment() -> None:
    templates = {each: shipped.server(each) for each in SERVERS}

    made = rules(Site("Kwiaty\nserver { }", "/srv", (SHOP,), ()), templates)

    for text in made.values():
        assert not any(line.startswith("server { }") for line in text.splitlines())


def test_the_folder_is_made_once_and_the_rules_are_written_beside_the_site(
    tmp_path: Path,
) -> None:
    config = small_config(tmp_path)
    table = HostTable("folder", "folder", kind.Settings(tmp_path / "page"))
    shop = evolve(config.shop, workers=())
    config = evolve(config, shop=shop, hosts=(table,))

    outcomes = [
        [step.outcome.value for step in done.provision.steps]
        for done in (
            provisioning.setup(config, "folder", say=silent),
            provisioning.setup(config, "folder", say=silent),
        )
    ]

    assert outcomes == [["made"], ["found"]]
    assert (tmp_path / "page").is_dir()
    for name in SERVERS:
        assert "kwiaty" in (tmp_path / "server" / name).read_text("utf-8")


def test_only_the_page_is_taken_away_and_nothing_of_others(tmp_path: Path) -> None:
    path = tmp_path / "page"
    provisioner = connect(
        HostTable("folder", "folder", kind.Settings(path)), small_config(tmp_path)
    )
    provisioner.setup(NAMES)
    for number in range(3):
        extra = {f"_fallback/log/{number}.html": page("x")}
        FolderHost(path).publish(small_site(str(number), sequence=number, extra=extra))
    (path / "_fallback" / "theirs.bin").write_bytes(b"2")

    done = [provisioner.teardown() for _ in range(2)]

    assert [d.steps[0].outcome.value for d in done] == ["removed", "absent"]
    left = [each for each in path.rglob("*") if each.is_file()]
    assert left == [path / "_fallback" / "theirs.bin"]


def test_an_empty_folder_is_taken_away_with_the_page(tmp_path: Path) -> None:
    path = tmp_path / "page"
    provisioner = connect(
        HostTable("folder", "folder", kind.Settings(path)), small_config(tmp_path)
    )
    provisioner.setup(NAMES)
    FolderHost(path).publish(small_site())

    provisioner.teardown()

    assert not path.exists()
