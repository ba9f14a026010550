"""What was seen of the spare address: a second one, in a domain of its own."""

from datetime import datetime

from attrs import frozen

from fallback.core.check.registration import Registration
from fallback.core.hosts.publishing import Manifest
from fallback.core.text import Text


@frozen
class Spare:
    """The spare address; without ``url`` there is none, and nothing was asked.

    ``zone`` is the one that ``host`` is in, ``servers`` its name servers by name and
    address. ``status`` is that of the front page; ``failed`` is the stable word for no
    answer, and ``failure`` says it. ``served`` is the manifest that it shows, and
    ``problem`` what it shows otherwise than that says. ``registration`` is what the
    registry says of its domain, if it does.
    """

    url: str = ""
    host: str = ""
    zone: str = ""
    servers: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    status: int = 0
    failed: str = ""
    failure: Text | None = None
    served: Manifest | None = None
    problem: Text | None = None
    certificate_ends: datetime | None = None
    registration: Registration | None = None
