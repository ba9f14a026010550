"""What a TSIG key may update beyond the names, found out without updating anything.

Each message asks for a removal of a record that is not there, under the condition that
a name exists which nobody has. The condition fails whatever the server's configuration
says, so that nothing can be changed; but servers that look at rights first (BIND since
9.18.11, Knot, PowerDNS) refuse what the key may not do before they look at it.
"""

from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import TYPE_CHECKING

from fallback.core.check.credential import MAIL, OTHERS, TEXTS
from fallback.core.records import absolute
from fallback.core.text import Text

if TYPE_CHECKING:
    import dns.tsig
    import dns.update

_ALLOWED = ("NXRRSET", "NXDOMAIN")
"""What is said when only the condition stood in the way."""


def beyond(
    zone: str,
    key: "dns.tsig.Key",
    send: Callable[["dns.update.UpdateMessage"], str],
) -> Iterator[Text]:
    """Yield what *key* may do that no redirect needs; *send* returns a reply's code.

    Nothing where the server looks at the condition first: then its answers say nothing
    of rights. That is told by a name that is in no zone of the server's.
    """
    top, nonce = absolute(zone), token_hex(8)
    outside = (f"nobody-{nonce}.invalid.", "TXT", '"nobody"')
    if send(_message(top, key, nonce, *outside)) in _ALLOWED:
        return
    for said, record in (
        (MAIL, (top, "MX", f"0 nobody-{nonce}.invalid.")),
        (TEXTS, (top, "TXT", f'"nobody-{nonce}"')),
        (OTHERS, (f"nobody-{nonce}.{top}", "A", "192.0.2.1")),
    ):
        if send(_message(top, key, nonce, *record)) in _ALLOWED:
            yield said.with_values(zone=zone.rstrip("."))


def _message(
    zone: str, key: "dns.tsig.Key", nonce: str, name: str, rtype: str, rdata: str
) -> "dns.update.UpdateMessage":
    import dns.update

    made = dns.update.UpdateMessage(zone, keyring=key)
    made.present(f"nobody-{nonce}.{zone}", "TXT")
    made.delete(name, rtype, rdata)
    return made
