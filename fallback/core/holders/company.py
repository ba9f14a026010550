"""What is known of a company: the marks that its servers carry, and how zones change.

No company stands here: ``fallback.core.holders.company_list`` has those of everywhere,
``fallback.core.holders.hosters`` those that sell domains and web space.
"""

from enum import StrEnum

from attrs import frozen


class Apex(StrEnum):
    """What may stand at the top of a zone beside addresses; stable English words.

    ``OWN``: an alias, but only to the company's own services.
    """

    ALIAS = "alias"
    FLATTEN = "flatten"
    OWN = "own"
    UNKNOWN = "unknown"


@frozen
class Desk:
    """How the zones at a company are changed.

    ``panel`` is the way through its menus, with ``{domain}`` in the domain's place.
    ``provider`` is the word for it in ``[[dns]]``; for ``octodns``, ``package`` is what
    has to be installed, too.
    """

    panel: str = ""
    provider: str = ""
    package: str = ""
    apex: Apex = Apex.UNKNOWN


@frozen
class Company:
    """A company, or one service of it; services with the same ``id`` die together.

    ``domains`` hold servers of every kind, ``dns``, ``mail`` and ``web`` of one; a star
    stands for anything in one label. ``headers`` are (name, words in its value), in
    lower case.
    ``mailboxes`` stand in the SOA records of its customers (RNAME, written as a name)
    though its servers are not called so.
    ``registrar`` are beginnings of what registries call it, whole words in lower case.
    ``front``: it may stand before somebody else's server. ``shop``: it is where whole
    shops live, orders included. ``known``: it is in this list.
    """

    id: str
    name: str
    domains: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    mailboxes: tuple[str, ...] = ()
    registrar: tuple[str, ...] = ()
    front: bool = False
    shop: bool = False
    desk: Desk = Desk()
    known: bool = True


def octodns(package: str, panel: str = "", apex: Apex = Apex.UNKNOWN) -> Desk:
    """Return the desk of a company that octoDNS has the package *package* for."""
    return Desk(panel, "octodns", f"octodns-{package}", apex)
