"""One host in trouble delays and fails no other; each trouble is proven to be met."""

import socket
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.fakes.site_folder import bucket, folder, say, write_site
from tests.servers import shop
from tests.servers.program import fallback
from tests.servers.proxy import fault_proxy
from tests.servers.s3 import s3_server
from tests.servers.visited import visited

DEADLINE = "4s"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_six_hosts_in_trouble_and_two_that_are_well(tmp_path, server):
    """Each of the six is named with what its visitors still see; exit 3, in time."""
    met = []

    def drip(peer):
        met.append("drip")
        shop.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")(peer)

    faults = {
        "hang": {"always": "hang"},
        "reset": {"always": "reset"},
        "5xx": {"always": "status:503:SlowDown"},
        "revoked": {"always": "status:403:InvalidAccessKeyId"},
    }
    root = tmp_path / "shop"
    with ExitStack() as stack:
        name = f"b-{uuid4().hex}"
        server.make_bucket(name)
        old = stack.enter_context(visited(root / "old"))
        write_site(root, folder("old"), words="Stare")
        assert fallback(root, "deploy").code == 0
        proxies = {
            each: stack.enter_context(fault_proxy(server.port)) for each in faults
        }
        for each, proxy in proxies.items():
            proxy.misbehave(**faults[each])
        dripping = stack.enter_context(shop.shop(drip))
        trouble = [
            *(bucket(name, proxy.endpoint, url=old.url, deadline=DEADLINE, prefix=each)
              for each, proxy in proxies.items()),
            *(bucket(name, f"http://127.0.0.1:{port}", url=old.url, deadline=DEADLINE)
              for port in (dripping, closed_port())),
        ]  # fmt: skip
        well = [folder("one"), bucket(name, server.endpoint, prefix="well")]
        (root / "fallback.toml").unlink()
        write_site(root, *trouble, *well, words="Nowe")
        ended = fallback(root, "deploy", "--json", timeout=50)
        for each, proxy in proxies.items():
            assert proxy.hits, each
        assert met, "the dripping server was asked"
    assert ended.code == 3, ended.out
    hosts = ended.json["hosts"]
    assert [host["ok"] for host in hosts] == [False] * 6 + [True] * 2
    for host in hosts[:6]:
        assert host["problem"]
        assert host["next"]
        assert "the page with the words of" in host["customers_see"], host
    assert "env:TEST_S3_KEY" in hosts[3]["next"]
    assert "Nowe" in (root / "one" / "index.html").read_text("utf-8")
    assert "Stare" in (root / "old" / "index.html").read_text("utf-8")


def test_each_host_has_the_deadline_that_its_table_says(tmp_path, server):
    with fault_proxy(server.port) as proxy:
        proxy.misbehave(always="hang")
        root = write_site(
            tmp_path / "shop", bucket("b", proxy.endpoint, deadline="1s"), folder()
        )
        ended = fallback(root, "deploy", "--json")
        assert proxy.hits, "the fault was hit"
    assert ended.code == 3
    problem = ended.json["hosts"][0]["problem"]
    # whoever looks at the clock first says it: the request, or who waits for the host
    assert "not ready within 1.0 s" in problem or "timed out" in problem


def test_a_host_that_hangs_while_visitors_are_served_says_what_they_get(
    tmp_path, server
):
    root = tmp_path / "shop"
    with visited(root / "old") as old, fault_proxy(server.port) as proxy:
        write_site(root, folder("old"), words="Stare")
        assert fallback(root, "deploy").code == 0
        proxy.misbehave(always="hang")
        settings = root / "fallback.toml"
        settings.unlink()
        write_site(root, bucket("b", proxy.endpoint, url=old.url, deadline="3s"))
        say(root, "Nowe")
        ended = fallback(root, "deploy")
        assert proxy.hits, "the fault was hit"
    assert ended.code == 1
    assert "its visitors see: the page with the words of" in ended.out


def test_a_visitor_that_gets_the_page_drop_by_drop_fails_that_host_alone(tmp_path):
    met = []

    def drip(peer):
        met.append(1)
        shop.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")(peer)

    with shop.shop(drip) as port:
        root = write_site(
            tmp_path / "shop",
            folder("one", url=f"http://127.0.0.1:{port}", deadline="2s"),
            folder("two"),
        )
        ended = fallback(root, "deploy", "--json")
    assert met, "the fault was hit"
    assert ended.code == 3
    slow, well = ended.json["hosts"]
    assert (slow["ok"], well["ok"]) == (False, True)
    assert slow["written"], "what was written is said all the same"
