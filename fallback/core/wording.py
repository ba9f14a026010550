"""Words to findings: the checklist of crisis communication.

Asked beside a preview and by ``check``, never by ``build`` or ``deploy``: words are the
owner's, and an outage is no time for a program to argue. What can be judged from
configuration, words and the time is judged; word lists exist for the languages of
``fallback.core.words.lexicon``, the structure of a message is the same in all.

Ids are stable. ``<!-- lint-ok: ID -->`` on a line silences ID there, and a finding
about the whole file when it stands anywhere in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import evolve, field, frozen

from fallback.core.config import FILE_NAME, Config
from fallback.core.findings import Finding, Severity
from fallback.core.model import Language, Status, Words
from fallback.core.text import T
from fallback.core.words.blocks import block_findings
from fallback.core.words.lines import line_findings
from fallback.core.words.passages import Passage
from fallback.core.words.times import OF_THE_HOUR, Times, time_findings
from fallback.core.words.tongues import tongue_findings

MOST = 20
"""How many updates are read closely, the newest: older ones nobody mends."""


class Standing(Protocol):
    """How things stand, as ``fallback.page.content.words`` knows it."""

    @property
    def status(self) -> Status:
        """How far the repair has come."""

    @property
    def started(self) -> datetime | None:
        """When it began, if that was said."""

    @property
    def eta(self) -> datetime | None:
        """When it is expected to end, if that is known."""

    @property
    def next_update(self) -> datetime | None:
        """When the next message was promised."""

    @property
    def newest(self) -> datetime | None:
        """When something was last said; ``None``: nothing is dated yet."""


@frozen
class Wording:
    """Everything that is judged. ``headings`` are the standard ones by language.

    ``reported``: there is a report of causes and steps.
    """

    config: Config
    words: Words
    standing: Standing
    passages: Sequence[Passage] = field(repr=False)
    headings: Mapping[Language, Mapping[str, str]] = field(repr=False)
    reported: bool = False


def findings(wording: Wording, *, now: datetime) -> tuple[Finding, ...]:
    """Return what could be said better, the gravest first, then by file.

    Never raises, whatever the words are. *now* is an aware moment.
    """
    read = _newest(wording)
    found = [*_contact(wording.config), *_times(wording, now)]
    over = wording.standing.status is Status.RESOLVED
    found += block_findings(
        read, wording.headings, wording.config.shop.languages, wording.standing.status
    )
    found += tongue_findings(read, wording.config.shop.languages)
    for passage in read:
        found += line_findings(
            passage,
            mail=wording.config.contact.email,
            shop=wording.config.shop.name,
            planned=wording.standing.status is Status.SCHEDULED,
            over=over,
        )
    meant = {passage.file: passage.allowed for passage in wording.passages}
    kept = [one for one in found if one.id not in meant.get(one.subject, ())]
    unique = {(one.id, one.subject, str(one.seen)): one for one in kept}
    order = list(Severity)
    return tuple(
        sorted(
            unique.values(), key=lambda one: (order.index(one.severity), one.subject)
        )
    )


def while_up(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return *found* as it is when the shop itself was seen healthy.

    Nobody waits then, so that what is late matters no more: what matters is that the
    words still tell of an outage.
    """
    late = [one for one in found if one.id in OF_THE_HOUR]
    rest = [one for one in found if one.id not in OF_THE_HOUR]
    if late:
        rest.append(
            Finding(
                "still-open",
                Severity.WARNING,
                late[0].subject,
                T("the shop answers, and the words still tell of an outage"),
                T("whoever comes to the page believes that the shop is closed"),
                T("if it is over: fallback update --template back --deploy"),
            )
        )
    return tuple(rest)


def _newest(wording: Wording) -> list[Passage]:
    stems = {update.stem for update in wording.words.updates[:MOST]}
    return [one for one in wording.passages if not one.stem or one.stem in stems]


def _contact(config: Config) -> Iterator[Finding]:
    contact = config.contact
    if not (contact.email and contact.phone):
        yield Finding(
            "contact-missing",
            Severity.CRITICAL,
            FILE_NAME,
            T("the page names no e-mail address or no phone number"),
            T("customers who ordered just before cannot reach anybody"),
            T("set contact.email and contact.phone"),
        )
    if not any(contact.hours.values()):
        yield Finding(
            "contact-hours-missing",
            Severity.INFO,
            FILE_NAME,
            T("the page does not say when the phone is answered"),
            T("whoever calls in vain thinks that nobody is there at all"),
            T("set contact.hours"),
        )
    if not contact.links:
        yield Finding(
            "social-link-missing",
            Severity.INFO,
            FILE_NAME,
            T("the page names no other place where the shop can be found"),
            T("customers ask where others read it; an answer there helps many"),
            T("add a profile of the shop to contact.links"),
        )


def _times(wording: Wording, now: datetime) -> Iterator[Finding]:
    standing, words = wording.standing, wording.words
    times = Times(
        status=standing.status,
        started=standing.started,
        eta=standing.eta,
        next_update=standing.next_update,
        told=standing.newest is not None,
        updates=words.updates,
        reported=wording.reported,
    )
    file = _front(wording)
    for one in time_findings(times, now):
        yield evolve(one, subject=file)


def _front(wording: Wording) -> str:
    """Return the file in which the owner would mend a time: that of the newest word."""
    newest = wording.words.updates[0].stem if wording.words.updates else ""
    files = [one.file for one in wording.passages if one.stem == newest]
    files += [one.file for one in wording.passages]
    return files[0] if files else "content"
