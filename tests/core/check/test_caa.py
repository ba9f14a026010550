"""Whether the authority of the page's certificate may sign, as authorities read it."""

import pytest

from fallback.core.check.caa import (
    AUTHORITIES,
    Caa,
    CaaSet,
    allowed,
    authority,
    caa_findings,
)
from fallback.core.findings import Severity

OURS = CaaSet("kwiaty.example.", ('0 issue "letsencrypt.org"',))
AWS = CaaSet("kwiaty.example.", ('0 issue "amazon.com"', '0 iodef "mailto:a@b"'))


@pytest.mark.parametrize(
    ("rdatas", "expected"),
    [
        ((), None),
        (('0 iodef "mailto:a@b.example"',), None),
        (('0 issuewild "amazon.com"',), None),
        (('0 issue ";"',), frozenset()),
        (('0 issue "LetsEncrypt.org; accounturi=x"',), {"letsencrypt.org"}),
        (('0 issue "a.example"', '128 ISSUE "b.example"'), {"a.example", "b.example"}),
    ],
)
def test_records_are_read_as_authorities_do(
    rdatas: tuple[str, ...], expected: set[str] | None
) -> None:
    assert allowed(rdatas) == expected


@pytest.mark.parametrize(
    ("issuer", "target", "expected"),
    [
        ("Let's Encrypt", "anything.example", "let's encrypt"),
        ("Amazon", "d1.cloudfront.net", "amazon"),
        ("", "d1.cloudfront.net", "amazon"),
        ("", "d1.cloudfront.net.evil.example", ""),
        ("", "shop.netlify.app", "let's encrypt"),
        ("A lab of ours", "d1.cloudfront.net", ""),
        ("", (), ""),
    ],
)
def test_who_signs_is_told_by_the_certificate_else_by_the_vendor(
    issuer: str, target: str, expected: str
) -> None:
    assert authority(issuer, target) == expected


@pytest.mark.parametrize("good", [True, False])
def test_a_set_that_leaves_the_signer_out_is_found(good: bool) -> None:
    (found,) = caa_findings(Caa("shop", OURS, OURS), "amazon", good=good)
    assert found.severity is (Severity.WARNING if good else Severity.CRITICAL)
    assert 'CAA 0 issue "amazon.com"' in str(found.remedy)


def test_the_set_while_redirected_counts_as_the_one_of_today_does() -> None:
    for today, later in ((AWS, OURS), (OURS, AWS), (None, OURS)):
        caa = Caa("www.kwiaty.example", today, later)
        assert [f.id for f in caa_findings(caa, "amazon", good=True)] == ["caa-blocks"]
    assert not list(caa_findings(Caa("shop", AWS, None), "amazon", good=True))


def test_an_unknown_signer_is_not_judged() -> None:
    assert not list(caa_findings(Caa("shop", OURS, OURS), "", good=False))


@pytest.mark.parametrize("name", AUTHORITIES)
def test_every_authority_is_found_by_its_own_name(name: str) -> None:
    assert authority(name.title(), "") == name
