"""Save the plan of a move for a second person, instead of carrying it out.

Every zone is read and every gate is asked, as for the move itself; nothing is written
but the file. It holds what ``fallback.toml``, the journal and the zones said at that
moment: ``as_planned`` carries out exactly that, or nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from fallback.actions.moving import approving
from fallback.actions.moving.moved import Moved
from fallback.actions.moving.order import Draft, Way, draft
from fallback.actions.moving.surveying import By, Job, bench
from fallback.core.clock import Clock
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.redirect.saved_plan import SavedPlan, Taken, ZonePlan, encode
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.wire import durable
from fallback.wire.scrubbing import scrub


@frozen
class Planned:
    """What would be done, and the file that says so; no file: there was nothing to do.

    ``sign`` is what the second person types, where a signature is needed.
    """

    moved: Moved
    file: Path
    plan: SavedPlan | None = None
    until: datetime | None = None
    sign: str = ""

    @property
    def code(self) -> int:
        """Return the exit code of the dry run."""
        return self.moved.code

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield from self.moved.told()
        if self.plan is None or self.until is None:
            yield T("no plan was saved: there is nothing that could be done")
            return
        yield T("the plan is in {file}; nothing was changed", file=str(self.file))
        if self.sign:
            yield T("the second person reads it and types: {sign}", sign=self.sign)
        yield T(
            "to carry it out, until {at}: fallback apply {file}",
            at=self.until.strftime("%Y-%m-%d %H:%M"),
            file=str(self.file),
        )

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        saved = None
        if self.plan is not None:
            saved = {
                "file": str(self.file),
                "sha256": self.plan.digest,
                "expires_at": self.plan.expires_at.isoformat(),
            }
        return {**self.moved.as_json(), "plan": saved}


def save(
    way: Way,
    config: Config,
    file: Path,
    *,
    life: timedelta,
    clock: Clock,
    say: Talk,
    by: By,
) -> Planned:
    """Write the plan of *way* to *file*, which must not be there yet.

    Zones that a gate refuses are told of and are not in the plan; without any zone no
    file is written. Raises ``UsageError`` when *file* is there or cannot be written,
    and whatever a dry run raises.
    """
    if file.exists():
        raise _taken(file)
    way = evolve(way, agreed=lambda _: ())  # that is what the file is for
    by = evolve(by, dry_run=True, reason=scrub(by.reason))
    with bench(config, way.verb, clock=clock, say=say, by=by) as desk:
        made = draft(way, desk)
    moved = evolve(made.plan, preview=True)
    if not made.work:
        return Planned(moved, file)
    plan = _saved(way, made, clock.now(), life)
    try:
        durable.create(file, encode(plan))
    except FileExistsError:
        raise _taken(file) from None
    except OSError as error:
        raise UsageError(
            T(
                "{file} cannot be written: {why}",
                file=str(file),
                why=str(error.strerror or error),
            )
        ) from error
    until = plan.expires_at.astimezone(config.shop.timezone)
    signers = config.approval.signers
    sign = approving.how_to_sign(str(file)) if signers else ""
    return Planned(moved, file, plan, until, sign)


def _taken(file: Path) -> UsageError:
    return UsageError(
        T("{file} is there already", file=str(file)),
        customers_see=T("no change: nothing was done"),
        next=T("name another file, or remove that one"),
    )


def _saved(way: Way, made: Draft, now: datetime, life: timedelta) -> SavedPlan:
    at = now.replace(microsecond=0)
    return SavedPlan(
        verb=way.verb,
        domain=made.desk.config.shop.domain,
        made_at=at,
        expires_at=at + life,
        operator=made.desk.by.operator,
        reason=made.desk.by.reason,
        gates=tuple(code.value for code in way.gates),
        accepted=tuple(
            Taken(each.code.value, each.zone, str(each.why)) for each in made.taken
        ),
        zones=tuple(_zone(job) for job in made.work),
        home=made.desk.by.home,
    )


def _zone(job: Job) -> ZonePlan:
    assert job.order is not None
    order, table = job.order, job.table
    return ZonePlan(
        zone=job.zone,
        provider=table.provider,
        names=table.names,
        target=table.target,
        ttl=table.ttl,
        epoch=order.epoch,
        undoes=order.undoes,
        theirs=order.theirs,
        changes=order.todo.changes,
        decision=order.changes,
    )
