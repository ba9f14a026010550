"""From the text of fallback.toml to ``Config``: every complaint at once, or none.

The law of this room: a value is what the owner wrote, or it is refused. Each complaint
names the line, what is expected, and what to type instead when that can be told.
Whatever looks like a secret is refused without being repeated.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fallback.core.config import (
    FILE_NAME,
    Approval,
    Brand,
    Card,
    Config,
    Contact,
    DnsTable,
    HostTable,
    Kinds,
    Network,
    Notify,
    Primary,
    SecretRef,
    Shop,
    State,
)
from fallback.core.errors import ConfigError, Problem
from fallback.core.leaks import leaks, random_part
from fallback.core.records import absolute
from fallback.core.redirect.drill import in_part
from fallback.core.settings import addresses, card_settings, values
from fallback.core.settings.places import Place, places
from fallback.core.settings.reading import Reading, fill
from fallback.core.settings.values import Reader, Wrong
from fallback.core.text import T

TABLES = (
    "shop",
    "contact",
    "brand",
    "primary",
    "hosts",
    "dns",
    "state",
    "network",
    "notify",
    "approval",
    "card",
)


def parse(text: str, kinds: Kinds, root: Path) -> Config:
    """Return what *text* configures for the site folder *root*.

    *kinds* are the adapters' settings classes. Raises ``ConfigError`` with every
    problem, in the order of the lines.
    """
    reading = _read(text, root)
    config = _site(reading, kinds)
    if reading.problems or config is None:
        raise ConfigError(sorted(reading.problems, key=lambda problem: problem.line))
    return config


def parse_network(text: str, root: Path) -> Network:
    """Return what the table ``[network]`` of *text* says; no other one is looked at.

    Paths are below *root*. Raises ``ConfigError`` with every problem of the table.
    """
    reading = _read(text, root)
    network = Network(**_simple(reading, "network", network_readers(root)))
    if reading.problems:
        raise ConfigError(sorted(reading.problems, key=lambda problem: problem.line))
    return network


def _read(text: str, root: Path) -> Reading:
    text = text.removeprefix("\ufeff")
    try:
        body = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([_syntax(text, error)]) from None
    reading = Reading(body, places(text), root)
    reading.refuse_leaks(body)
    return reading


def _syntax(text: str, error: Exception) -> Problem:
    """Return tomllib's complaint in our words, with the line and the likely slip."""
    said = str(error)
    found = re.search(r"line (\d+)", said)
    lines = text.split("\n")  # as TOML counts: str.splitlines knows more line ends
    number = int(found[1]) if found else len(lines) if "end of document" in said else 0
    row = lines[number - 1] if 0 < number <= len(lines) else ""
    why = re.sub(r"\s*\(at .*", "", said)
    safe = not leaks("", row) and "=" in row and not leaks(*row.split("=", 1))
    mended = ""
    remedy = T('texts stand in straight quotes: name = "Kwiaty u Ani"')
    if straight := re.search("[“”„‟«»]", row):
        mended = re.sub("[“”„‟«»]", '"', row).strip() if safe else ""
        remedy = T(
            "replace the curly quote {quote} by a straight one", quote=straight[0]
        )
    elif "twice" in said or "overwrite" in said:
        remedy = T("remove one of the two")
    elif row.lstrip().startswith("["):
        remedy = T("write a table on a line of its own, like [shop] or [[hosts]]")
    return Problem(
        FILE_NAME,
        number,
        T("this is not TOML: {why}", why=why[:1].lower() + why[1:]),
        remedy,
        mended,
    )


def _site(reading: Reading, kinds: Kinds) -> Config | None:
    body = reading.body
    for name in body:
        if name not in TABLES:
            reading.unknown((name,), name, dict.fromkeys(TABLES))
    shop = _shop(reading)
    contact = _contact(reading, shop)
    primary = _primary(reading, shop)
    hosts = _hosts(reading, kinds["hosts"])
    dns = _dns(reading, kinds["dns"])
    state = _state(reading, kinds["state"])
    _check_state(reading, state, hosts)
    network = Network(**_simple(reading, "network", network_readers(reading.root)))
    notify = Notify(**_simple(reading, "notify", {"urls": values.each(_notify_url)}))
    brand = Brand(**_simple(reading, "brand", _brand(reading.root)))
    signers: dict[str, Reader] = {"signers": values.each(values.public_key)}
    approval = Approval(**_simple(reading, "approval", signers))
    card = Card(**_simple(reading, "card", card_settings.READERS))
    if reading.problems or not (shop and contact and primary and state):
        return None
    return Config(
        reading.root,
        shop,
        contact,
        primary,
        hosts,
        dns,
        state,
        network,
        notify,
        brand,
        approval,
        card,
    )


def _simple(
    reading: Reading, name: str, readers: Mapping[str, Reader], *required: str
) -> dict[str, Any]:
    table = reading.body.get(name, {})
    if name not in reading.body and required:
        reading.complain((), T("the table [{name}] is missing", name=name))
    table = reading.table((name,), table)
    reading.require((name,), table, *required)
    return reading.read((name,), table, readers)


def _shop(reading: Reading) -> Shop | None:
    readers: dict[str, Reader] = {
        "name": values.text,
        "url": addresses.base_url,
        "timezone": values.timezone,
        "languages": values.not_empty(values.each(values.language)),
        "theme": values.word,
        "workers": values.each(addresses.url_path),
        "share_image": values.path_under(reading.root),
        "spare": addresses.base_url,
    }
    found = _simple(reading, "shop", readers, "name", "url")
    return Shop(**found) if "name" in found and "url" in found else None


def _contact(reading: Reading, shop: Shop | None) -> Contact | None:
    readers: dict[str, Reader] = {
        "email": addresses.email,
        "phone": addresses.phone,
        "hours": values.hours,
        "links": values.by_name(addresses.url),
    }
    found = _simple(reading, "contact", readers, "email", "phone")
    for code in found.get("hours", {}):
        if code and shop and code not in shop.languages:
            reading.complain(
                ("contact", "hours", code),
                T("contact.hours: the shop does not speak {code}", code=code),
                T("shop.languages holds: {known}", known=", ".join(shop.languages)),
            )
    return Contact(**found) if "email" in found and "phone" in found else None


def _primary(reading: Reading, shop: Shop | None) -> Primary | None:
    readers: dict[str, Reader] = {
        "probe": addresses.url,
        "contains": values.text,
        "redirect_after": values.span,
        "restore_after": values.span,
        "arm_after": values.span,
        "interval": values.span,
        "mode": values.one_of("ask", "auto"),
    }
    found = _simple(reading, "primary", readers, "contains")
    if "contains" not in found or shop is None:
        return None
    return Primary(**({"probe": shop.url} | found))


def _brand(root: Path) -> dict[str, Reader]:
    return {
        "logo": values.path_under(root),
        "color": values.colour,
        "background": values.colour,
        "dark_color": values.colour,
        "dark_background": values.colour,
    }


def network_readers(root: Path) -> dict[str, Reader]:
    """Return what reads the settings of ``[network]``."""
    return {
        "resolvers": values.each(addresses.endpoint(53)),
        "ca_file": values.path_under(root),
        "canaries": values.each(addresses.endpoint(443, names=True)),
        "allow_private": values.truth,
        "rdap": addresses.url_or_nothing,
    }


def _notify_url(value: Any) -> str | SecretRef:
    written = values.text(value)
    try:
        return SecretRef.parse(written)
    except ValueError:
        pass
    if random_part(written) or re.search(r"://[^/]*@", written):
        return values.secret(value)
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*:(//)?[^\s]+", written):
        raise Wrong(T("{value} is not an address", value=values.shown(written)))
    return written


def host_readers(kinds: Mapping[str, type]) -> dict[str, Reader]:
    """Return what reads the settings that a host of every kind takes."""
    return {
        "kind": values.one_of(*kinds),
        "url": addresses.base_url,
        "deadline": values.span,
    }


def dns_readers(kinds: Mapping[str, type]) -> dict[str, Reader]:
    """Return what reads the settings that a zone at every provider takes."""
    return {
        "provider": values.one_of(*kinds),
        "zone": addresses.dns_name,
        "names": values.not_empty(values.each(addresses.dns_name)),
        "target": addresses.target,
        "ttl": values.span,
        "follow": values.truth,
    }


def _hosts(reading: Reading, kinds: Mapping[str, type]) -> tuple[HostTable, ...]:
    tables = reading.array("hosts")
    if not tables and "hosts" not in reading.body:
        reading.complain(
            (),
            T("there is no place to publish to"),
            T(
                "add: {example}",
                example='[[hosts]] kind = "folder" path = "public-copy"',
            ),
        )
    found: list[HostTable] = []
    for place, table in tables:
        common = host_readers(kinds)
        got = _adapter(reading, place, table, common, kinds, chooser="kind")
        if got is None:
            continue
        settings, own = got
        twin = [host for host in found if host.settings == settings]
        if twin:
            reading.complain(
                place,
                T("this is the same place as {label}", label=twin[0].label),
                T("publish to two places that fail independently, or remove one"),
            )
        count = 1 + sum(host.kind == own["kind"] for host in found)
        label = own["kind"] if count == 1 else f"{own['kind']}-{count}"
        found.append(HostTable(label=label, settings=settings, **own))
    return tuple(found)


def _dns(reading: Reading, kinds: Mapping[str, type]) -> tuple[DnsTable, ...]:
    found: list[DnsTable] = []
    for place, table in reading.array("dns"):
        common = dns_readers(kinds)
        reading.require(place, table, "zone", "names", "target")
        got = _adapter(reading, place, table, common, kinds, chooser="provider")
        if got is None:
            continue
        settings, own = got
        _check_names(reading, place, own, found)
        if own.keys() >= {"zone", "names", "target"}:
            found.append(DnsTable(settings=settings, **own))
    return tuple(found)


def _check_names(
    reading: Reading, place: Place, own: Mapping[str, Any], others: list[DnsTable]
) -> None:
    zone = absolute(own["zone"]) if "zone" in own else None
    taken = {absolute(name) for other in others for name in other.names}
    if zone in {absolute(other.zone) for other in others}:
        reading.complain(
            (*place, "zone"),
            T("dns: the zone {zone} stands here twice", zone=own["zone"]),
            T("one [[dns]] table a zone: put all its names into one"),
        )
    for index, name in enumerate(own.get("names", ())):
        here = (*place, "names", index)
        full = absolute(name)
        if zone and full != zone and not full.endswith(f".{zone}"):
            reading.complain(
                here, T("{name} is not in the zone {zone}", name=name, zone=own["zone"])
            )
        if zone and in_part(name, zone):
            reading.complain(
                here,
                T("{name} is where drills come and go", name=name),
                T("leave it out, or give it another name in your zone"),
            )
        if full in taken:
            reading.complain(here, T("{name} is redirected twice", name=name))
        target = own.get("target")
        if isinstance(target, str) and absolute(target) == full:
            reading.complain(
                (*place, "target"),
                T("{name} cannot be redirected to itself", name=name),
            )


def _adapter(
    reading: Reading,
    place: Place,
    table: Mapping[str, Any],
    common: Mapping[str, Reader],
    kinds: Mapping[str, type],
    *,
    chooser: str,
) -> tuple[object, dict[str, Any]] | None:
    """Return an adapter's settings, and the keys that all of its sort have."""
    reading.require(place, table, chooser)
    own = reading.read(place, {k: v for k, v in table.items() if k in common}, common)
    if chooser not in own:
        return None
    rest = {key: value for key, value in table.items() if key not in common}
    settings = fill(reading, place, rest, kinds[own[chooser]], common)
    return None if settings is None else (settings, own)


def _check_state(
    reading: Reading, state: State | None, hosts: tuple[HostTable, ...]
) -> None:
    """Refuse to keep what only we may read where everybody may read the page."""
    bucket = getattr(state and state.settings, "bucket", None)
    if bucket and any(getattr(h.settings, "bucket", None) == bucket for h in hosts):
        reading.complain(
            ("state", "store"),
            T("{bucket} holds the page, which everybody may read", bucket=bucket),
            T("give the state a bucket of its own"),
        )


def _state(reading: Reading, kinds: Mapping[str, type]) -> State | None:
    table = dict(reading.table(("state",), reading.body.get("state", {})))
    readers: dict[str, Reader] = {"store": addresses.store(*kinds)}
    got = reading.read(("state",), {"store": table.pop("store", "folder")}, readers)
    if "store" not in got:
        return None
    kind, place = got["store"]
    for key in place.keys() & table:  # the address has said it
        reading.unknown(("state", key), key, readers)
    settings = fill(
        reading, ("state",), {**table, **place}, kinds[kind], {"store": values.text}
    )
    return None if settings is None else State(kind, settings)
