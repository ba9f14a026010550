"""The emergency mailbox and the links of newsletters: what dies with the shop."""

import pytest

from fallback.core.check.link import Hop, Trail, link_findings
from fallback.core.check.mailbox import Knock, mailbox_findings
from fallback.core.check.zone_facts import Mail, MailHost
from fallback.core.findings import Severity
from fallback.core.text import T

SHOP = ("198.51.100.7",)
DOMAINS = {"kwiaty.example"}
NAMES = ("kwiaty.example", "www.kwiaty.example")


def _mail(*addresses: str) -> Mail:
    hosts = [MailHost((f"mx{n}.example.",), (at,)) for n, at in enumerate(addresses)]
    return Mail("elsewhere.example", tuple(hosts))


AWAY = _mail("203.0.113.25")
NOWHERE = Mail("elsewhere.example", (MailHost(("mx.elsewhere.example.",), ()),))


@pytest.mark.parametrize(
    ("email", "mail", "knock", "expected"),
    [
        ("a@elsewhere.example", AWAY, Knock.ANSWERS, None),
        ("a@elsewhere.example", AWAY, None, None),
        ("a@elsewhere.example", None, None, None),
        ("a@kwiaty.example", AWAY, Knock.ANSWERS, "email-same-domain"),
        ("a@elsewhere.example", Mail("x"), None, "email-no-mail"),
        ("a@elsewhere.example", NOWHERE, None, "email-no-mail"),
        ("a@elsewhere.example", _mail("198.51.100.7"), None, "email-on-shop"),
        ("a@elsewhere.example", _mail("198.51.100.25"), None, "email-near-shop"),
        ("a@elsewhere.example", _mail("198.51.100.7", "203.0.113.1"), None, None),
        ("a@elsewhere.example", _mail("198.51.100.9", "203.0.113.1"), None, None),
        ("a@elsewhere.example", AWAY, Knock.REFUSES, "email-refuses"),
        ("a@elsewhere.example", AWAY, Knock.SILENT, "email-silent"),
    ],
)
def test_a_mailbox_is_judged_by_where_it_lies_and_how_it_answers(
    email: str, mail: Mail | None, knock: Knock | None, expected: str | None
) -> None:
    found = [
        f.id for f in mailbox_findings(email, mail, knock, shop=SHOP, domains=DOMAINS)
    ]
    assert found == ([expected] if expected else [])


def test_a_server_that_refuses_this_machine_may_take_anybody_else_s_mail() -> None:
    (found,) = mailbox_findings(
        "a@elsewhere.example", AWAY, Knock.REFUSES, shop=SHOP, domains=DOMAINS
    )
    assert found.severity is Severity.INFO
    assert "refuses this machine" in str(found.seen)


def _links(*hops: Hop, broken: bool = False) -> list[tuple[str, str, Severity]]:
    trail = Trail(hops, T("it is gone") if broken else None)
    found = link_findings(trail, NAMES, "kwiaty.example", SHOP)
    return [(f.id, f.subject, f.severity) for f in found]


def test_a_link_through_the_shop_s_other_names_dies_with_it() -> None:
    own = Hop("www.kwiaty.example", "198.51.100.7")
    assert _links(own) == []
    assert _links(Hop("link.kwiaty.example", "203.0.113.9"), own) == [
        ("link-not-redirected", "link.kwiaty.example", Severity.WARNING)
    ]
    assert _links(Hop("old-shop.example", "198.51.100.99"), own) == [
        ("link-not-redirected", "old-shop.example", Severity.WARNING)
    ]
    assert _links(Hop("click.mailer.example", "203.0.113.9"), own) == [
        ("link-through", "click.mailer.example", Severity.INFO)
    ]


def test_a_link_that_leads_nowhere_is_told_with_its_last_host() -> None:
    gone = Hop("click.mailer.example")
    assert ("link-broken", "click.mailer.example", Severity.WARNING) in _links(
        gone, broken=True
    )
    assert _links(broken=True) == [("link-broken", "kwiaty.example", Severity.WARNING)]
