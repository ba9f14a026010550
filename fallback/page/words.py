"""From the files under ``content/`` to what is being said, in every language.

The law of this room: **one broken file never blanks the page.** An update that cannot
be trusted or understood is left out whole, because half a message misleads; of the
outage itself everything is kept that can be. Each loss is a ``Problem`` with the file,
the line, and where we can tell the text that would have been right.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from attrs import frozen

from fallback.core.config import Config
from fallback.core.errors import ContentError, Problem
from fallback.core.model import Announcement, Status, Update, Words
from fallback.core.text import T
from fallback.page import moments, names
from fallback.page.complaints import Complaints
from fallback.page.draft import Draft, Facts
from fallback.page.leaves import Leaf, Read, Reader


@frozen
class Standing:
    """How things stand now: what the outage says, overridden by what came after it.

    ``eta`` is ``None`` when nobody knows, which may itself be news, or when it is over.
    ``newest`` is the latest moment at which something was said; with nothing dated it
    is ``None``.
    """

    status: Status
    started: datetime | None = None
    eta: datetime | None = None
    next_update: datetime | None = None
    newest: datetime | None = None

    @property
    def late(self) -> bool:
        """Return whether the ETA had passed when something was last said.

        The clock is no input of a build, so this is all that a page can know.
        """
        return bool(self.eta and self.newest and self.eta <= self.newest)


@frozen
class Told:
    """Everything that is said, how things stand, and what was only noticed."""

    words: Words
    standing: Standing
    noticed: tuple[Problem, ...] = ()


def tell(
    config: Config, sources: Mapping[str, bytes], read: Read | None = None
) -> Told:
    """Return what *sources* (path below the site folder → bytes) say.

    They are read by *read*, which may do so elsewhere, or know it already; without it
    here and now. Raises ``ContentError`` when there is no ``outage*.md`` at all.
    """
    found = Complaints()
    listed = names.sort_out(sources, config.shop.languages, found)
    if not listed.outages:
        raise ContentError(
            T("there is no content/outage.md: nothing says what happened"),
            customers_see=T("no change: what is published stays"),
            next=T("write a few words into {file}", file=_first_file(config)),
        )
    leaves = [
        Leaf(path, sources[path], language, whole=False)
        for language, path in (*listed.outages.items(), *listed.reports.items())
    ]
    leaves += [
        Leaf(path, sources[path], language, whole=True)
        for files in listed.updates.values()
        for language, path in files.items()
    ]
    drafts: dict[str, Draft] = {}
    for leaf, outcome in zip(leaves, (read or Reader.of(config))(leaves), strict=True):
        found.left_out.extend(outcome.left_out)
        found.noticed.extend(outcome.noticed)
        if outcome.draft:
            drafts[leaf.path] = outcome.draft
    outages = [drafts[path] for path in listed.outages.values() if path in drafts]
    updates = [
        update
        for stem, files in listed.updates.items()
        if (update := _update(stem, [drafts[f] for f in files.values() if f in drafts]))
    ]
    updates.sort(key=lambda each: (each[0].at, each[0].stem), reverse=True)
    facts = [draft.facts for draft in outages]
    announced = {draft.language: _announcement(draft, facts) for draft in outages}
    report = {
        language: (drafts[path].title, drafts[path].html)
        for language, path in listed.reports.items()
        if path in drafts and (drafts[path].html or drafts[path].title)
    }
    words = Words(
        announced, tuple(each for each, _ in updates), tuple(found.left_out), report
    )
    standing = _standing(facts, [said for _, said in updates], words)
    if standing.status is Status.SCHEDULED and standing.newest is None:
        found.noticed.append(_undated(next(iter(listed.outages.values()))))
    return Told(words, standing, tuple(found.noticed))


def _undated(file: str) -> Problem:
    return Problem(
        file,
        0,
        T("nobody can tell when this work was announced"),
        T("give it a line such as {line}", line=f"at: {moments.FORM}"),
    )


def _first_file(config: Config) -> str:
    return f"content/outage.{config.shop.languages[0]}.md"


def _update(stem: str, drafts: Sequence[Draft]) -> tuple[Update, Facts] | None:
    """Return the update that *drafts* hold, one a language, if one can be used."""
    if not drafts:
        return None
    facts = drafts[0].facts
    if len(drafts) > 1:
        facts = _merged([draft.facts for draft in drafts])
    at = facts.said.get("at")
    if at is None:
        return None
    texts = {draft.language: (draft.title, draft.html) for draft in drafts}
    said = facts.said
    return (
        Update(stem, at, texts, facts.status, said.get("eta"), said.get("next")),
        facts,
    )


def _announcement(draft: Draft, facts: Sequence[Facts]) -> Announcement:
    merged = _merged([draft.facts, *facts])
    return Announcement(
        draft.language,
        draft.title,
        draft.html,
        merged.status,
        merged.said.get("started"),
        merged.said.get("eta"),
        merged.said.get("next"),
    )


def _merged(facts: Sequence[Facts]) -> Facts:
    """Return what the first of *facts* that mentions a thing says about it."""
    said: dict[str, datetime | None] = {}
    for each in reversed(facts):
        said.update(each.said)
    status = next((each.status for each in facts if each.status), None)
    return Facts(said, status)


def _standing(
    outage: Sequence[Facts], updates: Sequence[Facts], words: Words
) -> Standing:
    """Return how things stand; *updates* are newest first."""
    merged = _merged([*updates, *outage])
    status = merged.status or Status.INVESTIGATING
    # what is planned for is no moment at which anything was said: it would make this
    # page newer than one that has to be published before then
    dated = ("at",) if status is Status.SCHEDULED else ("started", "at")
    dates = [update.at for update in words.updates]
    dates += [at for each in outage for at in _said(each, *dated)]
    newest = max(dates, default=None)
    last_update = words.updates[0].at if words.updates else None
    next_update = merged.said.get("next")
    if next_update and last_update and next_update <= last_update:
        next_update = None  # that message has come; nothing newer was promised
    over = status is Status.RESOLVED  # nobody waits any more, whatever was promised
    return Standing(
        status,
        _merged([*outage, *reversed(updates)]).said.get("started"),
        None if over else merged.said.get("eta"),
        None if over else next_update,
        newest,
    )


def _said(facts: Facts, *keys: str) -> Iterable[datetime]:
    return (at for key in keys if (at := facts.said.get(key)))


def sequence(standing: Standing) -> int:
    """Return the newest moment that content dates, in seconds since 1970.

    An ETA is not one: when it is brought forward, the page is newer and not older.
    """
    newest = standing.newest or datetime(1970, 1, 1, tzinfo=UTC)
    return int(newest.timestamp())
