"""Which request ends where behind CloudFront: our configuration, our functions in node.

CloudFront itself is played by ``tests.servers.edge``.
"""

import esprima
import pytest

from fallback.core.check.workers import MOST
from fallback.wire.aws.cloudfront import request_code, response_code
from fallback.wire.aws.distribution import Wanted, brought_to, covers, headers_policy
from fallback.wire.s3.api import Parcel, Stamp
from tests.fakes.site import small_site
from tests.servers import edge

WANTED = Wanted(
    "made by fallback", "b.s3.eu-central-1.amazonaws.com", "", "E1",
    "request", "response", "P1", ("kwiaty.example",), "arn:c",
)  # fmt: skip
SITE = small_site()
PAGE = SITE.file("index.html").body


EXTRA = {"push/worker": "// a worker\n", "w.php": "// another\n"}


def behind(site, workers=()):
    objects = {
        file.path: Parcel(
            file.path, file.body, file.content_type, file.cache_control, Stamp(1, "b")
        )
        for file in site
    }
    return edge.Edge(WANTED.config(), objects, workers)


@pytest.fixture
def cloud():
    return behind(SITE)


def announcing(moment):
    return small_site(f'<time datetime="{moment}" data-live="eta_iso">soon</time>')


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2999-11-29T02:00:00+01:00", "Fri, 29 Nov 2999 01:00:00 GMT"),
        ("2001-01-01T10:00:00+01:00", "3600"),
        ("1970-01-01", "3600"),
        ("soon", "3600"),
    ],
    ids=["ahead", "passed", "not known", "no moment"],
)
@pytest.mark.parametrize("path", ["/", "/product/123"])
def test_retry_after_is_the_end_that_the_page_announces_while_it_is_ahead(
    path, moment, said
):
    status, headers, _ = behind(announcing(moment)).ask("GET", path)
    assert (status, headers["retry-after"]) == (503, said)


def test_workers_that_setup_knew_are_themselves_whatever_they_end_in():
    site = small_site(extra=EXTRA)
    cloud = behind(site, ("/push/worker", "/sw.js", "/w.php?v=2", "/robots.txt"))
    for path, body in EXTRA.items():
        assert cloud.ask("GET", f"/{path}?v=1")[::2] == (200, body.encode())
        assert behind(site).ask("GET", f"/{path}")[0] == 503
    assert cloud.ask("GET", "/push/worker/x")[0] == 503


def test_no_worker_can_write_more_into_the_function_than_its_address():
    odd = ['/"];evil()//x', "/a\\", "/x y", "/</script>", "/index.html", "/../w"]
    assert request_code(odd) == request_code(())
    assert request_code(["/sw.js"]) == request_code(())
    assert b'["/w@1"]' in request_code(["/w@1"])


@pytest.mark.parametrize(
    "path",
    ["/", "/index.html", "/404.html", "/product/123", "/?utm_source=mail", "/a/b.png",
     "/koszyk/", "/%2e%2e/etc", "/_fallback", "/wp-login.php"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_front_page_and_every_deep_link_are_the_page_with_503(cloud, method, path):
    status, headers, body = cloud.ask(method, path)
    assert (status, body) == (503, PAGE)
    assert headers["retry-after"] == "3600"
    assert headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path",
    ["/robots.txt", "/sw.js", "/_fallback/feed.json", "/_fallback/en.html",
     "/_fallback/manifest.json"],
)  # fmt: skip
def test_what_machines_read_is_itself_with_200(cloud, path):
    status, headers, body = cloud.ask("GET", path)
    assert (status, body) == (200, SITE.file(path[1:]).body)
    assert "retry-after" not in headers


@pytest.mark.parametrize("path", ["/app.js", "/_fallback/gone.html"])
def test_what_is_not_there_is_the_page_with_503_too(cloud, path):
    assert cloud.ask("GET", path)[::2] == (503, PAGE)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/wc-api/x", "/sw.js", "/robots.txt"])
def test_no_writing_method_ever_succeeds_or_reaches_the_bucket(cloud, method, path):
    status, headers, body = cloud.ask(method, path)
    assert (status, headers["retry-after"]) == (503, "3600")
    assert body


def test_a_post_to_our_own_folder_is_refused_by_the_edge(cloud):
    assert cloud.ask("POST", "/_fallback/feed.json")[0] == 403


def test_a_browser_that_kept_the_page_never_gets_half_of_it_or_nothing(cloud):
    kept = {"if-none-match": '"1"', "range": "bytes=0-10"}
    status, headers, body = cloud.ask("GET", "/", **kept)
    assert (status, body) == (503, PAGE)
    assert "etag" not in headers


def test_before_the_first_publish_nothing_is_answered_with_200(cloud):
    cloud.objects.clear()
    for path in ("/", "/deep", "/robots.txt", "/_fallback/feed.json"):
        assert cloud.ask("GET", path)[0] == 403


def test_an_error_of_the_bucket_is_never_shown_as_such():
    mapped = WANTED.config()["CustomErrorResponses"]["Items"]
    assert {each["ResponseCode"] for each in mapped} == {"503"}
    assert {403, 404, 405, 500, 502, 503, 504} <= {each["ErrorCode"] for each in mapped}
    assert all(each["ErrorCachingMinTTL"] <= 30 for each in mapped)


def test_nothing_is_redirected_and_every_protocol_is_answered():
    config = WANTED.config()
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]["Items"]]
    assert {each["ViewerProtocolPolicy"] for each in behaviors} == {"allow-all"}
    assert config["HttpVersion"] == "http2and3"
    assert config["IsIPV6Enabled"]


def test_no_header_outlives_the_outage():
    policy = headers_policy("n", "c")
    assert "StrictTransportSecurity" not in policy["SecurityHeadersConfig"]
    assert policy["CorsConfig"]["AccessControlAllowOrigins"]["Items"] == ["*"]


@pytest.mark.parametrize("which", ["request", "response"])
def test_a_function_is_within_what_cloudfront_runs(which):
    """10 KB at most (cloudfront-limits), and no word of node's."""
    most = [f"/{'w' * 190}{number:02}" for number in range(MOST)]
    made = request_code(most) if which == "request" else response_code()
    assert len(made) < 10 * 1024
    code = made.decode()
    tree = esprima.parseScript(code)
    names = {each.id.name for each in tree.body if each.type == "FunctionDeclaration"}
    assert "handler" in names
    for forbidden in ("eval", "require", "setTimeout", "fetch", "process"):
        assert forbidden not in code


def test_no_header_is_touched_that_cloudfront_keeps_for_itself():
    """It would answer 502 in our stead (edge-function-restrictions-all)."""
    kept = {"host": "kwiaty.example", "via": "2.0 edge", "cdn-loop": "a",
            "content-length": "3", "transfer-encoding": "chunked"}  # fmt: skip
    request = {"method": "GET", "uri": "/x", "headers": edge.headers(kept)}
    (asked,) = edge.run("request", {"request": request})
    assert asked["headers"] == edge.headers(kept)
    kept = {"via": "2.0 edge", "warning": "110", "content-type": "text/html"}
    response = {"statusCode": 200, "headers": edge.headers(kept)}
    (told,) = edge.run("response", {"response": response})
    assert told["headers"].items() >= edge.headers(kept).items()
    assert "body" not in told  # naming one would replace the page


def test_only_pages_are_marked_by_the_response_function():
    def event(status, kind):
        kind = {"content-type": {"value": kind}} if kind else {}
        return {"response": {"statusCode": status, "headers": kind}}

    told = edge.run(
        "response",
        event(200, "text/html; charset=utf-8"),
        event(200, "text/javascript"),
        event(304, "text/html"),
        event(200, ""),
    )
    assert [each["statusCode"] for each in told] == [503, 200, 304, 200]


def test_a_configuration_is_covered_whatever_cloudfront_fills_in():
    there = {
        **WANTED.config(),
        "WebACLId": "theirs",
        "Aliases": {"Quantity": 1, "Items": ["kwiaty.example"]},
    }
    del there["Origins"]["Items"][0]["OriginPath"]  # left out of an answer when empty
    assert covers(there, WANTED.config())
    for key in ("Enabled", "HttpVersion", "CustomErrorResponses"):
        changed = {**there, key: None}
        assert not covers(changed, WANTED.config()), key
        assert covers(brought_to(changed, WANTED.config()), WANTED.config())
        assert brought_to(changed, WANTED.config())["WebACLId"] == "theirs"


def test_a_second_origin_that_somebody_added_is_seen():
    there = WANTED.config()
    origins = there["Origins"]["Items"]
    there["Origins"] = {"Quantity": 2, "Items": [*origins, {"Id": "other"}]}
    assert not covers(there, WANTED.config())
