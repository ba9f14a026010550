"""What hosts answered becomes findings, each one alone; a good host has none."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.host_readiness import (
    EXPIRED,
    NameVisited,
    Visited,
    ahead_findings,
    answer_findings,
    host_findings,
    name_findings,
)
from fallback.core.findings import Severity
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.publishing import Manifest
from fallback.core.text import T

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BEST = Capabilities(503, 503, 503, retry_after=True)
SERVED = Manifest("b1", 1000, {})
GOOD = Visited(
    "s3",
    "s3",
    "https://status.example",
    BEST,
    BEST,
    SERVED,
    certificate_ends=NOW + timedelta(days=60),
)
CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO

CASES = {
    "a POST taken": (
        {"measured": evolve(BEST, post=201)},
        {("post-accepted", CRITICAL)},
    ),
    "a deep link with 200": (
        {"measured": evolve(BEST, deep=200, retry_after=None)},
        {("deep-200", WARNING)},
    ),
    "no Retry-After": (
        {"measured": evolve(BEST, retry_after=False)},
        {("retry-after-missing", INFO)},
    ),
    "a bucket's answers": (
        {"measured": Capabilities(200, 404, 405)},
        set(),
    ),
    "other answers than its kind": (
        {"notes": (T("it answers 403 at its front"),)},
        {("not-as-its-kind", WARNING)},
    ),
    "a deep link that is not the page": (
        {"foreign": T("a deep link gets 404")},
        {("deep-foreign", INFO)},
    ),
    "a kind that says nothing to search engines": (
        {
            "promised": Capabilities(200, 403, 405, retry_after=False),
            "measured": Capabilities(200, 403, 405),
        },
        {("host-shortcoming", INFO)},
    ),
    "a host that nobody can look at": (
        {
            "url": "",
            "promised": Capabilities(deep=200, tls_ahead=False),
            "measured": Capabilities(),
            "served": None,
        },
        {("host-shortcoming", INFO)},
    ),
    "CloudFront that nobody tells": (
        {
            "url": "https://d111.cloudfront.net",
            "promised": Capabilities(200, 403, 405, retry_after=False),
        },
        {("distribution-unnamed", WARNING)},
    ),
    "a distribution that is named": ({"url": "https://d111.cloudfront.net"}, set()),
    "a closed feed": ({"remarks": (T("CORS"),)}, {("served-headers", INFO)}),
    "a certificate for 14 days": (
        {"certificate_ends": NOW + timedelta(days=14)},
        {("certificate-soon", WARNING)},
    ),
    "a certificate for 15 days": (
        {"certificate_ends": NOW + timedelta(days=15)},
        set(),
    ),
    "a certificate that has ended": (
        {"failure": EXPIRED, "certificate_ends": None, "served": None},
        {("certificate-ended", CRITICAL)},
    ),
    "something that was not published": (
        {"problem": T("another page")},
        {("served-wrong", CRITICAL)},
    ),
    "older words": (
        {"served": Manifest("b0", 900, {})},
        {("served-older", WARNING)},
    ),
    "newer words": ({"served": Manifest("b2", 1100, {})}, {("served-newer", INFO)}),
    "other words of one age": (
        {"served": Manifest("b2", 1000, {})},
        {("served-differs", WARNING)},
    ),
    "the same build with a later sequence, as after a rollback": (
        {"served": Manifest("b1", 1100, {})},
        set(),
    ),
}


def found(*visited, local=SERVED):
    return {(f.id, f.severity) for f in host_findings(visited, local, NOW)}


def test_a_good_host_has_no_findings():
    assert found(GOOD) == set()


@pytest.mark.parametrize("case", CASES)
def test_each_thing_that_is_wrong_is_found_alone(case):
    changes, expected = CASES[case]
    assert found(evolve(GOOD, **changes)) == expected


def test_another_host_that_is_well_makes_a_wrong_one_less_grave():
    wrong = evolve(GOOD, label="s3-2", problem=T("another page"))
    assert found(GOOD, wrong) == {("served-wrong", WARNING)}


def test_without_a_build_of_our_own_nothing_is_compared():
    assert found(evolve(GOOD, served=Manifest("b9", 9, {})), local=None) == set()


def named(*visited):
    return [(f.id, f.subject, f.severity) for f in name_findings(visited)]


def test_under_the_shop_s_names_what_customers_would_get_is_said_once_a_name():
    bucket = Capabilities(200, 404, 405)
    looks = [NameVisited("shop.example", str(n), bucket) for n in range(3)]
    assert named(*looks) == [("deep-gone", "shop.example", INFO)]
    assert named(NameVisited("shop.example", "1", BEST)) == []
    taken = NameVisited("shop.example", "1", Capabilities(200, 200, 200))
    assert [each[0] for each in named(taken)] == ["post-accepted", "deep-200"]


def ahead(promised, kind="s3", **more):
    host = evolve(GOOD, kind=kind, promised=evolve(BEST, tls_ahead=promised))
    facts = {"secure": True, "redirectable": True, "proven": False, **more}
    return list(ahead_findings([host], **facts))


@pytest.mark.parametrize("kind", ["s3", "netlify", "cloudflare_worker", "sftp", "new"])
def test_a_kind_that_cannot_have_https_before_is_said_with_its_own_remedy(kind):
    (finding,) = ahead(promised=False, kind=kind)
    assert (finding.id, finding.severity) == ("https-not-ahead", WARNING)
    assert str(finding.remedy)


def test_a_handshake_that_was_good_counts_more_than_a_promise():
    assert not ahead(promised=False, proven=True)
    assert not ahead(promised=False, secure=False)
    assert not ahead(promised=None)
    assert not ahead(promised=True)
    assert ahead(promised=False, redirectable=False)[0].severity is INFO


statuses = st.none() | st.integers(100, 599)


@given(
    st.builds(
        Capabilities,
        front=statuses,
        deep=statuses,
        post=statuses,
        retry_after=st.sampled_from((None, True, False)),
    )
)
def test_a_post_that_counts_as_delivered_is_always_critical(measured):
    grave = [f for f in answer_findings("s3", measured) if f.severity is CRITICAL]
    taken = measured.post is not None and 200 <= measured.post < 300
    assert [f.id for f in grave] == (["post-accepted"] if taken else [])
