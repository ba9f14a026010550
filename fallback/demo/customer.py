"""A customer of the demo's shop: types its name, and sees what there is to see."""

from attrs import frozen

from fallback.core.config import Network
from fallback.demo.world import DOMAIN, World
from fallback.probes import resolver
from fallback.wire.web.http import Reply, ask

NAMES = (DOMAIN, f"www.{DOMAIN}")
DEEP = "/product/tulips?utm_source=newsletter"


@frozen
class Customer:
    """Knows names only, and asks the world's name server where they lead."""

    world: World

    @property
    def network(self) -> Network:
        """Return the network as the customer's machine would be set up."""
        resolvers = (str(self.world.name_server),)
        return Network(resolvers=resolvers, allow_private=True)

    def finds(self, name: str) -> tuple[str, ...]:
        """Return the addresses that *name* leads to now."""
        return resolver.addresses(name, self.network)

    def visits(self, path: str = "/", name: str = DOMAIN, method: str = "GET") -> Reply:
        """Return what is shown at *path* of *name*. Raises ``FetchFailed``."""
        url = f"http://{name}:{self.world.shop.port}{path}"
        return ask(url, network=self.network, method=method)
