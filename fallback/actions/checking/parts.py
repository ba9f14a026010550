"""Which parts a shop has and who runs them, out of what was asked about it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fallback.actions.checking.questions import REGISTRAR, Asked, Machine
from fallback.core.check.basket import Thing
from fallback.core.check.facts import Approach
from fallback.core.check.registration import Registration
from fallback.core.check.site_basket import Site, things
from fallback.core.config import Config
from fallback.probes.greeting import Greeting


def parts(
    config: Config,
    answers: Mapping[Asked, Any],
    shop: tuple[str, ...],
    greeting: Greeting | None,
) -> tuple[Thing, ...]:
    """Return who runs what, as far as it is known."""
    approach: Approach | None = answers.get(("approach", ""))
    ways = (approach.ways if approach else {}).get(config.shop.domain)
    placed = answers.get(("placed", "")) or {}
    machine = answers.get(("machine", "")) or Machine()
    registration: Registration | None = answers.get(REGISTRAR)
    tables = config.dns
    return things(
        Site(
            config.shop.domain,
            shop,
            tuple(ways or ())[1:],
            greeting.headers if greeting else {},
            answers.get(("pointers", "")) or (),
            tuple(s for t in tables for s in answers.get(("servers", t.zone)) or ()),
            tuple(m for t in tables for m in answers.get(("mail", t.zone)) or ()),
            answers.get(("email", "")),
            tuple(
                (table.label, name if name in placed else "", placed.get(name, ()))
                for table in config.hosts
                for name in [urlsplit(table.url).hostname or ""]
            ),
            machine.addresses,
            _bucket_at(config),
            (machine.words, machine.words_at),
            registration.companies if registration else (),
        )
    )


def _bucket_at(config: Config) -> str:
    """Return the host that the shared state is at; empty: it is on this machine."""
    if config.state.kind != "s3":
        return ""
    endpoint = str(getattr(config.state.settings, "endpoint", ""))
    return urlsplit(endpoint).hostname or "s3.amazonaws.com"
