"""``fallback deploy``, ``setup`` and ``teardown`` with a site at a fake Netlify."""

import json
from urllib.request import Request, urlopen

import pytest

from fallback.core.hosts.publishing import is_our_page
from fallback.wire.web.http import ask
from tests.fakes.config import small_config
from tests.fakes.netlify import TOKEN
from tests.fakes.site_folder import folder, netlify, say, write_site
from tests.servers.netlify import netlify_server
from tests.servers.program import fallback

NAME = "kwiaty-awaria"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setenv("TEST_NETLIFY_TOKEN", TOKEN)
    with netlify_server() as fake:
        yield fake


@pytest.fixture
def root(fake, tmp_path):
    """A site whose page is published at a site of that name, not made yet."""
    address = f"http://127.0.0.1:{fake.web_port}/{NAME}"
    table = netlify(NAME, fake.endpoint, url=address)
    return write_site(tmp_path / "shop", table)


def test_set_up_deploy_and_deploy_again(root, fake):
    made = fallback(root, "setup", "netlify", "--json")
    assert made.code == 0, made.err
    first = fallback(root, "deploy", "--json")
    assert first.code == 0, first.out
    host = first.json["hosts"][0]
    assert "index.html" in host["written"]
    places = ("front", "deep", "old_link", "post", "notification", "manifest")
    assert [host["statuses"][place] for place in places] == [503] * 5 + [200]
    assert (host["differences"], host["remarks"]) == ([], [])
    again = fallback(root, "deploy", "--json").json["hosts"][0]
    assert again["written"] == []
    say(root, "Wymieniamy dysk")
    assert fallback(root, "deploy").code == 0
    assert (
        b"Wymieniamy dysk" in fake.bodies(next(iter(fake.sites.values())))["index.html"]
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])
def test_every_path_and_method_answers_as_it_should(root, fake, method):
    """503 with Retry-After everywhere; what is ours says 200 to whoever reads it."""
    fake.make(NAME)
    assert fallback(root, "deploy").code == 0
    network = small_config(root).network
    base = f"http://127.0.0.1:{fake.web_port}/{NAME}"

    def status(path):
        reply = ask(f"{base}{path}", network=network, method=method)
        assert not 300 <= reply.status < 400
        assert reply.header("retry-after")
        if method == "GET" and reply.status == 503:
            assert is_our_page(reply.body)
        return reply.status

    for path in ("/", "/produkt/1", "/old?x=1&y=2", "/_headers", "/_redirects", "/404"):
        assert status(path) == 503, path
    ours = ("/robots.txt", "/sw.js", "/_fallback/en.html", "/_fallback/feed.json")
    for path in (*ours, "/_fallback/manifest.json"):
        expected = 200 if method in ("GET", "HEAD") else 405
        assert status(path) == expected, path


def test_our_own_table_says_what_each_file_is(root, fake):
    fake.make(NAME)
    fallback(root, "deploy")
    base = f"http://127.0.0.1:{fake.web_port}/{NAME}"
    with urlopen(Request(f"{base}/_fallback/feed.json")) as reply:
        assert reply.headers["Content-Type"] == "application/feed+json"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "s-maxage=30" in reply.headers["Cache-Control"]


def test_a_refused_token_is_12_and_names_the_variable(root, fake, monkeypatch):
    fake.make(NAME)
    monkeypatch.setenv("TEST_NETLIFY_TOKEN", "nfp_no_such_token")
    ended = fallback(root, "deploy")
    assert ended.code == 12
    assert "env:TEST_NETLIFY_TOKEN" in ended.out
    assert "personal access token" in ended.out
    assert "nfp_no_such_token" not in ended.out + ended.err


def test_a_host_that_hangs_delays_no_other(fake, tmp_path):
    table = netlify(NAME, fake.endpoint)
    root = write_site(tmp_path / "shop", table, folder())
    fake.make(NAME)
    fake.misbehave("status:500", times=99)
    ended = fallback(root, "deploy", "--json")
    assert fake.hits
    assert ended.code == 3
    assert [host["ok"] for host in ended.json["hosts"]] == [False, True]


def test_without_its_site_the_next_command_is_said(root):
    ended = fallback(root, "deploy")
    assert ended.code == 1
    assert "fallback setup" in ended.out


def test_setup_says_what_is_left_to_a_person(root):
    ended = fallback(root, "setup", "netlify")
    assert ended.code == 0
    assert "site kwiaty-awaria: made" in ended.out
    assert "personal access token" in ended.out
    assert "by hand" in ended.out
    assert "already there" in fallback(root, "setup", "netlify").out


def test_seen_through_its_own_api_without_a_status_address(fake, tmp_path):
    root = write_site(tmp_path / "shop", netlify(NAME, fake.endpoint))
    fake.make(NAME)
    ended = fallback(root, "deploy", "--json")
    assert ended.code == 0
    assert "not seen as a visitor" in json.dumps(ended.json["hosts"][0]["seen"])
