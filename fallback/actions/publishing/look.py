"""Looks at a host after a publish: as a visitor, or through the host's own reading.

What is asked and how it is judged: ``fallback.core.hosts.visit``. A status code is
reported as it is; whoever gets something else than was published is not a customer who
was helped.
"""

from datetime import UTC, datetime, timedelta

from attrs import frozen

from fallback.core.clock import Clock
from fallback.core.config import HostTable, Network
from fallback.core.hosts.publishing import Manifest, is_our_page
from fallback.core.hosts.visit import Seen, judged
from fallback.core.hosts.visitor import Expected, questions
from fallback.core.model import MANIFEST, BuiltSite
from fallback.core.ports import Host
from fallback.core.text import T, Text
from fallback.probes import visitor
from fallback.probes.visitor import ONE_REQUEST, sentence
from fallback.wire.web.http import FetchFailed, ask


@frozen
class Patience:
    """How long a look is repeated until it sees what was published.

    ``older`` is for a cache in front that still gives the earlier page (built pages may
    be kept for 30 s), ``broken`` for everything else, ``pause`` lies between two looks.
    """

    older: timedelta = timedelta(seconds=40)
    broken: timedelta = timedelta(seconds=3)
    pause: timedelta = timedelta(seconds=1)


def look(
    table: HostTable,
    host: Host,
    site: BuiltSite,
    network: Network,
    *,
    clock: Clock,
    until: timedelta,
    patience: Patience,
) -> Seen:
    """Return what *host* shows of *site*, looking again until *until* at the latest.

    *until* is a moment of ``clock.monotonic``. Raises what ``host.read_back`` raises.
    """
    if not table.url:
        return _read_back(host, site)
    expected = Expected.of(site)
    asked = questions(expected.manifest, visitor.token())
    cap = max(len(file.body) for file in site.files) + 1
    begun = clock.monotonic()
    while True:
        within = max(until - clock.monotonic(), timedelta(milliseconds=1))
        base = table.url.rstrip("/")
        heard = visitor.ask_all(base, asked, network, within=within, cap=cap)
        seen = judged(table.url, expected, asked, heard, host.caps)
        enough = begun + (patience.older if seen.older else patience.broken)
        if not seen.problem or clock.monotonic() + patience.pause > min(enough, until):
            return seen
        clock.sleep(patience.pause)


def _read_back(host: Host, site: BuiltSite) -> Seen:
    there = host.read_back()
    wrong = sorted(f.path for f in site.files if there.get(f.path) != f.digest)
    told = T("not seen as a visitor: this host has no url")
    if not wrong:
        return Seen(told)
    return Seen(
        told,
        problem=T("it holds something else than was published: {paths}",
                  paths=", ".join(wrong[:5])),
    )  # fmt: skip


def what_visitors_see(
    url: str, network: Network, *, clock: Clock, until: timedelta
) -> Text:
    """Say what *url* shows now that a publish has failed; never raises."""
    left = until - clock.monotonic()
    if not url or left <= timedelta(0):
        return T("whatever was published there before")
    base = url.rstrip("/")
    try:
        front = ask(f"{base}/", network=network, deadline=min(left, ONE_REQUEST))
    except FetchFailed as error:
        return T("nothing: {why}", why=sentence(error))
    if not is_our_page(front.body):
        return T("{url} answers {status}, and not with the page",
                 url=url, status=front.status)  # fmt: skip
    left = max(until - clock.monotonic(), timedelta(milliseconds=1))
    try:
        manifest = ask(f"{base}/{MANIFEST}", network=network, deadline=left)
    except FetchFailed:
        return T("an earlier page ({status})", status=front.status)
    held = Manifest.peek(manifest.body)
    if held is None:
        return T("an earlier page ({status})", status=front.status)
    at = datetime.fromtimestamp(held.sequence, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return T("the page with the words of {at} ({status})", at=at, status=front.status)
