"""Builds the page, publishes it to every host in parallel, and looks at each."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from attrs import frozen

from fallback import hosts
from fallback.actions.build import build
from fallback.actions.look import Patience
from fallback.actions.publish import DEADLINE, Connect, HostReport, publish
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import CredentialsRefused, Problem, Refused
from fallback.core.model import MANIFEST, BuiltSite
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.page import hosting
from fallback.stores.journal import state_folder
from fallback.wire import durable

LOCK = "lock"
"""In the site's state folder; moves of names take the same one."""
PUBLISHED = "published.json"
"""What this very folder, and no other copy of it, has published."""


@frozen
class DeployResult:
    """How each host fared, which words were left out, and what comes next."""

    hosts: tuple[HostReport, ...]
    left_out: tuple[Problem, ...]
    next: Text
    noticed: tuple[Problem, ...] = ()

    @property
    def code(self) -> int:
        """0, or 3 when something is missing, or what stopped every host: 1, 5, 12."""
        failed = [report for report in self.hosts if not report.ok]
        if len(failed) < len(self.hosts):
            return 3 if failed or self.left_out else 0
        for family in (CredentialsRefused, Refused):
            if all(isinstance(report.error, family) for report in failed):
                return family.code
        return 1

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        for problem in (*self.noticed, *self.left_out):
            yield from problem.told()
        for report in self.hosts:
            yield report.told()
            if report.error is not None and report.error.customers_see is not None:
                yield T("  its visitors see: {see}", see=report.error.customers_see)
            if report.error is not None and report.error.next is not None:
                yield T("  next: {next}", next=report.error.next)
        yield T("next: {next}", next=self.next)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "hosts": [report.as_json() for report in self.hosts],
            "left_out": [problem.as_json() for problem in self.left_out],
            "noticed": [problem.as_json() for problem in self.noticed],
            "next": str(self.next),
        }


def deploy(
    config: Config,
    *,
    say: Talk,
    clock: Clock,
    deadline: timedelta = DEADLINE,
    patience: Patience | None = None,
    connect: Connect = hosts.connect,
) -> DeployResult:
    """Build the page of *config* and make every host show it.

    One host that fails stops no other. An update that is dated after now is left out,
    and named: it would say today what may hold tomorrow. Raises ``ContentError`` or
    ``ConfigError`` when there is no page to build, and ``Locked`` while another process
    is at work.
    """
    with durable.lock(state_folder(config) / LOCK):
        built = build(config, out=None, now=clock.now())
        reports = publish(
            config,
            _never_backwards(config, built.site),
            say=say,
            clock=clock,
            deadline=deadline,
            patience=patience,
            connect=connect,
        )
    after = _next(config, reports, built.left_out)
    return DeployResult(reports, built.left_out, after, built.noticed)


def _never_backwards(config: Config, site: BuiltSite) -> BuiltSite:
    """Return *site* with a sequence that is no older than this folder's last one.

    Hosts refuse older words, because a late job with an old checkout must not bring
    them back. Taking back the newest update makes the words older too, but the folder
    that published it knows what it takes back.
    """
    path = state_folder(config) / PUBLISHED
    try:
        last = int(json.loads(path.read_bytes())["sequence"])
    except (OSError, ValueError, KeyError, TypeError):
        last = site.sequence
    sequence = max(last, site.sequence)
    with suppress(OSError):  # only taking back needs it; publishing must not
        body = json.dumps({"schema": 1, "sequence": sequence})
        durable.replace(path, body.encode() + b"\n")
    if sequence == site.sequence:
        return site
    return hosting.site([f for f in site.files if f.path != MANIFEST], sequence)


def _next(
    config: Config, reports: tuple[HostReport, ...], left_out: tuple[Problem, ...]
) -> Text:
    if not any(report.ok for report in reports):
        return T("mend what is said above and run: fallback deploy")
    if not all(report.ok for report in reports):
        return T("the page is out; mend the rest and run: fallback deploy")
    if left_out:
        return T("mend the words above and run: fallback deploy")
    if config.dns:
        return T(
            "if {domain} is dead, lead its visitors here with: fallback redirect",
            domain=config.shop.domain,
        )
    address = next((report.url for report in reports if report.url), "")
    if address:
        return T("tell your customers the address {url}", url=address)
    return T("give this host its url in fallback.toml, to have it seen as a visitor")
