"""The names by which a vendor knows a host, and what they prove."""

from attrs import frozen


@frozen
class Known:
    """What a vendor says of one host, in small letters and without a final dot.

    ``own`` is below the vendor's ``domain``, where nobody else can have it; empty: it
    has none there. ``taken`` are names elsewhere for which the vendor answers with this
    host and with no other, should DNS lead them to it. With ``drafts`` the host's
    branches are below its own name, after two hyphens.
    """

    domain: str
    own: str = ""
    taken: frozenset[str] = frozenset()
    drafts: bool = False

    def has(self, name: str) -> bool | None:
        """Return whether *name* is the host's own; ``None``: that is not told by it."""
        found = name.rstrip(".").lower()
        if not found.endswith(f".{self.domain}"):
            return None
        branch, _, rest = found.rpartition("--")
        return bool(self.own) and (
            found == self.own or (self.drafts and bool(branch) and rest == self.own)
        )
