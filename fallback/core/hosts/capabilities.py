"""What a kind of host can answer, told before anybody has to find out.

Only a promise of the kind: ``deploy`` and ``check`` measure what really comes. ``None``
means that it depends on the web server in front, which is not ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import asdict, evolve, frozen

from fallback.core.text import T, Text


@frozen
class Capabilities:
    """Statuses of the front page, of any other path and of a POST, and what comes too.

    ``tls_ahead``: a valid certificate for the shop's own name can be there before DNS
    points at the host.
    """

    front: int | None = None
    deep: int | None = None
    post: int | None = None
    retry_after: bool | None = None
    tls_ahead: bool | None = None

    def corrected(self, measured: "Capabilities") -> "Capabilities":
        """Return what is known after *measured*: what came counts more than a promise.

        Only of what a status address shows as the shop's names do: its front may answer
        200 all the same, and of certificates a look at it says nothing.
        """
        found = {
            name: seen
            for name in ("deep", "post", "retry_after")
            if (seen := getattr(measured, name)) is not None
        }
        return evolve(self, **found)

    def shortcomings(self) -> Iterator[Text]:
        """Yield what a shop loses with such a host, as sentences."""
        if self.deep == 200:
            yield T("search engines may take the page for the shop: it answers 200")
        if self.post is not None and 200 <= self.post < 300:
            yield T(
                "a payment provider would believe that it had delivered its message"
            )
        if self.retry_after is False:
            yield T("search engines are not told when to come back")
        if self.tls_ahead is False:
            yield T("https for the shop's own name works only after DNS has moved")

    def as_json(self) -> Mapping[str, Any]:
        """Return the object in ``deploy --json`` and ``check --json``."""
        return asdict(self)
