"""Debian's ``zonemaster-cli`` as the judge of what ``check`` says about a zone.

It begins at the lab's own root. Of its test cases some are our business: what makes the
shop or a change of it hard to find. Of each of these any fault that it tells must have
a finding of ours; of the others the reason stands here.
"""

import json
import subprocess
from pathlib import Path

from attrs import frozen

from tests import need
from tests.lab.lab import Lab

_SERVER = frozenset({"ns-lame", "ns-unreachable", "ns-mismatch"})
_NOBODY = _SERVER | {"no-delegation", "no-name-servers"}
_CHAIN = frozenset({"dnssec-broken"})

OURS: dict[str, frozenset[str]] = {
    "BASIC01": frozenset({"no-delegation"}),
    "BASIC02": _NOBODY,
    "BASIC03": _NOBODY,
    "CONNECTIVITY01": _SERVER,
    "CONNECTIVITY02": _SERVER | {"ns-no-tcp"},
    "CONSISTENCY01": frozenset({"serial-differs"}),
    "CONSISTENCY02": frozenset({"soa-differs"}),
    "CONSISTENCY03": frozenset({"soa-differs"}),
    "CONSISTENCY04": frozenset({"ns-mismatch"}),
    "CONSISTENCY05": frozenset({"glue-differs", "ns-mismatch"}),
    "CONSISTENCY06": frozenset({"soa-differs"}),
    "DELEGATION01": frozenset({"ns-one-network", "ns-alias"}),
    "DELEGATION02": frozenset({"ns-one-network"}),
    "DELEGATION04": _SERVER,
    "DELEGATION05": frozenset({"ns-alias"}),
    "DELEGATION06": _SERVER,
    "DELEGATION07": frozenset({"ns-mismatch"}),
    "DNSSEC02": _CHAIN,
    "DNSSEC07": _CHAIN,
    "DNSSEC11": _CHAIN,
    "NAMESERVER06": _NOBODY | {"ns-alias"},
    "ZONE01": frozenset({"soa-primary"}),
    "ZONE05": frozenset({"soa-expire"}),
    "ZONE06": frozenset({"negative-ttl"}),
    "ZONE07": frozenset({"soa-primary"}),
    "ZONE09": frozenset({"mx-implicit"}),
}
"""By test case the findings of which one must be there when it tells of a fault."""

_SIGNED = "signatures are the operator's: a shop's visitors see only a broken chain"
_SERVED = "how a server answers questions that no visitor of a shop asks"
_TYPED = "names that cannot be lead nowhere, and that is found"
_PACE = "how often servers look for changes: they are told, and a few do not keep to it"

NOT_OURS: dict[str, str] = {
    "ADDRESS01": "private addresses are not asked at all, but in a lab that allows it",
    "ADDRESS02": "reverse names matter to servers that send mail",
    "ADDRESS03": "reverse names matter to servers that send mail",
    "BASIC00": _TYPED,
    "CONNECTIVITY03": "public databases tell whose a network is; the lab has none",
    "DELEGATION03": "no list of servers that a registrar takes is so long",
    **{
        f"DNSSEC{n:02}": _SIGNED
        for n in (1, 3, 4, 5, 6, 8, 9, 10, 13, 14, 15, 16, 17, 18)
    },
    **{f"NAMESERVER{n:02}": _SERVED for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13)},
    **{f"SYNTAX{n:02}": _TYPED for n in range(1, 9)},
    "ZONE02": _PACE,
    "ZONE03": _PACE,
    "ZONE04": _PACE,
    "ZONE08": "nearly every sender follows an alias; what redirecting breaks is found",
    "ZONE10": "no server of today keeps two SOA records",
}

HARMLESS: dict[str, str] = {
    "NO_IPV6_NS_CHILD": "the lab has IPv4 alone",
    "NO_IPV6_NS_DEL": "the lab has IPv4 alone",
    "NEITHER_DNSKEY_NOR_DS": "a zone that nobody signs",
    "SOA_DEFAULT_TTL_MAXIMUM_VALUE_HIGHER": "the SOA's own TTL is lower, and counts",
    "SOA_DEFAULT_TTL_MAXIMUM_VALUE_LOWER": "short absences suit a redirect",
    "EXTRA_ADDRESS_CHILD": "told by CONSISTENCY05 of what the parent cannot know",
    "SOA_SERIAL_VARIATION": "beside MULTIPLE_SOA_SERIALS, which is the fault",
}
"""What it tells of a good zone too, or with a remark: no fault of itself."""

_FAULTS = ("NOTICE", "WARNING", "ERROR", "CRITICAL")
_PROFILE = {"resolver": {"defaults": {"timeout": 2, "retry": 1, "retrans": 1}}}


@frozen
class Said:
    """One fault that it tells of: ``case`` is in capitals."""

    case: str
    tag: str
    level: str


def cases() -> frozenset[str]:
    """Return every test case that there is, in capitals."""
    listed = _run("--list-tests")
    words = (line.split()[:1] for line in listed.splitlines() if line.startswith("  "))
    return frozenset(w[0].upper() for w in words if w and w[0][-2:].isdigit())


def judgement(running: Lab, zone: str, folder: Path) -> tuple[Said, ...]:
    """Return the faults of *zone* in the world as it is now, in their order."""
    profile = folder / "profile.json"
    profile.write_text(json.dumps(_PROFILE))
    hints = running.names.folder / "root.hints"
    options = ("--no-ipv6", "--json", "--raw", "--no-time", "--level", "NOTICE")
    said = _run(zone, *options, "--hints", str(hints), "--profile", str(profile))
    found = (Said(e["testcase"], e["tag"], e["level"]) for e in json.loads(said))
    return tuple(
        each for each in found if each.level in _FAULTS and each.tag not in HARMLESS
    )


def _run(*words: str) -> str:
    done = subprocess.run(
        [need.program("zonemaster-cli"), *words],
        capture_output=True,
        timeout=300,
        check=True,
    )
    return done.stdout.decode()
