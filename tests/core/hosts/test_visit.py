"""Answers are judged: what hurts a visitor fails, what a kind lacks is told."""

from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.publishing import Manifest
from fallback.core.hosts.visit import differences, judged, measure
from fallback.core.hosts.visitor import Expected, Group, Heard, kept_for, questions
from fallback.core.model import MANIFEST
from fallback.core.text import T
from tests.fakes.site import small_site

URL = "https://status.example"
RULES = """\
/*
  Referrer-Policy: no-referrer
  Content-Security-Policy: default-src 'none'
"""
SITE = small_site(extra={"_headers": RULES, "_fallback/feed.xml": "<feed/>"})
EXPECTED = Expected.of(SITE)
ASKED = questions(EXPECTED.manifest, "0123456789abcdef")
BUCKET = Capabilities(front=200, deep=404, post=405, retry_after=False)
GOOD = {
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'",
    "access-control-allow-origin": "*",
}


def answer(path, status=200, **headers):
    file = SITE.file(path)
    return Heard(
        status,
        {
            "content-type": file.content_type,
            "cache-control": file.cache_control,
            **GOOD,
            **headers,
        },
        file.digest,
        ours=path.endswith(".html"),
        manifest=Manifest.peek(file.body) if path == MANIFEST else None,
    )


def well(deep=503):
    """Return the answers of a host with which all is well."""
    page = answer("index.html", deep, **({"retry-after": "60"} if deep == 503 else {}))
    found = {q.place: answer(q.path) for q in ASKED if q.path}
    asked = ("deep", "old_link", "post", "notification")
    return found | dict.fromkeys(asked, page)


def judge(heard, promised=None, asked=ASKED):
    return judged(URL, EXPECTED, asked, heard, promised or Capabilities())


def test_a_host_that_shows_what_was_published_has_no_problem_and_nothing_to_tell():
    seen = judge(well())
    assert (seen.problem, seen.differences, seen.remarks) == (None, (), ())
    assert seen.measured == Capabilities(200, 503, 503, retry_after=True)
    assert seen.right == {
        Group.FRONT: (1, 1),
        Group.ROBOTS: (1, 1),
        Group.WORKERS: (1, 1),
        Group.LANGUAGES: (1, 1),
        Group.FEEDS: (2, 2),
    }


def test_every_language_feed_and_worker_is_asked_and_nothing_that_nobody_asks_for():
    targets = {question.target for question in ASKED if question.path}
    assert targets == {
        "/",
        f"/{MANIFEST}",
        "/robots.txt",
        "/sw.js",
        "/_fallback/en.html",
        "/_fallback/feed.json",
        "/_fallback/feed.xml",
    }


def other(**changes):
    digest = sha256(b"something else").hexdigest()
    return lambda heard: evolve(heard, digest=digest, **changes)


def status(number):
    return lambda heard: evolve(heard, status=number)


def header(name, value):
    return lambda heard: evolve(heard, headers={**heard.headers, name: value})


FAILING = {
    "another front page": ("front", other(ours=False), "something else than the page"),
    "an earlier front page": ("front", other(), "another version of the page"),
    "a front page that is not found": ("front", status(404), "at its front"),
    "a front page that is a redirect": ("front", status(301), "at its front"),
    "a page sent as text": (
        "front",
        header("content-type", "text/plain"),
        "do not show as a page",
    ),
    "a page that browsers keep": (
        "front",
        header("cache-control", "public, max-age=86400"),
        "after the shop is back",
    ),
    "another manifest": ("manifest", other(manifest=None), "than was published"),
    "an earlier manifest": ("manifest", other(), "an earlier page"),
    "a POST that counts as delivered": ("post", status(200), "payment provider"),
    "a message that counts as delivered": (
        "notification",
        status(204),
        "payment provider",
    ),
    "a POST that is redirected": ("post", status(302), "redirects"),
    "a deep link that is redirected": ("deep", status(302), "redirects"),
    "an old link that leads elsewhere": ("old_link", other(status=200), "deep link"),
    "other robots": ("robots", other(), "200 for robots.txt"),
    "a worker that is not found": ("/sw.js", status(404), "404 for sw.js"),
    "a worker answered by the page": ("/sw.js", other(status=503), "503 for sw.js"),
    "a worker that browsers refuse": (
        "/sw.js",
        header("content-type", "text/html"),
        "worker",
    ),
    "a worker that browsers keep": (
        "/sw.js",
        header("cache-control", "max-age=3600"),
        "after the shop is back",
    ),
    "a language that is missing": (
        "/_fallback/en.html",
        status(404),
        "404 for _fallback/en.html",
    ),
    "another feed": ("/_fallback/feed.json", other(), "for _fallback/feed.json"),
}


@pytest.mark.parametrize("case", FAILING)
def test_what_hurts_a_visitor_fails(case):
    place, change, said = FAILING[case]
    heard = well()
    seen = judge({**heard, place: change(heard[place])})
    assert said in str(seen.problem)


TOLD = {
    "a bucket's own 404": ("deep", other(status=404, ours=False), None),
    "a cookie": ("front", header("set-cookie", "a=b"), "cookie"),
    "a policy of its own": (
        "deep",
        header("content-security-policy", "default-src *"),
        "of its own",
    ),
    "no policy": ("front", header("content-security-policy", ""), "leaves out"),
    "a feed that is closed": (
        "/_fallback/feed.xml",
        header("access-control-allow-origin", ""),
        "CORS",
    ),
    "a plainer type": (
        "/_fallback/feed.json",
        header("content-type", "application/json"),
        "other types",
    ),
    "a cache of half a minute": (
        "front",
        header("cache-control", "max-age=30"),
        "longer than was published",
    ),
    "nobody says how long": (
        "robots",
        header("cache-control", ""),
        "longer than was published: /robots.txt",
    ),
    "no answer to a POST": (
        "post",
        lambda _: Heard(failure=T("cut"), kind="reset"),
        "no answer to a POST to /",
    ),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_costs_little_is_told_and_fails_nothing(case):
    place, change, said = TOLD[case]
    heard = well()
    seen = judge({**heard, place: change(heard[place])})
    assert seen.problem is None
    remarks = " ".join(map(str, seen.remarks))
    assert (said in remarks) if said else not remarks


@pytest.mark.parametrize("place", ["deep", "old_link"])
@pytest.mark.parametrize("promise", [503, 200, 404, None])
def test_a_deep_link_that_is_not_the_page_fails_where_the_kind_promises_the_page(
    place, promise
):
    heard = well()
    foreign = other(status=503, ours=False)(heard[place])
    seen = judge({**heard, place: foreign}, Capabilities(deep=promise))
    if promise in (200, 503):
        assert "503 with something else than the page" in str(seen.problem)
    else:
        assert seen.problem is None
    assert "503 with the host's own words, not the page" in str(seen.foreign)


def test_a_host_that_keeps_no_headers_is_not_told_about_the_policy():
    plain = {
        place: evolve(heard, headers={"content-type": heard.header("content-type")})
        for place, heard in well().items()
    }
    remarks = " ".join(map(str, judge(plain).remarks))
    assert "Policy" not in remarks
    assert "CORS" in remarks


def test_a_server_that_sends_no_header_right_is_told_in_short():
    bare = {p: evolve(each, headers={"content-type": "text/html"})
            for p, each in well().items() if p != "/sw.js"}  # fmt: skip
    told = [str(each) for each in judge({**well(), **bare}).remarks]
    assert any(" and 2 more" in each for each in told), told


@pytest.mark.parametrize("place", ["front", "manifest"])
def test_a_host_that_does_not_answer_is_said_in_one_sentence(place):
    gone = Heard(failure=T("it does not answer"), kind="refused")
    seen = judge({"front": gone} if place == "front" else {**well(), place: gone})
    assert str(seen.problem) == "it does not answer"


def test_a_question_that_nobody_answered_is_no_proof():
    heard = {p: each for p, each in well().items() if p != "/sw.js"}
    assert "sw.js" in str(judge(heard).problem)


def test_waiting_may_help_where_a_cache_is_behind_and_nowhere_else():
    heard = well()
    older = {place: other()(each) for place, each in heard.items()}
    assert judge(older).older
    assert judge({**heard, "/sw.js": other()(heard["/sw.js"])}).older
    assert not judge({**heard, "post": status(200)(heard["post"])}).older
    parked = Heard(200, {"content-type": "text/html"}, "0" * 64)
    assert not judge(dict.fromkeys(heard, parked)).older


def test_measured_answers_stand_beside_promised_ones():
    measured = measure(well(deep=404))
    assert list(differences(BUCKET, evolve(measured, post=405))) == []
    (told,) = differences(BUCKET, measured)
    assert "answers 404 at a POST, where such a host should answer 405" in str(told)
    everything = Capabilities(503, 503, 503, retry_after=True)
    lazy = Capabilities(200, 404, 405)
    assert len(list(differences(everything, lazy))) == 2, "200 is right at a front, too"
    assert len(list(differences(everything, evolve(lazy, front=404)))) == 3
    assert len(list(differences(everything, evolve(lazy, retry_after=False)))) == 3
    assert list(differences(Capabilities(), lazy)) == []


def test_of_two_posts_the_worse_one_is_measured():
    heard = well()
    for place in ("post", "notification"):
        worse = {**heard, place: evolve(heard[place], status=202)}
        assert measure(worse).post == 202


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", None),
        ("public", None),
        ("no-store", 0),
        ("no-cache, max-age=600", 0),
        ("max-age=600", 600),
        ('public, Max-Age="60", s-maxage=900', 60),
        ("max-age=soon", None),
        ("max-age=٣", None),
    ],
)
def test_how_long_a_browser_keeps_an_answer(said, seconds):
    assert kept_for(said) == seconds


heards = st.builds(
    Heard,
    status=st.sampled_from((0, 200, 204, 301, 302, 403, 404, 405, 500, 503)),
    headers=st.dictionaries(
        st.sampled_from(("content-type", "cache-control", "set-cookie", "retry-after")),
        st.text(max_size=20),
    ),
    digest=st.sampled_from(["", *(file.digest for file in SITE.files)]),
    ours=st.booleans(),
    failure=st.sampled_from((None, T("no answer"))),
)


@given(st.dictionaries(st.sampled_from([q.place for q in ASKED]), heards))
def test_whatever_comes_is_judged_and_only_the_published_site_passes(changed):
    """A visitor who gets another body at a place of ours never passes for helped."""
    heard = {"front": Heard(), "manifest": Heard(), **well(), **changed}
    seen = judge(heard)
    str(seen.told)
    for each in (*seen.differences, *seen.remarks):
        str(each)
    if seen.problem is not None:
        return
    for question in ASKED:
        got = heard[question.place]
        if question.path:
            assert got.failure is None
            assert got.digest == SITE.file(question.path).digest
            assert got.status in (200, 503)
        assert not 300 <= got.status < 400
        if question.method == "POST":
            assert not 200 <= got.status < 300
        elif got.status < 400:
            assert got.digest in EXPECTED.pages or question.path


@given(st.text(max_size=60))
def test_any_cache_header_can_be_read(said):
    kept = kept_for(said)
    assert kept is None or kept >= 0
