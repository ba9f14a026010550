"""Faults in the shop's zone, its delegation and its name servers."""

from tests.lab.seeds import seed
from tests.lab.world import (
    COMPANIES,
    DOMAIN,
    NORTH,
    REGISTRY,
    SHOP_ZONE,
    SOUTH,
    SPARE,
    SWITCH,
    World,
)

_NEAR, *_BESIDE = SPARE


@seed("no-delegation", "the registry has lost the delegation",
      ["shop-not-seen", "mx-implicit"])  # fmt: skip
def _(there: World) -> None:
    there.elsewhere(REGISTRY, "example", _DELEGATED, "")


@seed("no-name-servers", "the name servers' names have no address",
      ["shop-not-seen", "mx-follows", "unanswered"])  # fmt: skip
def _(there: World) -> None:
    there.elsewhere(COMPANIES, "dns-north.test", "ns1 A NET.10.53\n", "")
    there.elsewhere(COMPANIES, "dns-south.test", "ns2 A NET.20.53\n", "")


_DELEGATED = """\
kwiaty NS ns1.dns-north.test.
kwiaty NS ns2.dns-south.test.
"""


@seed("ns-mismatch", "the zone names a server that the registry does not")
def _(there: World) -> None:
    there.add("@ NS ns.companies.test.")


@seed("serial-differs", "one name server has an old version of the zone")
def _(there: World) -> None:
    there.zone("SERIAL", "2026010101", at=(SOUTH,))


@seed("soa-expire", "the second server gives the zone up after a day")
def _(there: World) -> None:
    there.zone("1209600 300", "86400 300")


@seed("negative-ttl", "that a name is not there is believed for three hours")
def _(there: World) -> None:
    there.zone("1209600 300", "1209600 10800")
    there.zone("@ IN SOA", "@ 10800 IN SOA")


@seed("dnssec-broken", "the registry says that the zone is signed, and it is not")
def _(there: World) -> None:
    there.elsewhere(REGISTRY, "example", _DELEGATED, _DELEGATED + "OUR-DS\n")


@seed("dnssec", "the zone is signed")
def _(there: World) -> None:
    there.signed = True
    there.elsewhere(REGISTRY, "example", _DELEGATED, _DELEGATED + "OUR-DS\n")


@seed("dnssec-broken", "the registry knows another key than the zone has", ["dnssec"])
def _(there: World) -> None:
    there.signed = True
    other = f"kwiaty DS 4711 13 2 {'AB' * 32}\n"
    there.elsewhere(REGISTRY, "example", _DELEGATED, _DELEGATED + other)


@seed("soa-differs", "one name server keeps the zone by itself")
def _(there: World) -> None:
    there.zone("1209600 300", "2419200 300", at=(SOUTH,))


@seed("soa-primary", "the SOA names a server that is no more")
def _(there: World) -> None:
    there.zone("SOA ns1.dns-north.test.", "SOA gone.dns-north.test.")


@seed("glue-differs", "the registry has an old address of a name server",
      ["ns-one-network"])  # fmt: skip
def _(there: World) -> None:
    glued(there, _NEAR)
    there.texts[_NEAR] = dict(there.texts[NORTH])


@seed("ns-alias", "a name server's name is an alias")
def _(there: World) -> None:
    alias = "alias CNAME ns2.dns-south.test.\nns1 A"
    there.elsewhere(COMPANIES, "dns-north.test", "ns1 A", alias)
    there.elsewhere(REGISTRY, "example", "ns2.dns-south.test.", "alias.dns-north.test.")
    there.zone("ns2.dns-south.test.", "alias.dns-north.test.")


def glued(there: World, glue: str) -> None:
    """Give the second server a name in the zone, and the registry *glue* for it."""
    lines = f"ns2.kwiaty A {glue}\nkwiaty NS ns2.kwiaty.example.\n"
    there.elsewhere(REGISTRY, "example", "kwiaty NS ns2.dns-south.test.\n", lines)
    there.zone("ns2.dns-south.test.", "ns2\nns2 A NET.20.53")


@seed("ns-no-tcp", "TCP does not come through to one of the name servers")
def _(there: World) -> None:
    there.ways[SOUTH] = "udp"


@seed("subzone", "www is a zone of its own")
def _(there: World) -> None:
    there.zone("www CNAME @", "www NS ns.companies.test.")
    there.texts[COMPANIES][f"www.{DOMAIN}"] = SHOP_ZONE.partition("www")[0]


@seed("ns-lame", "one of the name servers does not know the zone")
def _(there: World) -> None:
    del there.texts[SOUTH][DOMAIN]


@seed("ns-unreachable", "nothing listens at one of the name servers")
def _(there: World) -> None:
    there.ways[SOUTH] = "closed"


@seed("ns-disagree", "each name server has another record",
      ["removed-while-redirected"])  # fmt: skip
def _(there: World) -> None:
    there.zone("@ MX 10", "@ HTTPS 1 . alpn=h2\n@ MX 10", at=(NORTH,))
    there.zone("@ MX 10", "@ HTTPS 1 . alpn=h3\n@ MX 10", at=(SOUTH,))


@seed("ns-one-network", "the second name server stands beside the first")
def _(there: World) -> None:
    there.texts[_NEAR] = there.texts.pop(SOUTH)
    there.elsewhere(COMPANIES, "dns-south.test", "NET.20.53", _NEAR)


@seed("dns-unknown", "the name servers have names of the shop's own domain")
def _(there: World) -> None:
    for number, company, at in (
        (1, "dns-north.test.", "NET.10.53"),
        (2, "dns-south.test.", "NET.20.53"),
    ):
        name = f"ns{number}"
        there.zone(f"@ NS {name}.{company}", f"@ NS {name}\n{name} A {at}")
        there.elsewhere(
            REGISTRY,
            "example",
            f"kwiaty NS {name}.{company}",
            f"kwiaty NS {name}.kwiaty\n{name}.kwiaty A {at}",
        )


@seed("ns-with-shop", "both name servers are the hoster's")
def _(there: World) -> None:
    for place, company, number in (
        (_BESIDE[0], "dns-north.test", "NET.10.53"),
        (_BESIDE[1], "dns-south.test", "NET.20.53"),
    ):
        there.texts[place] = dict(there.texts[NORTH])
        there.elsewhere(COMPANIES, company, number, place)


@seed("ns-follows", "a name server has a name that is redirected", ["ns-mismatch"])
def _(there: World) -> None:
    there.zone("www CNAME @", "www A NET.40.10\n@ NS www")


@seed("not-delegated", "the provider keeps a zone that nobody asks")
def _(there: World) -> None:
    there.texts[_NEAR] = {DOMAIN: SHOP_ZONE.replace("NET.40.10", "NET.40.99")}
    there.setting('"NET.10.53:53"', f'"{_NEAR}:53"')


@seed("provider", "the key is not the server's")
def _(there: World) -> None:
    there.setting('"fallback"\n', '"somebody"\n')


@seed("provider", "the secret is nowhere")
def _(there: World) -> None:
    there.setting("env:TSIG", "env:NOBODY_SET_THIS")


@seed("provider-blind", "a record that the provider's class does not know",
      ["removed-while-redirected"])  # fmt: skip
def _(there: World) -> None:
    there.add("@ HTTPS 1 . alpn=h2")
    operated(
        there,
        'provider = "octodns"\nclass = "tests.lab.blind.Blind"\n'
        'options = { directory = "SITE/octodns", escaped_semicolons = false }',
    )
    there.files["octodns/kwiaty.example.yaml"] = _YAML


_YAML = """\
'': {ttl: 300, type: A, value: NET.40.10}
www: {ttl: 300, type: CNAME, value: kwiaty.example.}
"""


def operated(there: World, operator: str) -> None:
    """Give the shop's zone to another *operator*, with the lines of its own."""
    start = there.settings.index("server        =")
    end = there.settings.index("\n\n[network]")
    there.setting(there.settings[start:end], operator.partition("\n")[2])
    there.setting('provider      = "rfc2136"', operator.partition("\n")[0])


@seed("target-unfit", "the top of the zone cannot follow a host's name")
def _(there: World) -> None:
    there.setting('["NET.50.10"]', '"status.host-one.test"')


@seed("redirected", "somebody has redirected, and not yet restored")
def _(there: World) -> None:
    there.add('_fallback TXT "v=fallback1 epoch=3 state=redirected"')


@seed("name-empty", "a name among names that leads nowhere")
def _(there: World) -> None:
    there.setting(
        '"www.kwiaty.example"]', '"www.kwiaty.example", "b2b.kwiaty.example"]'
    )
    there.keys["NET.50.10"] = {"b2b.kwiaty.example": ("b2b.kwiaty.example", (-1, 90))}


@seed("removed-while-redirected", "an HTTPS record")
def _(there: World) -> None:
    there.add("@ HTTPS 1 . alpn=h2")


@seed("ttl-high", "an address that is remembered for an hour")
def _(there: World) -> None:
    there.zone("@ A NET", "@ 3600 A NET")


@seed("mx-follows", "one of two mail servers is a redirected name")
def _(there: World) -> None:
    there.add("@ MX 20 www")


@seed("mx-implicit", "no MX, so that mail goes where the shop is")
def _(there: World) -> None:
    there.zone("@ MX 10 mx.post-office.test.\n", "")


@seed("mail-with-shop", "the only mail server is the shop's")
def _(there: World) -> None:
    there.zone("@ MX 10 mx.post-office.test.", "@ MX 10 mail\nmail A NET.40.10")


@seed("follows", "a panel's name leads to the shop's")
def _(there: World) -> None:
    there.add("panel CNAME www")


@seed("wildcard", "every other name leads to the shop")
def _(there: World) -> None:
    there.add("* A NET.40.10")


@seed("managed-elsewhere", "external-dns keeps the shop's address")
def _(there: World) -> None:
    owner = "heritage=external-dns,external-dns/owner=shop"
    there.add(f'a-www TXT "{owner}"')


@seed("spf-follows", "the server at the shop's name may send mail")
def _(there: World) -> None:
    there.zone("v=spf1 include", "v=spf1 a include")


_SWITCHED = """\
[[dns]]
provider = "manual"
zone     = "switch.test"
names    = ["kwiaty.switch.test"]
target   = ["NET.50.10"]

[network]"""


def _switched(there: World) -> None:
    start = there.settings.index("[[dns]]")
    end = there.settings.index("[network]") + len("[network]")
    there.setting(there.settings[start:end], _SWITCHED)


@seed("switch-not-led", "the shop's names do not lead to the delegated switch")
def _(there: World) -> None:
    _switched(there)


@seed("switch-partly-led", "only www leads to the delegated switch")
def _(there: World) -> None:
    _switched(there)
    there.zone("www CNAME @", f"www CNAME kwiaty.{SWITCH}.")


def without_dns(there: World) -> None:
    start, end = there.settings.index("[[dns]]"), there.settings.index("[network]")
    there.setting(there.settings[start:end], "")


@seed("no-dns", "no zone is configured")
def _(there: World) -> None:
    without_dns(there)
