"""What visitors get of the generated worker, run for real by Node."""

from datetime import UTC, datetime, timedelta

import pytest

from fallback.actions.build import build
from fallback.actions.publishing.publish import publish
from fallback.actions.site import load
from fallback.core.config import HostTable, Network, SecretRef
from fallback.core.model import MANIFEST
from fallback.hosts import cloudflare_worker as kind
from fallback.hosts import setup
from fallback.hosts.cloudflare_worker import Settings
from fallback.page.hosting import PASS_THROUGH
from fallback.wire.clock import SystemClock
from fallback.wire.web.http import ask
from tests.fakes.cloudflare_workers import ACCOUNT, TOKEN, cloudflare
from tests.fakes.config import small_config
from tests.fakes.site_folder import write_site
from tests.servers import worker

NAME = "kwiaty-fallback"
LAB = Network(allow_private=True)
SHOP = "http://kwiaty.example"
DEEP = "/product/123?utm=1"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """Yield (where visitors ask, the site, the fake, the table), deployed once."""
    root = write_site(tmp_path_factory.mktemp("worker") / "shop", 'kind = "folder"\n'
                      'path = "public"')  # fmt: skip
    later = datetime.now(UTC) + timedelta(hours=5)
    words = root / "content" / "outage.pl.md"
    words.write_text(f"eta: {later.isoformat()}\n{words.read_text('utf-8')}", "utf-8")
    config = load(root)
    site = build(config, out=None).site
    with (
        pytest.MonkeyPatch.context() as patch,
        cloudflare() as fake,
        worker.running(fake, NAME) as url,
    ):
        patch.setenv("TEST_CLOUDFLARE_TOKEN", TOKEN)
        settings = Settings(ACCOUNT, NAME, SecretRef("env", "TEST_CLOUDFLARE_TOKEN"),
                            endpoint=fake.endpoint)  # fmt: skip
        table = HostTable("cloudflare_worker", "cloudflare_worker", settings, url)
        config = small_config(root, [table])
        said = []
        reports = publish(config, site, say=lambda *a: said.append(a),
                          clock=SystemClock())  # fmt: skip
        yield url, site, reports, later


@pytest.fixture
def visit(deployed):
    url = deployed[0]
    port = int(url.rpartition(":")[2])

    def visit(path="/", method="GET", base=SHOP, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(base + path, network=LAB, at=("127.0.0.1", port), method=method,
                   headers=named, cap=1024 * 1024)  # fmt: skip

    return visit


def test_deploy_sees_the_page_as_a_visitor_does(deployed):
    _, _, [report], _ = deployed
    assert report.ok, report.problem
    statuses = report.seen.statuses
    assert (statuses["front"], statuses["deep"], statuses["manifest"]) == (
        200,
        503,
        200,
    )
    assert (report.seen.differences, report.seen.remarks) == ((), ())


@pytest.mark.parametrize("path", ["/", "/index.html", "/404.html", DEEP, "/_headers",
                                  "/_redirects", "/constructor", "/__proto__", "/%ff",
                                  "/_fallback/", "//evil.example/"])  # fmt: skip
def test_under_the_shops_name_every_address_is_the_page_with_503(visit, deployed, path):
    reply = visit(path)
    assert reply.status == 503
    assert reply.body == deployed[1].file("index.html").body
    assert reply.header("retry-after").endswith("GMT")
    assert reply.header("content-type") == "text/html; charset=utf-8"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", DEEP, "/robots.txt", "/_fallback/feed.json"])
@pytest.mark.parametrize("base", [SHOP, "http://127.0.0.1"])
def test_nothing_but_reading_ever_succeeds(visit, deployed, method, path, base):
    reply = visit(path, method, base)
    assert reply.status == 503
    assert reply.header("retry-after")
    assert reply.body == deployed[1].file("index.html").body


def test_every_file_of_the_site_answers_200_with_its_own_headers(visit, deployed):
    unasked = {"index.html", "404.html", "_headers", "_redirects"}
    for file in deployed[1]:
        if file.path in unasked:
            continue
        reply = visit(f"/{file.path}?v=1")
        assert (reply.status, reply.body) == (200, file.body), file.path
        assert reply.header("content-type") == file.content_type
        assert reply.header("cache-control") == file.cache_control
        assert reply.header("cloudflare-cdn-cache-control") == "no-store"
        assert not reply.header("retry-after")


def test_each_language_answers_a_write_in_its_own_page(visit, deployed):
    reply = visit("/_fallback/en.html", "POST")
    assert reply.status == 503
    assert reply.body == deployed[1].file("_fallback/en.html").body


def test_head_has_every_header_and_no_body(visit):
    for path, status in (("/", 503), (DEEP, 503), ("/robots.txt", 200)):
        head, get = visit(path, "HEAD"), visit(path)
        assert (head.status, head.body) == (status, b"")
        known = {name for name, _ in get.headers} - {"date", "content-length"}
        assert known <= {name for name, _ in head.headers}


@pytest.mark.parametrize("base", ["http://127.0.0.1", f"http://{NAME}.x.workers.dev"])
def test_the_status_address_shows_the_front_page_with_200(visit, deployed, base):
    for path in ("/", "/index.html"):
        reply = visit(path, base=base)
        assert (reply.status, reply.body) == (200, deployed[1].file("index.html").body)
    assert visit("/product/1", base=base).status == 503


@pytest.mark.parametrize("name", ["notworkers.dev.example", "evilworkers.dev"])
def test_a_name_that_only_looks_like_the_vendors_is_not_a_status_address(visit, name):
    assert visit("/", base=f"http://{name}").status == 503


def test_pages_carry_the_policy_and_the_other_security_headers(visit):
    for path in ("/", DEEP, "/_fallback/en.html"):
        reply = visit(path)
        assert "frame-ancestors 'none'" in reply.header("content-security-policy")
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("referrer-policy") == "no-referrer"


def test_feeds_may_be_read_from_the_shops_own_pages(visit):
    assert visit("/_fallback/feed.json").header("access-control-allow-origin") == "*"
    assert not visit("/").header("access-control-allow-origin")


def test_the_shops_workers_are_let_go(visit, deployed):
    workers = [f.path for f in deployed[1] if f.body == PASS_THROUGH]
    assert workers
    for path in workers:
        reply = visit(f"/{path}")
        assert (reply.status, reply.body) == (200, PASS_THROUGH)
        assert reply.header("service-worker-allowed") == "/"


def test_an_open_page_that_polls_is_told_that_nothing_changed(visit):
    tag = visit("/_fallback/feed.json").header("etag")
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        reply = visit("/_fallback/feed.json", If_None_Match=known)
        assert (reply.status, reply.body) == (304, b"")
    assert visit("/_fallback/feed.json", If_None_Match='"x"').status == 200
    assert visit(DEEP, If_None_Match=tag).status == 503


def test_a_part_of_the_page_is_never_a_206(visit):
    assert visit("/robots.txt", Range="bytes=0-3").status == 200
    assert visit("/", Range="bytes=0-3").status == 503


def test_the_announced_end_is_when_to_come_back(visit, deployed):
    said = datetime.strptime(
        visit().header("retry-after"), "%a, %d %b %Y %H:%M:%S GMT"
    ).replace(tzinfo=UTC)
    assert abs(said - deployed[3]) < timedelta(minutes=1)


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Return (fake, settings, config) of a worker of this test's own."""
    monkeypatch.setenv("TEST_CLOUDFLARE_TOKEN", TOKEN)
    with cloudflare() as fake:
        settings = Settings(ACCOUNT, NAME, SecretRef("env", "TEST_CLOUDFLARE_TOKEN"),
                            endpoint=fake.endpoint)  # fmt: skip
        table = HostTable("cloudflare_worker", "cloudflare_worker", settings)
        yield fake, table, small_config(tmp_path, [table])


def test_an_end_that_has_passed_is_an_hour(lab):
    from tests.fakes.site import small_site

    fake, table, config = lab
    past = '{"items": [], "_fallback": {"eta": "2020-01-01T00:00:00+00:00"}}'
    site = small_site(extra={"_fallback/feed.json": past})
    kind.connect(table.settings, config).publish(site)
    with worker.running(fake, NAME) as url:
        assert ask(f"{url}/x", network=LAB).header("retry-after") == "3600"


def test_before_the_first_publish_and_without_assets_it_says_503_in_words(lab):
    from tests.fakes.site import small_site

    fake, table, config = lab
    setup.connect(table, config).setup(["kwiaty.example"])
    with worker.running(fake, NAME) as url:
        reply = ask(f"{url}/", network=LAB)
        assert (reply.status, reply.body) == (503, b"temporarily unavailable\n")
        assert ask(f"{url}/", network=LAB, method="HEAD").status == 503
        kind.connect(table.settings, config).publish(small_site())
        assert ask(f"{url}/{MANIFEST}", network=LAB).status == 200
        fake.scripts[NAME].assets.clear()
        fake.scripts[NAME].number += 1
        reply = ask(f"{url}/robots.txt", network=LAB)
        assert (reply.status, reply.header("retry-after")) == (503, "3600")
