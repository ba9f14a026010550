"""From the files under ``content/`` to what is being said, in every language.

The law of this room: **one broken file never blanks the page.** An update that cannot
be trusted or understood is left out whole, because half a message misleads; of the
outage itself everything is kept that can be. Each loss is a ``Problem`` with the file,
the line, and where we can tell the text that would have been right.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from attrs import evolve, frozen

from fallback.core.config import Config
from fallback.core.errors import ContentError, Problem
from fallback.core.model import Announcement, Language, Status, Update, Words
from fallback.core.text import T
from fallback.page.content import header, moments, names, reading, typed
from fallback.page.content.complaints import Complaints
from fallback.page.content.course import Course, course
from fallback.page.content.draft import Draft, Facts
from fallback.page.content.leaves import Leaf, Read, Reader

LEEWAY = timedelta(minutes=10)
"""How much another clock may be fast; what is dated later is a mistake, or a wish."""


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
    """Everything that is said, how things stand, and what was only noticed.

    ``ahead`` are those of ``words.left_out`` that are dated after now.
    """

    words: Words
    standing: Standing
    noticed: tuple[Problem, ...] = ()
    ahead: tuple[Problem, ...] = ()


def tell(
    config: Config,
    sources: Mapping[str, bytes],
    read: Read | None = None,
    *,
    now: datetime | None = None,
) -> Told:
    """Return what *sources* (path below the site folder → bytes) say.

    They are read by *read*, which may do so elsewhere, or know it already; without it
    here and now. A build knows no clock; whoever does gives it as *now*, and an update
    that is dated more than ``LEEWAY`` after it is left out, and is in ``ahead``. Raises
    ``ContentError`` when there is no ``outage*.md`` at all.
    """
    found = Complaints()
    listed = names.sort_out(sources, config.shop.languages, found)
    if not listed.outages:
        raise ContentError(
            T("there is no content/outage.md: nothing says what happened"),
            customers_see=T("no change: what is published stays"),
            next=T("write a few words into {file}", file=_first_file(config)),
        )
    drafts = _drafts(sources, listed, read or Reader.of(config), found)
    updates = [
        update
        for stem, files in listed.updates.items()
        if (update := _update(stem, [drafts[f] for f in files.values() if f in drafts]))
    ]
    updates.sort(key=lambda each: (each[0].at, each[0].stem))
    limit = now + LEEWAY if now else None
    late = [each for each, _ in updates if limit and each.at > limit]
    updates = updates[: len(updates) - len(late)]
    ahead = [_ahead(config, sources, listed, each, now) for each in late if now]
    found.left_out.extend(ahead)
    outages = [drafts[path] for path in listed.outages.values() if path in drafts]
    facts = [draft.facts for draft in outages]
    runs = course(_merged(facts), [said for _, said in updates])
    words = _words([each for each, _ in updates], outages, runs, found)
    words = evolve(words, report=_reports(listed, drafts))
    standing = _standing(runs, facts, words)
    _explain(runs, listed, standing, found, dated=_dated(facts))
    return Told(words, standing, tuple(found.noticed), tuple(ahead))


def _words(
    updates: Sequence[Update],
    outages: Sequence[Draft],
    runs: Course,
    found: Complaints,
) -> Words:
    """Return *updates*, oldest first, and *outages* as everybody reads them."""
    facts = [draft.facts for draft in outages]
    of_this = runs.own or not _dated(facts)
    return Words(
        {
            draft.language: _announcement(draft, facts)
            if of_this
            else Announcement(draft.language, "", "")
            for draft in outages
        },
        tuple(reversed(updates[runs.earlier :])),
        tuple(found.left_out),
        earlier=tuple(reversed(updates[: runs.earlier])),
    )


def _reports(
    listed: names.Listed, drafts: Mapping[str, Draft]
) -> dict[Language, tuple[str, str]]:
    return {
        language: (drafts[path].title, drafts[path].html)
        for language, path in listed.reports.items()
        if path in drafts and (drafts[path].html or drafts[path].title)
    }


def _drafts(
    sources: Mapping[str, bytes], listed: names.Listed, read: Read, found: Complaints
) -> dict[str, Draft]:
    """Return what each file says that can be used, by its path."""
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
    for leaf, outcome in zip(leaves, read(leaves), strict=True):
        found.left_out.extend(outcome.left_out)
        found.noticed.extend(outcome.noticed)
        if outcome.draft:
            drafts[leaf.path] = outcome.draft
    return drafts


def _ahead(
    config: Config,
    sources: Mapping[str, bytes],
    listed: names.Listed,
    update: Update,
    now: datetime,
) -> Problem:
    """Return what is wrong with *update*, which is dated after *now*."""
    zone = config.shop.timezone
    for language, path in listed.updates[update.stem].items():
        said = header.parse(path, reading.read(sources[path], language).text)
        at = said.field("at")
        if at:
            break
    return Problem(
        path,
        at.line if at else 0,
        T(
            "this update is dated {moment}, which is still to come: it was left out",
            moment=typed.spelled(update.at.astimezone(zone)),
        ),
        T("write when it is said, or publish again when that moment has come"),
        f"at: {typed.spelled(now.astimezone(zone).replace(second=0, microsecond=0))}",
    )


def _dated(outage: Sequence[Facts]) -> bool:
    """Return whether the outage file says itself which outage it is of."""
    return any(each.said.get(key) for each in outage for key in ("started", "at"))


def _explain(
    runs: Course,
    listed: names.Listed,
    standing: Standing,
    found: Complaints,
    *,
    dated: bool,
) -> None:
    """Tell the owner what surprises: which words decide nothing, or are not shown."""
    first, *others = listed.outages.values()
    if dated and not runs.own:
        for path in (first, *others):
            found.notice(
                path,
                0,
                T(
                    "these words are of another outage than the newest update, and are"
                    " not on the page"
                ),
                T(
                    "write what holds now; without the lines started and at it holds"
                    " for every outage"
                ),
            )
    if runs.idle:
        found.notice(
            first,
            0,
            T(
                "updates that are older than the start, and decide nothing: {count}",
                count=runs.idle,
            ),
            T("if they are of this outage, let started be an earlier moment"),
        )
    if standing.status is Status.SCHEDULED and standing.newest is None:
        found.notice(
            first,
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


def _announcement(draft: Draft, outage: Sequence[Facts]) -> Announcement:
    merged = _merged([draft.facts, *outage])
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


def _standing(runs: Course, outage: Sequence[Facts], words: Words) -> Standing:
    """Return how things stand in an outage that *runs* so."""
    said = runs.facts.said
    status = runs.facts.status or Status.INVESTIGATING
    # what is planned for is no moment at which anything was said: it would make this
    # page newer than one that has to be published before then
    going_on = runs.own and status is not Status.SCHEDULED
    dated = ("started", "at") if going_on else ("at",)
    dates = [update.at for update in words.log]
    dates += [at for each in outage for key in dated if (at := each.said.get(key))]
    last_update = words.updates[0].at if words.updates else None
    next_update = said.get("next")
    if next_update and last_update and next_update <= last_update:
        next_update = None  # that message has come; nothing newer was promised
    over = status is Status.RESOLVED  # nobody waits any more, whatever was promised
    return Standing(
        status,
        said.get("started"),
        None if over else said.get("eta"),
        None if over else next_update,
        max(dates, default=None),
    )


def sequence(standing: Standing) -> int:
    """Return the newest moment that content dates, in seconds since 1970.

    An ETA is not one: when it is brought forward, the page is newer and not older.
    """
    newest = standing.newest or datetime(1970, 1, 1, tzinfo=UTC)
    return int(newest.timestamp())
