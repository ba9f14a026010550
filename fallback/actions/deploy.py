"""Builds the page, publishes it to every host in parallel, and looks at each."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any

from attrs import field, frozen

from fallback import hosts
from fallback.actions.build import build
from fallback.actions.publishing.look import Patience
from fallback.actions.publishing.publish import Connect, HostReport, publish
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import (
    CredentialsRefused,
    PartlyDone,
    Problem,
    Refused,
    Unknown,
    UsageError,
)
from fallback.core.model import MANIFEST, BuiltSite
from fallback.core.result import Progress, Talk, unseen
from fallback.core.text import Sayable, T, Text
from fallback.hosts import folder
from fallback.page import hosting
from fallback.page.content.words import LEEWAY
from fallback.stores.builds import (
    FOLDER,
    PUBLISHED,
    Build,
    Builds,
    History,
    last_sequence,
)
from fallback.stores.journal import state_folder
from fallback.wire import durable
from fallback.wire.git import checkout, committed

LOCK = "lock"
"""In the site's state folder; moves of names take the same one."""


@frozen
class DeployResult:
    """How each host fared, which words were left out, and what comes next.

    ``back`` is the earlier build that was published again, if that was asked for.
    """

    hosts: tuple[HostReport, ...]
    left_out: tuple[Problem, ...]
    next: Text
    noticed: tuple[Problem, ...] = ()
    history: History = field(factory=History)
    back: Build | None = None

    @property
    def code(self) -> int:
        """0, or 3 when something is missing, or what stopped every host: 1, 5, 12."""
        failed = [report for report in self.hosts if not report.ok]
        if len(failed) < len(self.hosts):
            return 3 if failed or self.left_out else 0
        for family in (CredentialsRefused, Refused, PartlyDone):
            if all(isinstance(report.error, family) for report in failed):
                return family.code
        return 1

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield from self.told_before()
        for report in self.hosts:
            yield report.told()
            yield from report.told_beside()
        yield from self.told_after()

    def told_before(self) -> Iterator[Sayable]:
        """Yield what stands before the hosts: words that were left out."""
        for problem in (*self.noticed, *self.left_out):
            yield from problem.told()

    def told_after(self) -> Iterator[Sayable]:
        """Yield what stands after them: which build it was, and what comes next."""
        if self.back is not None:
            yield T("this is the build {build} again, {when}",
                    build=self.back.build, when=_when(self.back))  # fmt: skip
            yield T("the next fallback deploy publishes the words of content/ again")
        yield T("next: {next}", next=self.next)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "hosts": [report.as_json() for report in self.hosts],
            "left_out": [problem.as_json() for problem in self.left_out],
            "noticed": [problem.as_json() for problem in self.noticed],
            "builds": [
                {
                    "build": each.build,
                    "published": each.published and each.published.isoformat(),
                    "current": each.build == self.history.current,
                }
                for each in self.history.builds
            ],
            "rolled_back_to": self.back and self.back.build,
            "next": str(self.next),
        }


def _when(build: Build) -> Text:
    if build.published is None:
        return T("from this folder")
    return T("published at {at}", at=f"{build.published:%Y-%m-%d %H:%M} UTC")


def deploy(
    config: Config,
    *,
    say: Talk,
    clock: Clock,
    deadline: timedelta | None = None,
    patience: Patience | None = None,
    connect: Connect = hosts.connect,
    progress: Progress = unseen,
) -> DeployResult:
    """Build the page of *config* and make every host show it.

    One host that fails stops no other. An update that is dated after now is left out,
    and named: it would say today what may hold tomorrow. Raises ``ContentError`` or
    ``ConfigError`` when there is no page to build, and ``Locked`` while another process
    is at work.
    """

    def out(site: BuiltSite) -> tuple[HostReport, ...]:
        return publish(
            config,
            _never_backwards(config, site, clock),
            say=say,
            clock=clock,
            deadline=deadline,
            patience=patience,
            connect=connect,
            progress=progress,
        )

    with _alone(config, say):
        built = build(config, out=None, now=clock.now())
        reports, history = _recorded(config, built.site, out, say, clock)
    after = _next(config, reports, built.left_out)
    return DeployResult(reports, built.left_out, after, built.noticed, history)


def refuse_unseen(config: Config) -> None:
    """Raise ``Refused`` where a CI job would publish into its own checkout alone.

    What lies there goes with the job: it would end well, and nobody would see the page.
    """
    top = checkout(config.root)
    folders = [t.settings.path for t in config.hosts
               if isinstance(t.settings, folder.Settings) and not t.url]  # fmt: skip
    if top is None or len(folders) < len(config.hosts):
        return
    if not all(each.resolve().is_relative_to(top) for each in folders):
        return
    raise Refused(
        T("every host of fallback.toml is a folder of this checkout, which goes with"
          " the CI job"),
        customers_see=T("no change: nothing was published"),
        next=T("name a host that visitors reach (fallback setup), or let a later step"
               " of the job publish what this makes: fallback build --out public"),
    )  # fmt: skip


def rollback(  # noqa: PLR0913 - as deploy, and which build
    config: Config,
    name: str = "",
    *,
    say: Talk,
    clock: Clock,
    deadline: timedelta | None = None,
    patience: Patience | None = None,
    connect: Connect = hosts.connect,
    progress: Progress = unseen,
) -> DeployResult:
    """Make every host show an earlier build again: the one before, or the one *name*.

    Nothing is built: it is the very same files, with a sequence that hosts take. Called
    again, it goes further back. Raises ``Refused`` when there is no such build that is
    whole, ``UsageError`` for a name that is none, ``Locked``.
    """
    with _alone(config, say):
        builds = Builds(state_folder(config) / FOLDER)
        history = builds.read()
        chosen = _chosen(history, name)
        files = builds.files(chosen.build)
        say("rolling_back", T("publishing the build {build} again", build=chosen.build))
        reports = publish(
            config,
            _never_backwards(config, hosting.site(files, chosen.sequence), clock),
            say=say,
            clock=clock,
            deadline=deadline,
            patience=patience,
            connect=connect,
            progress=progress,
        )
        if any(report.receipt for report in reports):
            history = History(history.builds, chosen.build)
            with suppress(OSError):  # the same rollback again remembers it
                builds.write(history)
    after = _next(config, reports, (), again=T("fallback deploy --rollback={build}",
                                               build=chosen.build))  # fmt: skip
    return DeployResult(reports, (), after, history=history, back=chosen)


@contextmanager
def _alone(config: Config, say: Talk) -> Iterator[None]:
    """Keep other processes from publishing this site; raises ``Locked``.

    A folder that nothing can be written to keeps nobody from publishing.
    """
    with ExitStack() as held:
        try:
            held.enter_context(durable.lock(state_folder(config) / LOCK))
        except OSError as error:
            say("not_locked", T("{folder} cannot be written, so nothing keeps another"
                                " fallback from publishing at the same time: {why}",
                                folder=str(state_folder(config)),
                                why=error.strerror or str(error)))  # fmt: skip
        yield


def _chosen(history: History, name: str) -> Build:
    """Return the build called *name*, or the one before the current one."""
    known = ", ".join(each.build for each in reversed(history.builds))
    stays = T("no change: what is published stays")
    if name and history.builds:
        found = history.named(name)
        if found is None:
            raise UsageError(
                T("no build that was kept is called {name}", name=name),
                customers_see=stays,
                next=T("known here, the newest first: {known}", known=known),
            )
        return found
    found = history.before()
    if found is not None:
        return found
    if history.builds:
        later = T(
            "to publish a later one again: fallback deploy --rollback=BUILD; known"
            " here, the newest first: {known}",
            known=known,
        )
        words = T("bring the earlier words back and run: fallback deploy")
        raise Refused(
            T("there is no earlier build than the one that is published now"),
            customers_see=stays,
            next=later if len(history.builds) > 1 else words,
        )
    raise Refused(
        T("this folder has published nothing that could come back (a fresh checkout,"
          " as in CI, remembers no builds)"),
        customers_see=stays,
        next=T("take the words back themselves, such as with: git revert; then:"
               " fallback deploy"),
    )  # fmt: skip


def _recorded(
    config: Config,
    site: BuiltSite,
    out: Callable[[BuiltSite], tuple[HostReport, ...]],
    say: Talk,
    clock: Clock,
) -> tuple[tuple[HostReport, ...], History]:
    """Publish *site* by *out*, and keep it for a later rollback.

    It is named before it goes out, so that a kill cannot hide it; when it went nowhere,
    that is taken back. A folder that keeps nothing publishes all the same.
    """
    builds = Builds(state_folder(config) / FOLDER)
    before = builds.read()
    named = before.going_out(Build(site.build_id, site.sequence))
    try:
        builds.keep(site)
        builds.write(named)
    except OSError as error:
        say("not_kept", T("this build cannot be kept for a rollback: {why}",
                          why=error.strerror or str(error)))  # fmt: skip
        return out(site), before
    reports = out(site)
    if any(report.receipt for report in reports):
        history = named.went_out(site.build_id, clock.now())
    elif any(isinstance(report.error, Unknown) for report in reports):
        history = named  # it may be there, or arrive yet
    else:
        history = before
    with suppress(OSError):
        builds.write(history)
        builds.prune(history)
    return reports, history


def _never_backwards(config: Config, site: BuiltSite, clock: Clock) -> BuiltSite:
    """Return *site* with a sequence that says what it is newer than.

    Hosts refuse older words, because a late job with an old checkout must not bring
    them back. Taking back the newest update makes the words older too, but the folder
    that published it knows what it takes back; and where git keeps the words, the later
    commit is the newer one, whatever it took away. A committer's clock that is a little
    fast counts as now: what is dated ahead would lock others out.
    """
    now = clock.now()
    path = state_folder(config) / PUBLISHED
    known = [site.sequence]
    if (last := last_sequence(path.parent)) is not None:
        known.append(last)
    if (commit := committed(config.root, until=now + LEEWAY)) is not None:
        known.append(int(min(commit, now).timestamp()))
    sequence = max(known)
    with suppress(OSError):  # only taking back needs it; publishing must not
        body = json.dumps({"schema": 1, "sequence": sequence})
        durable.replace(path, body.encode() + b"\n")
    if sequence == site.sequence:
        return site
    return hosting.site([f for f in site.files if f.path != MANIFEST], sequence)


def _next(
    config: Config,
    reports: tuple[HostReport, ...],
    left_out: tuple[Problem, ...],
    again: Sayable = "fallback deploy",
) -> Text:
    if not any(report.ok for report in reports):
        return T("mend what is said above and run: {again}", again=again)
    if not all(report.ok for report in reports):
        return T("the page is out; mend the rest and run: {again}", again=again)
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
