"""How people, sites and machines are reached: the readers of addresses and names.

Like ``fallback.core.settings.values``: nothing is coerced; each reader returns what was
written, or raises ``Wrong`` with what to type instead.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from fallback.core.settings.values import (
    Reader,
    Wrong,
    each,
    not_empty,
    one_of,
    shown,
    text,
)
from fallback.core.text import T


def email(value: Any) -> str:
    """Read an e-mail address (the everyday part of RFC 5322)."""
    address = text(value)
    if not re.fullmatch(r"[^\s@<>\"(),:;\[\]]+@[^\s@.]+(\.[^\s@.]+)+", address):
        raise Wrong(
            T("{value} is not an e-mail address", value=shown(address)),
            T('write it like "name@provider.example"'),
        )
    return address


def phone(value: Any) -> str:
    """Read a phone number in the international form (ITU-T E.164)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        mended = f'"+{abs(value)}"'
        raise Wrong(
            T("a phone number is a text: as a number it loses its plus sign"),
            T("write it in quotes: {mended}", mended=mended),
            mended=mended,
        )
    number = text(value)
    if re.fullmatch(r"\+[1-9]\d{6,14}", number):
        return number
    bare = re.sub(r"[\s()./-]", "", re.sub(r"^\s*00", "+", number))
    mended = f'"{bare}"' if re.fullmatch(r"\+[1-9]\d{6,14}", bare) else ""
    raise Wrong(
        T(
            "{value} is not a phone number in the international form",
            value=shown(number),
        ),
        T("did you mean {mended}", mended=mended)
        if mended
        else T('write the country code and digits only: "+48600100200"'),
        mended=mended,
    )


def url(value: Any) -> str:
    """Read an http or https address; the host in ASCII, nothing secret inside."""
    address = text(value)
    if "://" not in address and re.match(r"[\w.-]+\.\w", address):
        mended = f'"https://{address}"'
        raise Wrong(
            T("{value} is not a web address", value=shown(address)),
            T("did you mean {mended}", mended=mended),
            mended=mended,
        )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    good = parts.scheme in ("http", "https") and host and port != 0
    if not good or parts.username is not None or re.search(r"[\s<>\"\\^`{|}]", address):
        raise Wrong(
            T("{value} is not a web address", value=shown(address)),
            T('write it like "https://shop.example"'),
        )
    ascii_host(host, whole=address)
    return address


def base_url(value: Any) -> str:
    """Read the address of a whole site: nothing behind the host but a path."""
    address = str(url(value))
    parts = urlsplit(address)
    if parts.query or parts.fragment or "?" in address or "#" in address:
        raise Wrong(
            T("the address of a site holds no ? and no #"),
            T("did you mean {mended}", mended=f'"{re.split("[?#]", address)[0]}"'),
            mended=f'"{re.split("[?#]", address)[0]}"',
        )
    return address


def ascii_host(host: str, *, whole: str = "") -> None:
    """Refuse a *host* that is not a DNS name or an address, as DNS spells it."""
    if host.isascii():
        if is_address(host) or _is_dns_name(host):
            return
        raise Wrong(T("{value} is not a host name", value=shown(host)))
    try:
        spelled = dns_spelling(host)
    except UnicodeError:
        raise Wrong(T("{value} is not a host name", value=shown(host))) from None
    mended = f'"{(whole or host).replace(host, spelled)}"'
    raise Wrong(
        T("{value} is written as DNS does not know it", value=shown(host)),
        T("write it in the form for machines: {mended}", mended=mended),
        mended=mended,
    )


def dns_spelling(host: str) -> str:
    """Return *host*, in any script, as DNS spells it, in lower case.

    As browsers do (UTS 46, not transitional): ``ß`` is a letter of its own, and never
    the ``ss`` of somebody else's name. Raises ``UnicodeError`` for what no registry
    takes (IDNA 2008).
    """
    if host.isascii():
        return host.lower()
    # its tables cost what only a name in another script should pay
    import idna

    return idna.encode(host, uts46=True).decode("ascii")


def people_spelling(name: str) -> str:
    """Return the DNS *name* as people spell it, where that differs and is known.

    Raises ``UnicodeError`` for an ``xn--`` that spells nothing.
    """
    if "xn--" not in name:
        return name
    import idna  # as above

    return idna.decode(name)


def dns_name(value: Any) -> str:
    """Read a DNS name of two labels or more (RFC 1035 section 2.3.1)."""
    name = text(value)
    if "://" in name or "/" in name:
        host = urlsplit(name if "://" in name else f"//{name}").hostname or ""
        raise Wrong(
            T("{value} is an address, and a name is expected", value=shown(name)),
            T("did you mean {mended}", mended=f'"{host}"') if host else None,
            mended=f'"{host}"' if host else "",
        )
    ascii_host(name)
    if is_address(name) or "." not in name.rstrip("."):
        raise Wrong(T("{value} is not a DNS name", value=shown(name)))
    return name


_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


def _is_dns_name(name: str) -> bool:
    bare = name.removesuffix(".")
    labels = bare.split(".")
    return len(bare) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def is_address(host: str) -> bool:
    """Return whether *host* is an IP address, and so no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def address(value: Any) -> IPv4Address | IPv6Address:
    """Read an IP address; addresses of private networks are addresses too."""
    written = text(value)
    try:
        return ip_address(written)
    except ValueError:
        raise Wrong(T("{value} is not an IP address", value=shown(written))) from None


def target(value: Any) -> str | tuple[IPv4Address | IPv6Address, ...]:
    """Read where names point while redirected: a host name, or a list of addresses."""
    if not isinstance(value, str):
        found: tuple[IPv4Address | IPv6Address, ...] = not_empty(each(address))(value)
        return found
    if is_address(value):
        raise Wrong(
            T("addresses are given as a list"),
            T("write it in brackets: {mended}", mended=f'["{value}"]'),
            mended=f'["{value}"]',
        )
    return dns_name(value)


def home(words: Sequence[str]) -> str | tuple[IPv4Address | IPv6Address, ...]:
    """Read the new server as it is typed: addresses, or one host name.

    No host name ends in a number: what does is an address with a slip in it.
    """
    if len(words) == 1 and not re.search(r"(:|\.\d+$)", words[0]):
        return dns_name(words[0])
    return tuple(dict.fromkeys(map(address, words)))


def url_or_nothing(value: Any) -> str:
    """Read an http or https address, or "" for none."""
    return "" if value == "" else url(value)


def endpoint(default_port: int, *, names: bool = False) -> Reader:
    """Return a reader of ``host:port``; the host is an address, or with *names* any."""

    def host_and_port(value: Any) -> str:
        written = text(value)
        found = re.fullmatch(
            r"\[([0-9A-Fa-f:.]+)\]:(\d{1,5})|([^:\s\[\]/]+):(\d{1,5})", written
        )
        host = (found[1] or found[3]) if found else ""
        port = int(found[2] or found[4]) if found else 0
        if 0 < port < 65536 and (is_address(host) or (names and _is_dns_name(host))):
            return written
        bare = written.strip("[]")
        mended = ""
        if is_address(bare):
            mended = (
                f'"[{bare}]:{default_port}"'
                if ":" in bare
                else f'"{bare}:{default_port}"'
            )
        raise Wrong(
            T("{value} is not an address with a port", value=shown(written)),
            T("did you mean {mended}", mended=mended)
            if mended
            else T("write it like {example}", example=f'"192.0.2.53:{default_port}"'),
            mended=mended,
        )

    return host_and_port


def url_path(value: Any) -> str:
    """Read the path of a file at the shop, such as ``/sw.js``."""
    path = text(value)
    parts = path.split("/")
    if parts[0] or not parts[-1] or ".." in parts or re.search(r"[\s?#\\:*]", path):
        raise Wrong(
            T('{value} is not a path at the shop such as "/sw.js"', value=shown(path))
        )
    if parts[1] == "_fallback":
        raise Wrong(T("{value} is a place of our own", value=shown(path)))
    return path


def store(*kinds: str) -> Reader:
    """Return the reader of where state lives: a word, or the address of a bucket.

    It returns the kind, and the settings that an address spells.
    """

    def read(value: Any) -> tuple[str, dict[str, str]]:
        kind, sign, rest = text(value).partition("://")
        if sign and (kind != "s3" or kind not in kinds):
            raise Wrong(
                T("the store {kind} is not available yet", kind=kind),
                T('write store = "folder"'),
                mended='store = "folder"',
            )
        bucket, _, prefix = rest.partition("/")
        if kind == "s3" and not bucket:
            raise Wrong(
                T("which bucket?"),
                T("write {value}", value='store = "s3://bucket/shop"'),
            )
        spelled = {"bucket": bucket, "prefix": prefix}
        return one_of(*kinds)(kind), {key: one for key, one in spelled.items() if one}

    return read
