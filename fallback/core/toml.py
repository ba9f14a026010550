"""From the text of fallback.toml to ``Config``: every complaint at once, or none.

The law of this room: a value is what the owner wrote, or it is refused. Each complaint
names the line, what is expected, and what to type instead when that can be told.
Whatever looks like a secret is refused without being repeated.
"""

import re
import tomllib
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import define, field

from fallback.core import addresses, values
from fallback.core.config import (
    FILE_NAME,
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
from fallback.core.places import Place, places
from fallback.core.records import absolute
from fallback.core.text import T, Text
from fallback.core.values import Reader, Wrong

REQUIRED = {
    ("shop", "name"): 'name = "Kwiaty u Ani"',
    ("shop", "url"): 'url = "https://shop.example"',
    ("contact", "email"): 'email = "name@provider.example"',
    ("contact", "phone"): 'phone = "+48600100200"',
    ("primary", "contains"): 'contains = "Add to cart"',
    ("hosts", "kind"): 'kind = "folder"',
    ("dns", "provider"): 'provider = "manual"',
    ("dns", "zone"): 'zone = "shop.example"',
    ("dns", "names"): 'names = ["shop.example", "www.shop.example"]',
    ("dns", "target"): 'target = "page.provider.example"',
}
"""What cannot be left out, with a line that shows how it is written."""

TABLES = ("shop", "contact", "primary", "hosts", "dns", "state", "network", "notify")


def parse(text: str, kinds: Kinds, root: Path) -> Config:
    """Return what *text* configures for the site folder *root*.

    *kinds* are the adapters' settings classes. Raises ``ConfigError`` with every
    problem, in the order of the lines.
    """
    text = text.removeprefix("\ufeff")
    try:
        body = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([_syntax(text, error)]) from None
    reading = Reading(body, places(text), root)
    reading.refuse_leaks(body)
    config = _site(reading, kinds)
    if reading.problems or config is None:
        raise ConfigError(sorted(reading.problems, key=lambda problem: problem.line))
    return config


@define
class Reading:
    """One reading of one file: what is in it, where, and the complaints so far."""

    body: Mapping[str, Any]
    lines: Mapping[Place, int]
    root: Path
    problems: list[Problem] = field(factory=list)
    leaked: set[Place] = field(factory=set)
    """Where a secret stands: nothing more is said about these, nor is it repeated."""

    def complain(
        self,
        place: Place,
        what: Text,
        remedy: Text | None = None,
        *,
        mended: str = "",
    ) -> None:
        """Note a problem at *place*, in the line of the nearest known place."""
        if any(place[:length] in self.leaked for length in range(1, len(place) + 1)):
            return
        near = place
        while near and near not in self.lines:
            near = near[:-1]
        self.problems.append(
            Problem(FILE_NAME, self.lines.get(near, 0), what, remedy, mended)
        )

    def refuse_leaks(self, value: Any, place: Place = ()) -> None:
        """Complain about every text that looks like a secret, and remember where."""
        if isinstance(value, Mapping):
            for key, one in value.items():
                self.refuse_leaks(one, (*place, key))
        elif isinstance(value, list):
            for index, one in enumerate(value):
                self.refuse_leaks(one, (*place, index))
        elif isinstance(value, str):
            names = [part for part in place if isinstance(part, str)]
            if leaks(names[-1], value):
                self.complain(
                    place,
                    T("{key} looks like a secret in the open", key=_key(place)),
                    T(
                        'write "env:NAME" and put the secret into the environment'
                        " variable NAME; then replace the secret: it was written down"
                    ),
                )
                self.leaked.add(place)
            elif any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
                self.complain(
                    place, T("{key} holds a control character", key=_key(place))
                )

    def table(self, place: Place, value: Any) -> Mapping[str, Any]:
        """Return the table at *place*; an empty one, with a complaint, if it is none."""
        if isinstance(value, Mapping):
            return value
        header = f"[{place[0]}]" if len(place) == 1 else f"[[{place[0]}]]"
        self.complain(
            place,
            T("{key} is a table", key=_key(place)),
            T("write {header} on a line of its own, its settings below", header=header),
        )
        return {}

    def array(self, name: str) -> list[tuple[Place, Mapping[str, Any]]]:
        """Return the tables of ``[[name]]``, each with its place."""
        found = self.body.get(name, [])
        if isinstance(found, list):
            return [
                ((name, i), self.table((name, i), one)) for i, one in enumerate(found)
            ]
        if isinstance(found, Mapping):
            self.complain(
                (name,),
                T("there can be several {name}, so each has two brackets", name=name),
                T("write {header}", header=f"[[{name}]]"),
                mended=f"[[{name}]]",
            )
            return [((name,), found)]
        self.table((name, 0), found)
        return []

    def read(
        self, place: Place, table: Mapping[str, Any], readers: Mapping[str, Reader]
    ) -> dict[str, Any]:
        """Return the values of *table* that *readers* understand; complain of the rest."""
        found: dict[str, Any] = {}
        for key, value in table.items():
            here = (*place, key)
            reader = readers.get(key)
            if reader is None:
                self.unknown(here, key, readers)
                continue
            try:
                found[key] = reader(value)
            except Wrong as wrong:
                at = here if wrong.at is None else (*here, wrong.at)
                what = T("{key}: {what}", key=_key(at), what=wrong.what)
                self.complain(at, what, wrong.remedy, mended=wrong.mended)
        return found

    def unknown(self, place: Place, word: str, known: Mapping[str, Any]) -> None:
        """Complain about a key that nobody knows."""
        near = values.nearest(word, known)
        self.complain(
            place,
            T("there is no setting {key}", key=_key(place)),
            T("did you mean {mended}", mended=near)
            if near
            else T("known here: {known}", known=", ".join(known)),
            mended=near or "",
        )

    def require(self, place: Place, table: Mapping[str, Any], *keys: str) -> None:
        """Complain about each of *keys* that *table* lacks."""
        for key in keys:
            if key not in table:
                example = REQUIRED.get((str(place[0]), key), f'{key} = "…"')
                self.complain(
                    place,
                    T("{key} is missing", key=_key((*place, key))),
                    T("add: {example}", example=example),
                )


def _key(place: Place) -> str:
    """Return *place* as the owner would say it: ``hosts[2].path``, counted from 1."""
    said = ""
    for part in place:
        if isinstance(part, int):
            said += f"[{part + 1}]"
        else:
            said += f".{part}" if said else part
    return said


def _syntax(text: str, error: Exception) -> Problem:
    """Return tomllib's complaint in our words, with the line and the likely slip."""
    said = str(error)
    found = re.search(r"line (\d+)", said)
    lines = text.splitlines()
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
    network = Network(**_simple(reading, "network", _NETWORK(reading.root)))
    notify = Notify(**_simple(reading, "notify", {"urls": values.each(_notify_url)}))
    if reading.problems or not (shop and contact and primary and state):
        return None
    return Config(
        reading.root, shop, contact, primary, hosts, dns, state, network, notify
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


def _NETWORK(root: Path) -> dict[str, Reader]:
    return {
        "resolvers": values.each(addresses.endpoint(53)),
        "ca_file": values.path_under(root),
        "canaries": values.each(addresses.endpoint(443, names=True)),
        "allow_private": values.truth,
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
        common = {"kind": values.one_of(*kinds), "url": addresses.base_url}
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
        common: dict[str, Reader] = {
            "provider": values.one_of(*kinds),
            "zone": addresses.dns_name,
            "names": values.not_empty(values.each(addresses.dns_name)),
            "target": addresses.target,
            "ttl": values.span,
        }
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
    settings = _settings(reading, place, rest, kinds[own[chooser]], common)
    return None if settings is None else (settings, own)


def _state(reading: Reading, kinds: Mapping[str, type]) -> State | None:
    table = dict(reading.table(("state",), reading.body.get("state", {})))
    store = table.pop("store", "folder")
    if isinstance(store, str) and "://" in store and store.split("://")[0] not in kinds:
        reading.complain(
            ("state", "store"),
            T("the store {kind} is not available yet", kind=store.split("://")[0]),
            T('write store = "folder"'),
            mended='store = "folder"',
        )
        return None
    got = reading.read(("state",), {"store": store}, {"store": values.one_of(*kinds)})
    if "store" not in got:
        return None
    settings = _settings(
        reading, ("state",), table, kinds[got["store"]], {"store": values.text}
    )
    return None if settings is None else State(got["store"], settings)


def _settings(
    reading: Reading,
    place: Place,
    table: Mapping[str, Any],
    cls: type,
    common: Mapping[str, Reader],
) -> object | None:
    """Return *cls* filled from *table*; ``None`` when there were complaints."""
    before = len(reading.problems)
    hints = get_type_hints(cls)
    own = {f.name: _reader(hints[f.name], reading.root) for f in attrs.fields(cls)}
    for key in table:
        if key not in own:
            reading.unknown((*place, key), key, {**common, **own})
    known = {key: value for key, value in table.items() if key in own}
    needed = [f.name for f in attrs.fields(cls) if f.default is attrs.NOTHING]
    reading.require(place, table, *needed)
    found = reading.read(place, known, own)
    if len(reading.problems) > before or reading.leaked:
        return None
    settings: object = cls(**found)
    settings = attrs.evolve(settings, **_rooted(settings, reading.root))  # type: ignore[misc]
    complaints: Callable[[], Iterator[tuple[str, Text]]] | None
    complaints = getattr(settings, "complaints", None)
    for key, what in complaints() if complaints else ():
        reading.complain(
            (*place, key), T("{key}: {what}", key=_key((*place, key)), what=what)
        )
    return settings if len(reading.problems) == before else None


def _rooted(settings: object, root: Path) -> dict[str, Path]:
    """Return the paths that defaults left relative, made absolute."""
    own = attrs.asdict(settings, recurse=False)  # type: ignore[arg-type]
    return {
        name: root / value
        for name, value in own.items()
        if isinstance(value, Path) and not value.is_absolute()
    }


def _reader(hint: Any, root: Path) -> Reader:
    """Return the reader for a settings field of the type *hint*."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _reader(next(a for a in arguments if a is not type(None)), root)
    if origin is Literal:
        return values.one_of(*arguments)
    if origin is tuple:
        return values.each(_reader(arguments[0], root))
    readers: dict[Any, Reader] = {
        str: values.text,
        int: values.whole_number,
        bool: values.truth,
        timedelta: values.span,
        SecretRef: values.secret,
        Path: values.path_under(root),
    }
    return readers[hint]
