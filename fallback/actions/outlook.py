"""``check DOMAIN``: what happens to a shop's customers if its hoster dies on Saturday.

Anybody may ask it of any shop: no site, no account and no token is needed, and nothing
is written but the page that was asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import frozen

from fallback.actions.checking.outlook_questions import asked
from fallback.core.config import Network
from fallback.core.errors import FallbackError, Unavailable, UsageError
from fallback.core.findings import HEADINGS, exit_code
from fallback.core.outlook.outlook import (
    MOVED,
    THAT_SATURDAY,
    WHO_HOLDS_WHAT,
    Outlook,
    outlook,
)
from fallback.core.outlook.typed_domain import EXAMPLE, TypedDomain, typed_domain
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.page.sheets import outlook as outlook_page
from fallback.probes import resolver
from fallback.wire import durable, shipped
from fallback.wire.dns.nameservers import resolvers

DEADLINE = timedelta(seconds=20)


@frozen
class OutlookResult:
    """The outlook of one shop. ``strict`` counts warnings as critical.

    ``page`` is the file that the shareable page was written to.
    """

    typed: TypedDomain
    outlook: Outlook
    strict: bool = False
    page: str = ""

    @property
    def code(self) -> int:
        """Return 4 with a critical finding, or with a warning when strict."""
        return exit_code(self.outlook.findings, strict=self.strict)

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        outlook = self.outlook
        yield T(
            "{shop}: what if its hoster dies on Saturday at eleven?",
            shop=self.typed.told,
        ).hanging(2)
        yield ""
        yield WHO_HOLDS_WHAT
        for label, who in outlook.holders():
            yield T("  {label}: {who}", label=label, who=who).hanging(4)
        yield ""
        yield THAT_SATURDAY
        for clock, moments in outlook.hours():
            yield T("  {clock}", clock=clock)
            for moment in moments:
                yield T("    - {text}", text=moment.text).hanging(6)
        yield ""
        yield MOVED
        for line in outlook.lead():
            yield T("  {line}", line=line).hanging(4)
        yield from self._findings()
        yield ""
        if self.page:
            yield T("to share or print: {file}", file=self.page)
        yield T(
            "grade {grade} of A to F: {verdict}",
            grade=outlook.grade.value,
            verdict=outlook.verdict,
        ).hanging(2)
        yield T("next: {next}", next=outlook.next).hanging(2)

    def _findings(self) -> Iterator[Sayable]:
        for severity, heading in HEADINGS.items():
            group = [f for f in self.outlook.findings if f.severity is severity]
            if group:
                yield ""
                yield heading
            for found in group:
                about = self.outlook.about(found)
                seen = (
                    T("    - {seen}", seen=found.seen)
                    if about == self.outlook.seen.shown
                    else T("    - {subject}: {seen}", subject=about, seen=found.seen)
                )
                yield seen.hanging(6)
                yield T("      why: {why}", why=found.why).hanging(11)
                yield T("      do:  {remedy}", remedy=found.remedy).hanging(11)

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "findings": [found.as_json() for found in self.outlook.findings],
            "outlook": self.outlook.as_json(),
            "page": self.page,
        }


def look(
    domain: str,
    *,
    network: Network,
    now: datetime,
    say: Talk,
    deadline: timedelta = DEADLINE,
) -> tuple[TypedDomain, Outlook]:
    """Return the outlook of the shop at *domain*, looked at now, within *deadline*.

    Raises ``UsageError`` for what is no domain, or none that exists, and
    ``Unavailable`` when this machine has no answer from any name server at all.
    """
    typed = typed_domain(domain)
    if typed.mended:
        say("mended", T("looking at {domain}", domain=typed.told))
    resolvers(network)  # imports dnspython once, before the threads
    seen = asked(typed, network, now, deadline)
    if not seen.addresses and not seen.servers and seen.delegated == ():
        raise UsageError(
            T("there is no domain {domain}", domain=typed.told),
            next=T("look at how it is spelled; if it is right, it is not registered"),
        )
    if seen.addresses is None and seen.servers is None:
        refuse_offline(network)
    return typed, outlook(seen)


def refuse_offline(network: Network, domains: Sequence[str] = ()) -> None:
    """Raise ``Unavailable`` when this machine has no answer from any name server.

    *domains* are those that are looked at; see ``fallback.probes.resolver.online``.
    """
    if not resolver.online(network, domains):
        raise Unavailable(
            T("no name server answers this machine"),
            next=T("see whether it is online, and run it again"),
        )


def refuse_to_replace(
    path: Path,
    is_ours: Callable[[bytes], bool],
    option: str,
    source: Path | None = None,
) -> None:
    """Raise ``UsageError`` when writing to *path* would take something away.

    That is *source*, what is read, and a file of which *is_ours* says no; *option* is
    where another name is given.
    """
    another = T("name another file with {option}", option=option)
    try:
        if source is not None and path.samefile(source):
            raise UsageError(
                T("{file} is the list itself, and would be lost", file=str(path)),
                next=another,
            )
        body = path.read_bytes()
    except OSError:
        return  # there is none, or it cannot be written either
    if body and not is_ours(body):
        raise UsageError(
            T("there is an {file} already that fallback did not write", file=str(path)),
            next=another,
        )


def check_domain(  # noqa: PLR0913 - each is one option of the command
    domain: str,
    *,
    network: Network,
    now: datetime,
    say: Talk,
    strict: bool = False,
    page: Path | None = None,
    speak: Callable[[Sayable], str] = str,
    language: str = "en",
) -> OutlookResult:
    """Return the outlook of the shop at *domain*, and write it to *page* if given.

    *speak* says a sentence in the owner's *language*. Raises what ``look`` raises,
    ``UsageError`` when *page* is a file that is no such page, and ``FallbackError``
    when it cannot be written.
    """
    if not domain.strip():
        raise UsageError(T("no domain was given"), next=EXAMPLE)
    if page is not None:
        refuse_to_replace(page, outlook_page.is_outlook, "--page")
    typed, found = look(domain, network=network, now=now, say=say)
    if page is not None:
        sheet = outlook_page.Sheet(*map(shipped.outlook, ("html", "css")))
        _write(page, sheet.page(found, typed.told, speak, language))
    return OutlookResult(typed, found, strict, str(page) if page else "")


def _write(path: Path, body: bytes) -> None:
    try:
        durable.replace(path, body)
    except OSError as error:
        raise FallbackError(
            T("{file} cannot be written: {why}",
              file=str(path), why=error.strerror or str(error)),
            next=T("name another file with --page"),
        ) from error  # fmt: skip
