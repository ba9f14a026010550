"""The drill in a laboratory: copies of the zones, on name servers of this machine.

A copy is whole where the operator gives the zone away, or lists all of it in types
that are read; else it holds what could be asked for, and the report says so.

Here the shop's own names are moved, tops of zones too, because they are only copies.
Nothing real is touched or even asked, except that the zones are read to be copied: the
page is published into a temporary folder, and the name servers know nothing but the
copies. Certificates are not looked at, for there are none here.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import cast

from attrs import evolve

from fallback import dns
from fallback.actions.drill import DrillResult, kept
from fallback.actions.drilling.rehearsing import Ground, Zones, rehearsed
from fallback.actions.moving.surveying import By
from fallback.core.check.inventory import Lister
from fallback.core.clock import Clock
from fallback.core.config import Config, DnsTable, HostTable, Network, State
from fallback.core.errors import FallbackError, UsageError
from fallback.core.records import Key, RRset, absolute
from fallback.core.redirect.drill import Report
from fallback.core.redirect.journal import zone_lines
from fallback.core.result import Talk, silent
from fallback.core.text import T, Text
from fallback.demo import nameserver
from fallback.demo.apart import apart
from fallback.dns import zonefile
from fallback.hosts import folder as folders
from fallback.probes import resolver
from fallback.stores import folder as store
from fallback.wire.dns import masterfile, presentation
from fallback.wire.web.listen import listening
from fallback.wire.web.page_server import Folder, respond_from

PAGE_AT, NAME_SERVER_AT = "127.0.0.3", "127.0.53.53"
_NAMED = ("MX", "TXT", "CAA", "NS")
"""What is asked of DNS at the top of a zone whose operator gives no copy away."""
_NOT_COPIED = ("SOA", "ALIAS")
"""A copy has a SOA of its own; an ALIAS is an operator's word that no server has."""
_TTL = timedelta(minutes=5)
"""Of what an operator lists without one; nothing in the laboratory waits for it."""
_HOST = "page"


def drill_in_lab(
    config: Config, *, clock: Clock, say: Talk = silent, by: By | None = None
) -> DrillResult:
    """Rehearse everything with the shop's own names in copies of their zones.

    A zone that cannot be read is left out, and named in the report. Raises
    ``UsageError`` without a ``[[dns]]`` table, whatever reading the last zone raises
    when none can be read, and ``FallbackError`` on a machine that has no second
    loopback address.
    """
    if not config.dns:
        raise UsageError(
            T("there is no [[dns]] table in fallback.toml: no name can be moved"),
            next=T("rehearse what there is: fallback deploy"),
        )
    by = by or By()
    copies, notes = _copies(config, say)
    tables = tuple(table for table, _ in copies)
    texts = [text for _, text in copies]
    at = clock.now()
    whole = evolve(config, dns=tables)
    with apart("fallback-lab-") as home, _lab(whole, texts, home) as lab:
        ground = Ground(lab, lab, clock, say, by)
        steps = rehearsed(ground, lambda: _contents(lab))
    names = tuple(name for table in tables for name in table.names)
    skipped = tuple(table.zone for table in config.dns if table not in tables)
    report = Report(
        at,
        config.shop.domain,
        names,
        tuple(steps),
        lab=True,
        notes=tuple(notes),
        skipped=skipped,
    )
    return DrillResult(report, file=kept(config, report, by, say))


def _copies(config: Config, say: Talk) -> tuple[list[tuple[DnsTable, str]], list[Text]]:
    """Return each zone that can be read, as a master file, and what to say of them.

    Raises what reading the last one raises when none can be read.
    """
    copies: list[tuple[DnsTable, str]] = []
    notes: list[Text] = []
    for table in config.dns:
        try:
            text, partial = copy(table, config)
        except FallbackError as error:
            if table is config.dns[-1] and not copies:
                raise
            notes.append(_UNREAD.with_values(zone=table.zone, why=error.what))
            say("zone-unread", notes[-1])
            continue
        copies.append((table, text))
        if partial:
            notes.append(_PARTIAL.with_values(zone=table.zone))
            say("partial-copy", notes[-1])
    return copies, notes


_UNREAD = T("{zone} is left out, because it cannot be read: {why}")
_PARTIAL = T(
    "{zone}: its operator does not give the whole zone away, so the copy holds what"
    " could be asked for: at the least the names that move, and MX, TXT, CAA and NS at"
    " the top"
)


def copy(table: DnsTable, config: Config) -> tuple[str, bool]:
    """Return the zone of *table* as a master file, and whether it is only a part.

    Raises whatever reading a zone raises.
    """
    text = dns.copied(table, config)
    if text is not None:
        return text, False
    found, whole = _gathered(table, config)
    return "".join(f"{line}\n" for line in _master_file(table, found)), not whole


def _gathered(table: DnsTable, config: Config) -> tuple[dict[Key, RRset], bool]:
    """Return what is known of a zone that is not given away, and whether it is all."""
    zone = absolute(table.zone)
    provider = dns.connect(table, config)
    found: dict[Key, RRset] = dict(provider.read(table.zone, table.names).rrsets)
    for rtype in _NAMED:
        answer = resolver.resolve(table.zone, rtype, config.network)
        if answer is not None and answer.rrset is not None:
            found[zone, rtype] = answer.rrset
    if not hasattr(provider, "listing"):
        return found, False
    listed = cast(Lister, provider).listing(table.zone)
    whole = listed.whole
    for entry in listed.sets:
        key = absolute(entry.name), entry.type
        if key in found or entry.type in _NOT_COPIED:
            continue
        rrset = RRset(_TTL, entry.rdatas)
        if presentation.is_readable(entry.type, rrset):
            found[key] = rrset
        else:
            whole = False
    return found, whole


def _master_file(table: DnsTable, found: Mapping[Key, RRset]) -> Iterator[str]:
    zone = absolute(table.zone)
    yield f"{zone} 60 IN SOA ns.invalid. hostmaster.invalid. 1 7200 900 1209600 60"
    if (zone, "NS") not in found:
        yield f"{zone} 60 IN NS ns.invalid."
    for key, rrset in found.items():
        if key[1] not in _NOT_COPIED:
            yield from zone_lines(key, rrset)


@contextmanager
def _lab(config: Config, copies: list[str], home: Path) -> Iterator[Config]:
    """Yield *config* with everything real in it replaced, while its servers run."""
    root = home / "site"
    root.mkdir()
    for name in ("content", "themes"):
        if (config.root / name).is_dir():
            shutil.copytree(config.root / name, root / name)
    published = root / _HOST
    with ExitStack() as stack:
        try:
            page = stack.enter_context(
                listening(respond_from(Folder(published)), PAGE_AT)
            )
            tables, servers = _zones(config, copies, root, stack)
        except OSError as error:
            raise FallbackError(
                T(
                    "the laboratory needs the addresses {one} and {two}, and cannot"
                    " have them here: {why}",
                    one=PAGE_AT,
                    two=NAME_SERVER_AT,
                    why=error.strerror or str(error),
                ),
                next=T("run it on Linux, where every 127.x address is there"),
            ) from error
        url = f"http://{config.shop.domain}:{page.port}"
        yield evolve(
            config,
            root=root,
            shop=evolve(config.shop, url=url),
            primary=evolve(config.primary, probe=url),
            hosts=(HostTable("folder", _HOST, folders.Settings(published)),),
            dns=tables,
            state=State("folder", store.Settings(root / ".fallback")),
            network=Network(resolvers=servers, canaries=(), allow_private=True),
        )


def _zones(
    config: Config, copies: list[str], root: Path, stack: ExitStack
) -> tuple[tuple[DnsTable, ...], tuple[str, ...]]:
    """Start a name server for each copy; return the tables and where the servers are.

    Raises ``OSError``.
    """
    tables, servers = [], []
    for number, (table, text) in enumerate(zip(config.dns, copies, strict=True)):
        file = root / f"{number}.zone"
        file.write_bytes(text.encode("latin-1"))
        server = stack.enter_context(
            nameserver.answering(file, absolute(table.zone), NAME_SERVER_AT)
        )
        servers.append(str(server))
        tables.append(
            DnsTable(
                provider="zonefile",
                zone=table.zone,
                names=table.names,
                target=(ip_address(PAGE_AT),),
                settings=zonefile.Settings(file),
                ttl=table.ttl,
            )
        )
    return tuple(tables), tuple(servers)


def _contents(lab: Config) -> Zones:
    """Return everything in every zone but the serial, which counts the changes."""
    found: dict[Key, object] = {}
    for table in lab.dns:
        text = cast(zonefile.Settings, table.settings).path.read_text("latin-1")
        zone = masterfile.contents(masterfile.parse(text, table.zone))
        found |= {key: held for key, held in zone.items() if key[1] != "SOA"}
    return found
