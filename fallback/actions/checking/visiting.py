"""Asks every status address, and the shop's own names at the target, as a visitor does.

It needs no secret: what a kind of host promises is said where it can be connected to,
and left out where it cannot.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from fallback import hosts
from fallback.core.check.host_readiness import NameVisited, Visited
from fallback.core.config import Config, HostTable
from fallback.core.errors import FallbackError
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.publishing import FRONT, Manifest
from fallback.core.hosts.visit import Seen, differences, judged, measure
from fallback.core.hosts.visitor import Expected, Group, Heard, Question, questions
from fallback.core.model import MANIFEST, Digest
from fallback.probes import visitor
from fallback.stores.builds import FOLDER, Builds
from fallback.stores.journal import state_folder
from fallback.wire import parallel

WITHIN = timedelta(seconds=15)
_BUILT = "public"
_AT_ONCE = 8
_MOST_NAMES = 4
_NOTHING = Manifest("", 0, {})
_WHATEVER = ("front", "deep", "old_link", "post", "notification")
"""What can be asked where no manifest is known."""


def visits(config: Config, within: timedelta = WITHIN) -> tuple[Visited, ...]:
    """Return every host, each with a status address asked for at most *within*."""
    return tuple(
        parallel.each(
            lambda table: _visited(table, config, within), config.hosts, width=_AT_ONCE
        )
    )


def _visited(table: HostTable, config: Config, within: timedelta) -> Visited:
    promised = _promised(table, config)
    if not table.url:
        return Visited(table.label, table.kind, "", promised)
    heard, expected, seen = look_at(table, config, promised, within=within)
    measured = measure(heard)
    return Visited(
        table.label,
        table.kind,
        table.url,
        promised,
        measured,
        expected.manifest if expected else None,
        seen.problem if seen else None,
        tuple(differences(promised, measured)),
        seen.remarks if seen else (),
        heard["front"].certificate_ends,
        heard["front"].kind,
        seen.foreign if seen else None,
        expected.digest if expected else None,
    )


def held(config: Config) -> dict[str, Digest]:
    """Return the manifest that each host holds by its own interface, by its label.

    A host whose secret is not on this machine is left out, as is one that fails: that
    is deploy's to tell.
    """

    def one(table: HostTable) -> Digest | None:
        try:
            return hosts.connect(table, config).read_back().get(MANIFEST)
        except (FallbackError, ImportError, OSError):
            return None

    seen = [table for table in config.hosts if table.url]
    found = parallel.each(one, seen, width=_AT_ONCE)
    return {t.label: each for t, each in zip(seen, found, strict=True) if each}


def look_at(
    table: HostTable,
    config: Config,
    promised: Capabilities | None = None,
    *,
    within: timedelta,
    posting: bool = True,
) -> tuple[dict[str, Heard], Expected | None, Seen | None]:
    """Return the answers at *table*, what its own manifest promises, and the judgement.

    Without a manifest that can be read, only what needs none is asked. Without what
    its kind *promised*, a deep link may show anything that says it is an error.
    """
    base, token = table.url.rstrip("/"), visitor.token()
    first = [q for q in questions(_NOTHING, token) if q.place in ("front", "manifest")]
    network = config.network
    heard = visitor.ask_all(base, first, network, within=within / 3)
    expected = _expected(heard.get("manifest"))
    everything = questions(expected.manifest if expected else _NOTHING, token)
    asked: list[Question] = [
        q
        for q in everything
        if q.place not in heard and (posting or q.group is not Group.POST)
    ]
    if heard["front"].failure is None and asked:
        heard |= visitor.ask_all(base, asked, network, within=within * 2 / 3)
    if expected is None:
        return heard, None, None
    reading = [q for q in (*first, *asked) if q.group is not Group.POST]
    seen = judged(table.url, expected, reading, heard, promised or Capabilities())
    return heard, expected, seen


def _expected(answer: Heard | None) -> Expected | None:
    """Return what the manifest in *answer* promises, if it is one with a page."""
    manifest = answer.manifest if answer and answer.status == 200 else None
    if answer is None or manifest is None or FRONT not in manifest.files:
        return None
    return Expected(manifest, Digest(answer.digest))


def _promised(table: HostTable, config: Config) -> Capabilities:
    try:
        return hosts.connect(table, config).caps
    except (FallbackError, ImportError, OSError):
        return Capabilities()  # a missing secret is deploy's to tell


def name_visits(
    config: Config, names: Sequence[str], addresses: Iterable[str]
) -> tuple[NameVisited, ...]:
    """Return what each of *names* would get at *addresses*, by address with SNI.

    The first of them are enough to know a host by. What gives no answer is left out:
    the gates say why.
    """
    shop, token = config.shop, visitor.token()
    pairs = [(name.rstrip("."), at) for at in addresses for name in names]
    asked = [q for q in questions(_NOTHING, token) if q.place in _WHATEVER]
    scheme = "https" if shop.secure else "http"

    def ask(pair: tuple[str, str]) -> NameVisited:
        name, address = pair
        heard = visitor.ask_all(
            f"{scheme}://{name}:{shop.port}",
            asked,
            config.network,
            within=WITHIN,
            at=(address, shop.port),
        )
        return NameVisited(name, address, measure(heard))

    return tuple(parallel.each(ask, pairs[:_MOST_NAMES], width=_AT_ONCE))


def local_manifest(config: Config) -> Manifest | None:
    """Return the manifest of what was last published from here, else of the build."""
    builds = Builds(state_folder(config) / FOLDER)
    try:
        published = builds.manifest(builds.read().current)
        return published or Manifest.parse(_bytes(config.root / _BUILT / MANIFEST))
    except FallbackError:
        return None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
