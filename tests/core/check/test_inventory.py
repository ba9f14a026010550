"""What a redirect does to the other names of a zone, and who else writes there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.check.inventory import (
    USUAL,
    Inventory,
    Listed,
    inventory_findings,
    marker_names,
)
from fallback.core.check.spf import Sender, Term, joined, policy, spf_findings, terms
from fallback.core.findings import Severity

ZONE = "kwiaty.example"
NAMES = (ZONE, f"www.{ZONE}")


def _found(*sets: Listed, note: str = "") -> dict[str, Severity]:
    inventory = Inventory(sets, whole=True, note=note)
    return {f.id: f.severity for f in inventory_findings(ZONE, NAMES, inventory)}


def _cname(label: str, to: str) -> Listed:
    return Listed(f"{label}.{ZONE}.", "CNAME", (to,))


def _txt(name: str, *texts: str) -> Listed:
    return Listed(name, "TXT", tuple(f'"{text}"' for text in texts))


A = Listed(f"{ZONE}.", "A", ("192.0.2.1",))
HERITAGE = "heritage=external-dns,external-dns/owner=default"

CASES = {
    "nothing else": ((A, _cname("www", f"{ZONE}.")), {}),
    "a name that leads elsewhere": ((_cname("blog", "blogs.example."),), {}),
    "a name that leads to a redirected one": (
        (_cname("panel", f"www.{ZONE}."),),
        {"follows": Severity.WARNING},
    ),
    "a name that leads there by way of another": (
        (_cname("ftp", f"panel.{ZONE}."), _cname("panel", f"{ZONE}.")),
        {"follows": Severity.WARNING},
    ),
    "names that lead round in a circle": (
        (_cname("a", f"b.{ZONE}."), _cname("b", f"a.{ZONE}.")),
        {},
    ),
    "a wildcard of addresses": (
        (Listed(f"*.{ZONE}.", "A", ("192.0.2.1",)),),
        {"wildcard": Severity.INFO},
    ),
    "a wildcard that leads to a redirected name": (
        (_cname("*", f"www.{ZONE}."),),
        {"follows": Severity.WARNING},
    ),
    "a wildcard of mail alone": ((Listed(f"*.{ZONE}.", "MX", ("10 mx.",)),), {}),
    "external-dns at the name": (
        (_txt(f"www.{ZONE}.", HERITAGE),),
        {"managed-elsewhere": Severity.WARNING},
    ),
    "external-dns at the name with a type": (
        (_txt(f"cname-www.{ZONE}.", HERITAGE),),
        {"managed-elsewhere": Severity.WARNING},
    ),
    "external-dns at a name that is not redirected": (
        (_txt(f"a-grafana.{ZONE}.", HERITAGE),),
        {},
    ),
    "octoDNS's meta record": (
        (_txt(f"meta.{ZONE}.", "octodns-version=1.10", "time=2026-11-20T10:00:00"),),
        {"managed-elsewhere": Severity.WARNING},
    ),
    "another record called meta": ((_txt(f"meta.{ZONE}.", "hello"),), {}),
    "a comment on a redirected record": (
        (Listed(f"www.{ZONE}.", "A", ("192.0.2.1",), "Managed by Terraform"),),
        {"managed-elsewhere": Severity.WARNING},
    ),
    "a comment on another record": (
        (Listed(f"dev.{ZONE}.", "A", ("192.0.2.1",), "managed by Terraform"),),
        {},
    ),
    "a verification that names a tool": ((_txt(f"{ZONE}.", "pulumi-verify=1"),), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_each_thing_is_found_and_nothing_else(case: str) -> None:
    sets, expected = CASES[case]
    assert _found(*sets) == expected


@pytest.mark.parametrize("tool", ["Terraform", "Pulumi"])
def test_the_comment_that_a_tool_gives_its_zones_is_known(tool: str) -> None:
    inventory = Inventory((), note=f"Managed by {tool}")
    (found,) = inventory_findings(ZONE, NAMES, inventory)
    assert tool in str(found.remedy)
    assert not list(inventory_findings(ZONE, NAMES, Inventory(note="Ania's zone")))


def test_a_zone_that_the_world_asks_elsewhere_is_found() -> None:
    inventory = Inventory(servers=("ns-1.awsdns-01.com.", "ns-2.awsdns-02.net."))
    for servers, expected in (
        (("NS-2.awsdns-02.net", "ns.elsewhere.example."), []),
        (("dns.home.pl.",), ["zone-elsewhere"]),
        ((), []),
    ):
        found = inventory_findings(ZONE, NAMES, inventory, servers)
        assert [each.id for each in found] == expected


def test_many_names_are_a_number() -> None:
    sets = tuple(_cname(f"n{n}", f"{ZONE}.") for n in range(10_000))
    (found,) = inventory_findings(ZONE, NAMES, Inventory(sets, whole=True))
    assert "(+9994)" in str(found.seen)
    assert len(str(found.seen)) < 200


def test_what_nobody_answered_is_no_finding() -> None:
    assert list(inventory_findings(ZONE, NAMES, None)) == []


@given(st.sampled_from(USUAL), st.sampled_from(NAMES))
def test_a_usual_name_that_follows_is_named(label: str, end: str) -> None:
    found = inventory_findings(ZONE, NAMES, Inventory((_cname(label, f"{end}."),)))
    assert [f"{label}.{ZONE}" in str(each.seen) for each in found] == [True]


def test_the_marks_of_programs_are_asked_for_where_they_stand() -> None:
    asked = marker_names(ZONE, NAMES)
    for name in ("meta.", "", "www.", "a-www.", "cname-www.", "a."):
        assert f"{name}{ZONE}." in asked


SPF = {
    "v=spf1 -all": [],
    "v=spf1 a -all": [Term("a", f"{ZONE}.")],
    "v=spf1 +a/24 ?mx ~a:mail.example//64 -all": [
        Term("a", f"{ZONE}."),
        Term("mx", f"{ZONE}."),
        Term("a", "mail.example."),
    ],
    "v=spf1 -a -all": [],
    "v=spf1 A:WWW.Kwiaty.Example all": [Term("a", f"www.{ZONE}.")],
    "v=spf1 ip4:192.0.2.1 include:_spf.example redirect=spf.example": [
        Term("include", "_spf.example."),
        Term("redirect", "spf.example."),
    ],
    "v=spf1 a:%{i}.example exists:%{i}.x ptr all": [],
}


@pytest.mark.parametrize("text", SPF)
def test_spf_is_read_as_receivers_read_it(text: str) -> None:
    assert list(terms(text, ZONE)) == SPF[text]


def test_a_policy_is_found_among_other_texts() -> None:
    assert joined('"v=spf1 " "a -all"') == "v=spf1 a -all"
    assert joined(r'"a \"quoted\" word"') == 'a "quoted" word'
    assert policy(["google=1", "v=spf1 -all"]) == "v=spf1 -all"
    assert policy(["v=spf10 -all", "spf"]) == ""


def test_a_policy_that_follows_a_redirected_name_is_found() -> None:
    follows = Sender(f"{ZONE}.", "a", (f"{ZONE}.",))
    through = Sender(f"{ZONE}.", "a:mail.x", ("mail.x.", f"www.{ZONE}."))
    away = Sender(f"{ZONE}.", "mx", (f"mail.{ZONE}.",))
    others = Sender("_spf.example.", "a:www", (f"www.{ZONE}.",))
    found = list(spf_findings(ZONE, NAMES, (follows, through, away, others)))
    assert [each.id for each in found] == ["spf-follows"] * 2
    assert list(spf_findings(ZONE, NAMES, (away,))) == []
