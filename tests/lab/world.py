"""The lab's small world as values: who answers for which name, and what is said there.

``NET`` in a text stands for the first two octets of the lab's block of addresses. The
shop is at a hoster of its own, its names at two DNS companies, its mail at a third, the
page at two hosts, and the emergency mailbox at nobody's of these.
"""

from datetime import timedelta
from pathlib import Path

from attrs import define, field

from fallback.core.check.least_privilege import bind_drill, bind_grants
from tests.servers.rdap import registered

ROOT, REGISTRY, RESOLVER = "NET.1.53", "NET.2.53", "NET.3.53"
NORTH, SOUTH, COMPANIES = "NET.10.53", "NET.20.53", "NET.60.53"
MAILBOX = "NET.61.53"
SPARE = ("NET.10.54", "NET.40.53", "NET.40.54")  # nothing is there, in a good world
SERVERS = (ROOT, REGISTRY, RESOLVER, NORTH, SOUTH, COMPANIES, MAILBOX, *SPARE)
SHOP_AT = "NET.40.10"
HOST_ONE, HOST_TWO = "NET.50.10", "NET.70.10"
POST_OFFICE, ELSEWHERE_MAIL, HOSTER_MAIL = "NET.80.25", "NET.60.25", "NET.40.25"

DESK = "NET.2.80"  # the registry of all names, by RDAP

BLACK_HOLE = "NET.71.10"  # packets to port 443 and 25 there are never answered

DOMAIN, SWITCH = "kwiaty.example", "switch.test"
AWARIA = "kwiaty-awaria.test"
STATUS_ONE, STATUS_TWO = "status.host-one.test", "status.host-two.test"

_SOA = "@ IN SOA {mname} hostmaster.{mname} SERIAL 14400 3600 1209600 300\n"

ROOT_ZONE = (
    "$TTL 3600\n"
    + _SOA.format(mname="a.root-servers.test.")
    + """\
@ NS a.root-servers.test.
a.root-servers.test. A NET.1.53
example. NS a.registry.test.
test. NS a.registry.test.
a.registry.test. A NET.2.53
arpa. NS a.registry.test.
"""
)

REGISTRY_EXAMPLE = (
    "$TTL 3600\n"
    + _SOA.format(mname="a.registry.test.")
    + """\
@ NS a.registry.test.
kwiaty NS ns1.dns-north.test.
kwiaty NS ns2.dns-south.test.
"""
)

REGISTRY_TEST = (
    "$TTL 3600\n"
    + _SOA.format(mname="a.registry.test.")
    + """\
@ NS a.registry.test.
a.registry A NET.2.53
"""
    + "".join(
        f"{company} NS ns.companies\n"
        for company in (
            "dns-north", "dns-south", "post-office", "host-one", "host-two",
            "companies",
        )
    )
    + """\
ns.companies A NET.60.53
elsewhere NS ns.elsewhere
ns.elsewhere A NET.61.53
kwiaty-awaria NS ns.companies
switch NS ns1.dns-north
switch NS ns2.dns-south
"""
)  # fmt: skip

_COMPANY = "$TTL 3600\n" + _SOA.format(mname="ns.companies.test.")
_COMPANY += "@ NS ns.companies.test.\n"

COMPANY_ZONES = {
    "companies.test": _COMPANY + "ns A NET.60.53\n",
    "dns-north.test": _COMPANY + "@ MX 10 mx.post-office.test.\nns1 A NET.10.53\n",
    "dns-south.test": _COMPANY + "ns2 A NET.20.53\n",
    "post-office.test": _COMPANY + "mx A NET.80.25\n",
    "host-one.test": _COMPANY + "status 60 A NET.50.10\n",
    "host-two.test": _COMPANY + "status 60 A NET.70.10\n",
    AWARIA: _COMPANY + "@ 60 A NET.50.10\n",
}

MAILBOX_ZONE = (
    "$TTL 3600\n"
    + _SOA.format(mname="ns.elsewhere.test.")
    + "@ NS ns\nns A NET.61.53\n@ MX 10 mx\nmx A NET.60.25\n"
)

SWITCH_ZONE = (
    "$TTL 60\n"
    + _SOA.format(mname="ns1.dns-north.test.")
    + """\
@ NS ns1.dns-north.test.
@ NS ns2.dns-south.test.
@ MX 0 .
kwiaty A NET.40.10
"""
)
"""A delegated switch (``core.redirect.switch``), to which nothing leads yet."""

SHOP_ZONE = """\
$TTL 300
@ IN SOA ns1.dns-north.test. hostmaster.dns-north.test. SERIAL 14400 3600 1209600 300
@ NS ns1.dns-north.test.
@ NS ns2.dns-south.test.
@ A NET.40.10
www CNAME @
@ MX 10 mx.post-office.test.
@ TXT "v=spf1 include:post-office.test -all"
@ CAA 0 issue "letsencrypt.org"
"""

_GRANTS = " ".join(bind_grants(DOMAIN, (DOMAIN, f"www.{DOMAIN}"), "fallback"))
RIGHTS = (
    "allow-transfer { key fallback; };"
    f" update-policy {{ {_GRANTS} {bind_drill(DOMAIN, 'fallback')} }};"
)

SETTINGS = """\
[shop]
name      = "Kwiaty u Ani"
url       = "https://kwiaty.example"
timezone  = "Europe/Warsaw"
languages = ["en"]
workers   = []
spare     = "https://kwiaty-awaria.test"

[contact]
email = "awaria@elsewhere.test"
phone = "+48600100200"
hours = "daily 8am–8pm"
[contact.links]
Facebook = "https://www.facebook.com/kwiaty"

[primary]
contains = "Dodaj do koszyka"

[[hosts]]
kind = "folder"
path = "host-one"
url  = "https://status.host-one.test"

[[hosts]]
kind = "folder"
path = "host-two"
url  = "https://status.host-two.test"

[[dns]]
provider      = "rfc2136"
zone          = "kwiaty.example"
names         = ["kwiaty.example", "www.kwiaty.example"]
target        = ["NET.50.10"]
server        = "NET.10.53:53"
key_name      = "fallback"
key_secret    = "env:TSIG"

[network]
resolvers     = ["NET.3.53:53"]
ca_file       = "ca.pem"
canaries      = ["NET.60.53:53", "NET.2.53:53"]
allow_private = true
rdap          = "http://NET.2.80:80/dns.json"
"""


def _texts():
    registry = {"example": REGISTRY_EXAMPLE, "test": REGISTRY_TEST}
    registry["arpa"] = "$TTL 3600\n" + _SOA.format(mname="a.registry.test.")
    registry["arpa"] += "@ NS a.registry.test.\n"
    return {
        ROOT: {".": ROOT_ZONE},
        REGISTRY: registry,
        NORTH: {DOMAIN: SHOP_ZONE, SWITCH: SWITCH_ZONE},
        SOUTH: {DOMAIN: SHOP_ZONE, SWITCH: SWITCH_ZONE},
        MAILBOX: {"elsewhere.test": MAILBOX_ZONE},
        COMPANIES: dict(COMPANY_ZONES),
    }


def _registered():
    return {
        DOMAIN: registered(DOMAIN, "Registrar North", mail="abuse@reg-north.test"),
        AWARIA: registered(AWARIA, "Registrar South", mail="abuse@reg-south.test"),
    }


@define
class World:
    """Everything that a fault may change; as it is made, nothing is wrong with it.

    ``texts`` are zones by address, ``ways`` what the doors do there (``doors``);
    ``registered`` is what the registry says of domains (``tests.servers.rdap``).
    ``OUR-DS`` in a text is the key of the shop's zone, which is ``signed`` with it.
    ``bends`` change what web servers answer, by address; ``keys`` says which
    certificate is shown for a name there, ``mail`` what a mail server says first.
    ``files`` are put into the site folder, of which ``SITE`` in a text is the path;
    ``site`` changes what was published into it. ``rights`` are the key's in BIND; with
    ``write`` they are proven. ``token_ends`` is said by an operator whose API is at
    ``API-AT``; ``links`` are followed, the clock is ``late``.
    """

    texts: dict = field(factory=_texts)
    registered: dict = field(factory=_registered)
    ways: dict = field(factory=dict)
    bends: dict = field(factory=dict)
    keys: dict = field(factory=dict)
    mail: dict = field(factory=dict)
    settings: str = SETTINGS
    files: dict = field(factory=dict)
    site: list = field(factory=list)
    script: str = ""
    signed: bool = False
    rights: str = RIGHTS
    token_ends: str = ""
    links: tuple = ()
    write: bool = False
    late: timedelta = timedelta()

    def zone(self, before: str, after: str, *, at: tuple = (NORTH, SOUTH)) -> None:
        """Change the shop's zone, at all of its name servers or at some."""
        for address in at:
            there = self.texts[address]
            there[DOMAIN] = _changed(there[DOMAIN], before, after)

    def add(self, *lines: str) -> None:
        """Add records to the shop's zone."""
        self.zone("@ MX 10", "\n".join((*lines, "@ MX 10")))

    def elsewhere(self, address: str, zone: str, before: str, after: str) -> None:
        """Change another zone."""
        there = self.texts[address]
        there[zone] = _changed(there[zone], before, after)

    def setting(self, before: str, after: str) -> None:
        """Change fallback.toml."""
        self.settings = _changed(self.settings, before, after)

    def file(self, path: str, change) -> None:
        """Let *change* have what is at *path* of the site folder."""
        self.site.append(lambda root: change(root / path))


def _changed(text: str, before: str, after: str) -> str:
    assert before in text, f"{before!r} is not in:\n{text}"
    return text.replace(before, after)


def resolved(text: str, net: str) -> str:
    """Return *text* with the lab's own addresses; ``TEN`` is the block backwards."""
    backwards = ".".join(reversed(net.split(".")))
    return text.replace("NET.", f"{net}.").replace(".TEN", f".{backwards}")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
