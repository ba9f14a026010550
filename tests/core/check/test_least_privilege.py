"""The narrowest rights, as the servers' own configuration."""

from fallback.core.check.least_privilege import (
    bind_drill,
    bind_policy,
    knot_acl,
    knot_drill,
    route53_drill,
)

NAMES = ("Kwiaty.example", "www.kwiaty.example", "www.kwiaty.example.")


def test_binds_policy_grants_the_web_types_of_each_name_and_the_marker() -> None:
    assert bind_policy("kwiaty.example", NAMES, "fallback") == (
        'allow-transfer { key "fallback"; };\n'
        "update-policy {\n"
        "  grant fallback name kwiaty.example A AAAA HTTPS SVCB;\n"
        "  grant fallback name www.kwiaty.example A AAAA CNAME HTTPS SVCB;\n"
        "  grant fallback name _fallback.kwiaty.example TXT;\n"
        "};\n"
    )


def test_knots_acl_is_one_rule_for_all_names() -> None:
    acl = knot_acl("kwiaty.example", NAMES, "fallback")
    assert (
        "    update-owner-name: [kwiaty.example., www.kwiaty.example.,"
        " _fallback.kwiaty.example.]\n"
    ) in acl
    assert "    update-type: [A, AAAA, CNAME, HTTPS, SVCB, TXT, RRSIG, NSEC]\n" in acl


def test_a_drill_needs_one_rule_more_for_what_is_below_one_name() -> None:
    """And for nothing else: no name of the shop is in it."""
    zone, part = "Kwiaty.example", "fallback-drill.kwiaty.example"
    assert bind_drill(zone, "fallback") == (
        f"grant fallback subdomain {part} A AAAA CNAME HTTPS SVCB TXT;"
    )
    rule = knot_drill(zone, "fallback")
    assert f"update-owner-match: sub\n    update-owner-name: [{part}.]\n" in rule
    condition = route53_drill(zone, "Z1")["Condition"]
    (names,) = condition["ForAllValues:StringLike"].values()
    assert names == [f"*.{part}"]
