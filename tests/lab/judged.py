"""Further faults of zones and name servers, for the independent judge alone.

Each is one more way to have a fault that ``tests.lab.seeds_names`` has already, or one
that ``check`` has another word for.
"""

from tests.lab.seeds_names import glued
from tests.lab.world import (
    COMPANIES,
    DOMAIN,
    NORTH,
    REGISTRY,
    SOUTH,
    World,
)

MORE = {}


def fault(what):
    def add(change):
        MORE[what] = change
        return change

    return add


def _soa(before, after, at=(NORTH, SOUTH)):
    return lambda there: there.zone(before, after, at=at)


MORE["SOA: another primary at one server"] = _soa(
    "SOA ns1.dns-north.test.", "SOA ns2.dns-south.test.", (SOUTH,)
)
MORE["SOA: another mailbox at one server"] = _soa(
    "hostmaster.dns-north", "root.dns-north", (SOUTH,)
)
MORE["SOA: another refresh at one server"] = _soa("14400 3600", "28800 3600", (SOUTH,))
MORE["SOA: refresh of a minute"] = _soa("14400 3600", "60 30")
MORE["SOA: retry longer than refresh"] = _soa("14400 3600", "14400 28800")
MORE["SOA: expire of an hour"] = _soa("1209600", "3600")
MORE["SOA: expire shorter than refresh"] = _soa("14400 3600 1209600", "14400 3600 7200")
MORE["SOA: negative answers of two days"] = _soa("1209600 300", "1209600 172800")
MORE["SOA: negative answers of a second"] = _soa("1209600 300", "1209600 1")


@fault("SOA: a primary that does not know the zone")
def _(there: World) -> None:
    there.zone("SOA ns1.dns-north.test.", "SOA ns.companies.test.")


@fault("SOA: a primary that is an alias")
def _(there: World) -> None:
    there.zone("SOA ns1.dns-north.test.", "SOA alias.dns-north.test.")
    there.elsewhere(COMPANIES, "dns-north.test", "ns1 A", "alias CNAME ns1\nns1 A")


@fault("NS: one server lists fewer")
def _(there: World) -> None:
    there.zone("@ NS ns1.dns-north.test.\n", "", at=(SOUTH,))


@fault("NS: the registry names a server that the zone does not")
def _(there: World) -> None:
    there.elsewhere(
        REGISTRY,
        "example",
        "kwiaty NS ns1",
        "kwiaty NS ns.companies.test.\nkwiaty NS ns1",
    )
    there.texts[COMPANIES][DOMAIN] = there.texts[NORTH][DOMAIN]


@fault("NS: a server that knows nothing of the zone, in both lists")
def _(there: World) -> None:
    there.elsewhere(
        REGISTRY,
        "example",
        "kwiaty NS ns1",
        "kwiaty NS ns.companies.test.\nkwiaty NS ns1",
    )
    there.add("@ NS ns.companies.test.")


@fault("NS: one server alone")
def _(there: World) -> None:
    there.elsewhere(REGISTRY, "example", "kwiaty NS ns2.dns-south.test.\n", "")
    there.zone("@ NS ns2.dns-south.test.\n", "")


@fault("NS: two names of one server")
def _(there: World) -> None:
    there.elsewhere(COMPANIES, "dns-south.test", "NET.20.53", "NET.10.53")


@fault("glue: an address where nobody is")
def _(there: World) -> None:
    glued(there, "NET.99.53")


@fault("glue: right")
def _(there: World) -> None:
    glued(there, "NET.20.53")


@fault("a server that takes no UDP")
def _(there: World) -> None:
    there.ways[SOUTH] = "tcp"


@fault("a server that is silent")
def _(there: World) -> None:
    there.ways[SOUTH] = "silent"


@fault("a server that answers garbage")
def _(there: World) -> None:
    there.ways[SOUTH] = "garbage"


@fault("mail: an exchange that is an alias")
def _(there: World) -> None:
    there.zone(
        "@ MX 10 mx.post-office.test.", "@ MX 10 mx\nmx CNAME mx.post-office.test."
    )


@fault("mail: nobody takes it")
def _(there: World) -> None:
    there.zone("@ MX 10 mx.post-office.test.\n@ TXT", "@ TXT")
    there.zone("@ A NET.40.10\n", "")
    there.zone("www CNAME @", "www A NET.40.10")
