"""The steps of a drill, timed and told; none keeps the way back from its turn."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from fallback.actions import redirect, restore
from fallback.actions.deploy import deploy
from fallback.actions.drilling.visitor import as_a_visitor
from fallback.actions.moving.moved import Moved, State, ZoneMoved
from fallback.actions.moving.order import Way, move
from fallback.actions.moving.surveying import Bench, By, Job
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import FallbackError, Locked, Refused
from fallback.core.records import Key
from fallback.core.redirect.claims import drilled_elsewhere
from fallback.core.redirect.drill import TITLES, Step, StepId, StepState
from fallback.core.redirect.gates import Code, Refusal
from fallback.core.redirect.journal import fold
from fallback.core.redirect.moves import foreign
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.stores import journal

Zones = Mapping[Key, object]
"""What stands at the keys that are compared before and after."""

_Outcome = tuple[StepState, list[Sayable]]
_OK, _FAILED, _NOT = StepState.OK, StepState.FAILED, StepState.NOT_TRIED


@frozen
class Ground:
    """Where a drill takes place.

    ``config`` is the site whose page is published and whose gates are asked; ``moved``
    is the one whose names the engine moves.
    """

    config: Config
    moved: Config
    clock: Clock
    say: Talk
    by: By
    publish: bool = True


def _nobody(_: Bench) -> Iterator[Refusal]:
    """Ask for nobody's consent: no name of the shop is moved."""
    yield from ()


def _only_ours(desk: Bench, jobs: Sequence[Job]) -> Iterator[Refusal]:
    """Refuse a part in which another machine is drilling; nothing else is asked."""
    del desk
    for job in jobs:
        if said := foreign(job.history, job.snapshot):
            yield drilled_elsewhere(job.zone, said)


def _way_back(desk: Bench, job: Job, epoch: int) -> Job | Refusal:
    """Order the way back; beside another machine's drill say what helps with that."""
    order = restore.WAY.order(desk, job, epoch)
    if isinstance(order, Refusal) and order.code is Code.FOREIGN_MARKER:
        return drilled_elsewhere(job.zone, foreign(job.history, job.snapshot))
    return order


def _is_foreign(moved: Moved) -> bool:
    return any(refusal.code is Code.FOREIGN_MARKER for refusal in moved.refused)


_GATES = evolve(redirect.WAY, ask=redirect.not_ready, agreed=_nobody)
"""Asked for the shop's own names, in a dry run. The shop, which answers, is not."""
_THERE = evolve(
    redirect.WAY, gates=(Code.FOREIGN_MARKER,), ask=_only_ours, agreed=_nobody
)
_BACK = evolve(
    restore.WAY,
    gates=(Code.FOREIGN_MARKER,),
    order=_way_back,
    ask=lambda *_: (),
    agreed=_nobody,
)


def left(ground: Ground) -> bool:
    """Say whether a drill was begun here that was neither ended nor taken back."""
    history = fold(journal.connect(ground.moved).read().entries)
    return any(zone.open for zone in history.zones.values())


def cleaned(ground: Ground) -> tuple[bool, Step | None]:
    """Take back what an earlier drill left here; say whether there was anything.

    The step is there when it could not be taken back.
    """
    if not left(ground):
        return False, None
    ground.say("leftover", T("an earlier drill did not end: it is taken back first"))
    step = _timed(ground, StepId.RESTORE, lambda: _restored(ground))
    return True, step if left(ground) else None


def rehearsed(ground: Ground, look: Callable[[], Zones]) -> list[Step]:
    """Go the whole way and back; return how each step went.

    *look* reads what has to be the same afterwards. Raises ``Locked`` while another
    drill runs, and ``Refused`` when the gates find a redirect of somebody else's.
    """
    steps: list[Step] = []

    def done(step: StepId, work: Callable[[], _Outcome]) -> StepState:
        steps.append(_timed(ground, step, work))
        return steps[-1].state

    before = _looked(look)
    done(StepId.PUBLISH, lambda: _published(ground))
    done(StepId.GATES, lambda: _asked(ground))
    there: list[Moved] = []
    try:
        state = done(StepId.REDIRECT, lambda: _redirected(ground, there))
        done(StepId.NAME_SERVERS, lambda: _servers(there, state))
        done(StepId.VISITOR, lambda: _visited(ground, state))
    finally:  # whatever went wrong, a Ctrl-C too, nothing stays that can be taken back
        done(StepId.RESTORE, lambda: _restored(ground))
    alone = not any(map(_is_foreign, there))
    done(
        StepId.COMPARE,
        lambda: _compared(ground, before, _looked(look), alone=alone),
    )
    return steps


def _timed(ground: Ground, id_: StepId, work: Callable[[], _Outcome]) -> Step:
    ground.say(id_.value, T("{title} …", title=TITLES[id_]))
    begun = ground.clock.monotonic()
    try:
        state, told = work()
    except Locked:
        raise
    except Refused as error:
        if id_ is StepId.GATES:
            raise
        state, told = _FAILED, [*_error(error)]
    except FallbackError as error:
        state, told = _FAILED, [*_error(error)]
    return Step(id_, state, tuple(told), ground.clock.monotonic() - begun)


def _error(error: FallbackError) -> Iterator[Sayable]:
    yield error.what
    if error.next is not None:
        yield T("next: {next}", next=error.next)


def _looked(look: Callable[[], Zones]) -> Zones | FallbackError:
    try:
        return look()
    except FallbackError as error:
        return error


def _published(ground: Ground) -> _Outcome:
    if not ground.publish:
        return _NOT, [T("not asked for (--no-publish)")]
    result = deploy(ground.config, say=ground.say, clock=ground.clock)
    told = [report.told() for report in result.hosts]
    return _OK if all(report.ok for report in result.hosts) else _FAILED, [*told]


def _asked(ground: Ground) -> _Outcome:
    by = evolve(ground.by, dry_run=True, accept=(), home=None)
    moved = _move(_GATES, ground, ground.config, by)
    for refusal in moved.refused:
        if refusal.code is Code.FOREIGN_MARKER:
            raise Refused(refusal.why, next=refusal.remedy)
    told: list[Sayable] = []
    for refusal in moved.refused:
        told += [T("{code}: {why}", code=refusal.code.value, why=refusal.why),
                 T("  instead: {remedy}", remedy=refusal.remedy)]  # fmt: skip
    bad = [zone for zone in moved.zones if zone.state is State.FAILED]
    told += [T("{zone}: {why}", zone=zone.zone, why=zone.problem) for zone in bad]
    already = [
        zone
        for zone in moved.zones
        if zone.state in (State.PLANNED, State.REDIRECTED)
        and all(change.type == "TXT" for change in zone.changes)
    ]
    told += [_ALREADY.with_values(zone=zone.zone.rstrip(".")) for zone in already]
    if told:
        return _FAILED, told
    return _OK, [T("a redirect of the shop's names would be let through")]


_ALREADY = T("the names of {zone} lead to the page already, so this proves little")


def _redirected(ground: Ground, there: list[Moved]) -> _Outcome:
    moved = _move(_THERE, ground, ground.moved, evolve(ground.by, accept=()))
    there.append(moved)
    for refusal in moved.refused:
        return _FAILED, [refusal.why, T("  instead: {remedy}", remedy=refusal.remedy)]
    state, told = _of_zones(moved, State.REDIRECTED)
    for zone in moved.zones:
        if zone.state is State.FAILED:
            told.append(_NARROW.with_values(part=zone.zone.rstrip(".")))
    return state, told


_NARROW = T(
    "a credential that may move nothing but the shop's names cannot drill: allow it"
    " what is below {part}, too; the rule is in: fallback check --policy"
)


def _restored(ground: Ground) -> _Outcome:
    by = evolve(ground.by, accept=(), home=None)
    moved = _move(_BACK, ground, ground.moved, by)
    state, told = _of_zones(moved, State.RESTORED)
    return (_FAILED if state is _NOT else state), told


def _move(way: Way, ground: Ground, config: Config, by: By) -> Moved:
    return move(way, config, clock=ground.clock, say=ground.say, by=by, agree=None)


def _of_zones(moved: Moved, wanted: State) -> _Outcome:
    """Return how a move went; name servers that lag are another step's affair."""
    states = {zone.state for zone in moved.zones}
    fine = {wanted} | ({State.LAGGING} if wanted is State.REDIRECTED else set())
    # whoever may remember a throw-away name is nobody's concern
    zones = tuple(evolve(zone, last_visitor=None) for zone in moved.zones)
    told = list(evolve(moved, zones=zones, preview=True).told())
    if states <= fine:
        return _OK, told
    if states <= {*fine, State.BY_HAND} and wanted is State.REDIRECTED:
        nobody = T(
            "this provider writes nothing by itself, and nobody typed it in time"
        )
        return _NOT, [nobody, *told]
    return _FAILED, told


def _servers(there: Sequence[Moved], state: StepState) -> _Outcome:
    if state is not _OK:
        return _NOT, [_NOT_REDIRECTED]
    told: list[Sayable] = []
    states = []
    for zone in (zone for moved in there for zone in moved.zones):
        states.append(_servers_of(zone))
        new = sum(seen.says == "new" for seen in zone.servers)
        told.append(
            T(
                "{zone}: {n} of {of} name servers say the new records",
                zone=zone.zone.rstrip("."),
                n=new,
                of=len(zone.servers),
            )
        )
        told += [
            T("{server} says the old records", server=seen.server)
            if seen.says == "old"
            else T("{server} does not answer", server=seen.server)
            for seen in zone.servers
            if seen.says != "new"
        ]
    return max(states, key=[_OK, _NOT, _FAILED].index), told


def _servers_of(zone: ZoneMoved) -> StepState:
    if zone.state is State.LAGGING:
        return _FAILED
    return _OK if zone.servers else _NOT


_NOT_REDIRECTED = T("the name was not redirected, so there is nothing to see")


def _visited(ground: Ground, state: StepState) -> _Outcome:
    if state is not _OK:
        return _NOT, [_NOT_REDIRECTED]
    told: list[Sayable] = []
    states = []
    for table, real in zip(ground.moved.dns, ground.config.dns, strict=True):
        for fine, lines in as_a_visitor(ground.config, table, real):
            states.append(_OK if fine else _FAILED)
            told += lines
    return max(states, key=[_OK, _FAILED].index), told


def _compared(
    ground: Ground,
    before: Zones | FallbackError,
    after: Zones | FallbackError,
    *,
    alone: bool,
) -> _Outcome:
    for one in (before, after):
        if isinstance(one, FallbackError):
            return _NOT, [*_error(one)]
    assert isinstance(before, Mapping)
    assert isinstance(after, Mapping)
    parts = tuple(f"{table.zone.rstrip('.')}." for table in ground.moved.dns)
    changed = sorted(
        key for key in {*before, *after} if before.get(key) != after.get(key)
    )
    mine = [key for key in changed if key[0].endswith(parts)]
    said = [_differs(key) for key in changed]
    if mine:
        return _FAILED, [*said]
    if not alone:
        return _NOT, [_NOT_ALONE]
    told: list[Sayable] = [T("the zone is as it was; what was not there is not there")]
    if said:
        told.append(_SOMEBODY)
        told += said
    return _OK, told


_NOT_ALONE = T(
    "another machine's drill is in the zone, so what it was without one is not known"
)
_SOMEBODY = T("somebody else changed it meanwhile, at names that no drill can touch")


def _differs(key: Key) -> Text:
    return T("not as before: {type} {name}", type=key[1], name=key[0].rstrip("."))
