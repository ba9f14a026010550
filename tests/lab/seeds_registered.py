"""Faults of the registrations: of the shop's domain, and of its spare address."""

from tests.lab.seeds import seed
from tests.lab.seeds_besides import forgotten
from tests.lab.world import AWARIA, DOMAIN, REGISTRY, World
from tests.servers.rdap import registered
from tests.servers.shop import answering


def _of(domain: str, registrar: str = "Registrar East", **said):
    return lambda there: there.registered.update(
        {domain: registered(domain, registrar, **said)}
    )


seed("domain-expires", "the registration ends in a month")(_of(DOMAIN, days=30))
seed("domain-expires", "the spare domain ends in a week")(_of(AWARIA, days=7))
seed("domain-on-hold", "the registrar has taken the domain out of DNS")(
    _of(DOMAIN, statuses=("client hold", "client transfer prohibited"))
)
seed("domain-unlocked", "nothing keeps the domain at its registrar")(
    _of(DOMAIN, statuses=("active",))
)
seed("spare-same-registrar", "both domains are at one registrar")(
    _of(AWARIA, "North", mail="abuse@reg-north.test")
)


@seed("same-basket", "the domain is registered at the shop's own hoster")
def _(there: World) -> None:
    called = "10.40.TEN.in-addr PTR vm1.hoster.test.\n@ NS"
    there.elsewhere(REGISTRY, "arpa", "@ NS", called)
    _of(DOMAIN, "Hoster", mail="abuse@hoster.test")(there)


@seed("ask-spare-registrar", "nobody has answered it, nor does a registry")
def _(there: World) -> None:
    forgotten("ask-spare-registrar")(there)
    there.registered[AWARIA] = answering(500, b"")
