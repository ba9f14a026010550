"""The narrowest rights that a credential needs for one zone of a site.

Whoever steals a key that has these can point the configured names elsewhere, and can do
nothing else: mail, name servers and certificates' records are out of its reach. The
texts are configuration of the server in question, ready to be pasted.
"""

from collections.abc import Collection, Iterator

from fallback.core.records import WEB_TYPES, absolute, marker_key

KNOT_TYPES = ("A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT", "RRSIG", "NSEC")
"""What a key must be allowed to update on Knot. The signatures are among them because
Knot wants them deleted before it gives a name a CNAME, see ``wire.updates``."""


def bind_grants(zone: str, names: Collection[str], key: str) -> tuple[str, ...]:
    """Return the rules by which *key* may move *names*, one name a line.

    For the ``update-policy`` of BIND 9 (its reference manual, "Dynamic Update
    Policies"): the top of a zone is granted no CNAME, which could not stand there.
    """
    return tuple(
        f"grant {key} name {name.rstrip('.')} {' '.join(types)};"
        for name, types in _rights(zone, names)
    )


def bind_policy(zone: str, names: Collection[str], key: str) -> str:
    """Return the lines for the zone's clause in ``named.conf``."""
    rules = "".join(f"  {rule}\n" for rule in bind_grants(zone, names, key))
    return (
        f'allow-transfer {{ key "{key}"; }};\n' + "update-policy {\n" + rules + "};\n"
    )


def knot_acl(zone: str, names: Collection[str], key: str) -> str:
    """Return the rules for the ``acl`` section of Knot's ``knot.conf``.

    An update must be allowed by one rule as a whole, so that Knot cannot give each name
    its own types: this key may also write a TXT record at a redirected name.
    """
    owners = ", ".join(name for name, _ in _rights(zone, names))
    return (
        f"  - id: {key}-transfer\n"
        f"    key: {key}\n"
        f"    action: transfer\n"
        f"  - id: {key}-update\n"
        f"    key: {key}\n"
        f"    action: update\n"
        f"    update-owner: name\n"
        f"    update-owner-match: equal\n"
        f"    update-owner-name: [{owners}]\n"
        f"    update-type: [{', '.join(KNOT_TYPES)}]\n"
    )


def _rights(zone: str, names: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name with the types a redirect may touch there, the marker last."""
    top = absolute(zone)
    for name in dict.fromkeys(absolute(name) for name in names):
        barred = {"ALIAS", "CNAME"} if name == top else {"ALIAS"}
        yield name, tuple(rtype for rtype in WEB_TYPES if rtype not in barred)
    marker, rtype = marker_key(zone)
    yield marker, (rtype,)
