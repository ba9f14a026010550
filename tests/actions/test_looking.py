"""After a publish each host is asked what visitors ask: real servers, good and bad."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from fallback.actions.publishing.look import Patience
from fallback.actions.publishing.publish import publish
from fallback.core.config import HostTable, Network
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.result import Stage, silent
from fallback.hosts.folder import FolderHost, Settings
from fallback.wire.clock import SystemClock
from tests.fakes.config import small_config
from tests.fakes.host import FakeHost
from tests.fakes.site import small_site
from tests.probes.test_tls import Authority
from tests.servers import shop
from tests.servers.visited import at, visited

QUICK = Patience(
    older=timedelta(seconds=0.3),
    broken=timedelta(seconds=0.1),
    pause=timedelta(seconds=0.05),
)
HTML, TEXT = ("Content-Type", "text/html"), ("Content-Type", "text/plain")
FEEDS = {"_fallback/feed.xml": "<feed/>", "_fallback/feed.pl.json": '{"items": []}'}


def published(root, url, site=None, **more):
    """Publish to the folder behind *url*; return its report."""
    network = more.pop("network", Network(allow_private=True))
    table = HostTable("folder", "folder", Settings(root / "copy"), url=url)
    config = small_config(root, [table], network=network)
    words = {"say": silent, "clock": SystemClock(), "patience": QUICK} | more
    (report,) = publish(config, site or small_site(extra=FEEDS), **words)
    return report


@contextmanager
def place(root, bend=None, **more):
    with visited(root / "copy", **more) as host:
        if bend is not None:
            host.bend = bend
        yield host


def test_a_visitor_asks_for_every_worker_language_and_feed_and_posts_twice(tmp_path):
    with place(tmp_path) as host:
        report = published(tmp_path, host.url)
    assert report.ok, report.problem
    assert set(host.targets()) >= {
        "/",
        "/robots.txt",
        "/sw.js",
        "/_fallback/en.html",
        "/_fallback/feed.json",
        "/_fallback/feed.xml",
        "/_fallback/feed.pl.json",
        "/_fallback/manifest.json",
    }
    assert any(t.endswith("?utm_source=newsletter") for t in host.targets())
    posts = host.targets("POST")
    assert posts[0] == "/" or posts[1] == "/"
    assert any(target.startswith("/wc-api/") for target in posts)


def test_no_two_looks_ask_for_the_same_deep_link(tmp_path):
    with place(tmp_path) as host:
        for _ in range(2):
            published(tmp_path, host.url)
    deep = [t for t in host.targets() if t.count("/") == 2 and "_fallback" not in t]
    assert len(set(deep)) == len(deep) == 4


BAD = {
    "a POST taken": (at("/", "POST", status=200), "payment provider"),
    "a payment message taken": (
        at(lambda t: t.startswith("/wc-api/"), "POST", status=204),
        "payment provider",
    ),
    "a deep link redirected": (
        at(lambda t: t.startswith("/produkt/"), status=302),
        "redirects /produkt/",
    ),
    "a language that somebody rewrote": (
        at("/_fallback/en.html", body=b"<title>rewritten</title>"),
        "200 for _fallback/en.html",
    ),
    "a worker that is missing": (at("/sw.js", status=404), "404 for sw.js"),
    "a feed that is missing": (
        at("/_fallback/feed.xml", status=403),
        "403 for _fallback/feed.xml",
    ),
    "robots that keep everybody out": (
        at("/robots.txt", body=b"User-agent: *\nDisallow: /\n"),
        "for robots.txt",
    ),
    "no robots": (at("/robots.txt", status=503), "503 for robots.txt"),
    "a page that browsers keep for a day": (
        at("/", headers=(HTML, ("Cache-Control", "max-age=86400"))),
        "keep / for 86400 s",
    ),
    "a page as text": (at("/", headers=(TEXT,)), "as text/plain"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_host_that_hurts_a_visitor_fails(tmp_path, case):
    bend, said = BAD[case]
    with place(tmp_path, bend) as host:
        report = published(tmp_path, host.url)
    assert not report.ok
    assert said in str(report.problem)
    beside = [str(line) for line in report.told_beside()]
    assert beside[0].startswith(f"  a visitor of {host.url} gets ")
    assert beside[1].startswith("  next: ")
    told = report.as_json()
    assert told["problem"] == str(report.problem)
    assert told["next"]


def test_what_the_kind_cannot_do_is_told_beside_what_it_promises_and_does_not_fail(
    tmp_path,
):
    bucket = Capabilities(200, 503, 503, retry_after=True, tls_ahead=True)

    class Elsewhere(FakeHost):
        def publish(self, site):
            return FolderHost(tmp_path / "copy").publish(site)

    with place(tmp_path) as host:
        report = published(
            tmp_path, host.url, connect=lambda *_: Elsewhere(caps=bucket)
        )
    assert report.ok, report.problem
    told = report.as_json()
    assert told["measured"] == Capabilities(200, 404, 405).as_json()
    assert told["caps"] == bucket.as_json()
    assert any("a deep link, where such a host should answer 503" in d
               for d in told["differences"])  # fmt: skip


def test_a_post_that_gets_no_answer_is_told_and_does_not_fail(tmp_path):
    def bend(request, answer):
        return None if request.method == "POST" else answer

    with place(tmp_path, bend) as host:
        report = published(tmp_path, host.url)
    assert host.targets("POST"), "the fault was hit"
    assert report.ok, report.problem
    assert report.seen.measured.post is None
    assert any("no answer to a POST" in str(each) for each in report.seen.remarks)


def test_questions_that_hang_cost_the_host_its_own_deadline_and_no_more(tmp_path):
    with visited(tmp_path / "copy") as host:
        peers = iter(range(1000))
        hung = []

        def hang(peer):
            if next(peers) < 3:
                host.behave(peer)
            else:
                hung.append(peer)
                shop.silent(peer)

        with shop.shop(hang) as port:
            begun = time.monotonic()
            report = published(
                tmp_path, f"http://127.0.0.1:{port}", deadline=timedelta(seconds=1.5)
            )
            took = time.monotonic() - begun
    assert len(host.asked) == 3
    assert hung, "the fault was hit"
    assert not report.ok
    assert took < 10, "one request alone would take as long"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


def tls(authority, days):
    authority.serving(authority.leaf("localhost", days=days))
    return authority.context


@pytest.mark.parametrize("left", [3, 60])
def test_how_long_the_certificate_lasts_is_reported(tmp_path, authority, left):
    network = Network(allow_private=True, ca_file=authority.root)
    with place(tmp_path, tls=tls(authority, (-1, left))) as host:
        report = published(tmp_path, host.url, network=network)
    assert report.ok, report.problem
    ends = datetime.fromisoformat(report.as_json()["certificate_ends"])
    assert timedelta(days=left - 1) < ends - datetime.now(UTC) <= timedelta(days=left)


def test_a_certificate_that_has_ended_fails(tmp_path, authority):
    network = Network(allow_private=True, ca_file=authority.root)
    with place(tmp_path, tls=tls(authority, (-9, -1))) as host:
        report = published(tmp_path, host.url, network=network)
    assert not report.ok
    assert "certificate has expired" in str(report.problem)


def test_each_step_of_a_host_is_shown_while_it_goes_on(tmp_path):
    steps = []
    with place(tmp_path) as host:
        published(
            tmp_path, host.url, progress=lambda host, step: steps.append((host, step))
        )
    assert {host for host, _ in steps} == {"folder"}
    stages = [step.stage for _, step in steps]
    assert stages[0] is Stage.WRITING
    assert stages[-2:] == [Stage.LOOKING, Stage.DONE]
    done = [(step.done, step.of) for _, step in steps if step.of]
    site = small_site(extra=FEEDS)
    assert done == [(n, len(site.files)) for n in range(1, len(site.files) + 1)]


def test_a_page_that_may_stand_at_503_is_as_good_at_a_status_address(tmp_path):
    with place(tmp_path, status_address=False) as host:
        report = published(tmp_path, host.url)
    assert report.ok
    assert report.seen.measured == Capabilities(503, 503, 503, retry_after=True)
