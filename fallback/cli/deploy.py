"""``fallback deploy``: publish the page everywhere, look at it, say what comes next."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click
from attrs import frozen

from fallback.actions import deploy as action
from fallback.actions.site import load
from fallback.cli import output, summary
from fallback.cli.call import Call
from fallback.cli.progress import shown
from fallback.cli.table import tabled
from fallback.core.errors import FallbackError
from fallback.core.result import Result
from fallback.core.text import Sayable
from fallback.wire.clock import SystemClock

_PAGE_IS_OUT = (0, 3)
_SERVICES = ("CI", "GITHUB_ACTIONS", "GITLAB_CI")
"""What tells a job of a CI service, each by its own documentation."""


@click.command
@click.option(
    "--rollback",
    metavar="[BUILD]",
    is_flag=False,
    flag_value="",
    help="publish an earlier build again: the one before, or one of the last five",
)
@click.option(
    "--redirect",
    is_flag=True,
    help="then lead the shop's names to the page, in a process of its own",
)
@click.option(
    "--confirm", metavar="DOMAIN", help="with --redirect: answers its question"
)
@click.option(
    "--accept", metavar="CODE", multiple=True, help="with --redirect: see redirect"
)
@click.pass_obj
def deploy(
    call: Call,
    *,
    rollback: str | None,
    redirect: bool,
    confirm: str | None,
    accept: tuple[str, ...],
) -> Result | int:
    """Publish the page to every host in parallel, and look at what is there."""
    if rollback is not None and redirect:
        raise click.UsageError(
            "--rollback and --redirect are two decisions: roll back, then redirect"
        )
    if not redirect and (confirm is not None or accept):
        raise click.UsageError("--confirm and --accept belong to --redirect")
    try:
        published = _published(call, rollback)
    except FallbackError as error:
        summary.told_why(error)
        raise
    summary.summed_up(published)
    if not redirect or published.code not in _PAGE_IS_OUT:
        return published if call.json else tabled(published)
    words = [f"--accept={code}" for code in accept]
    if confirm is not None:
        words.append(f"--confirm={confirm}")
    if call.json:
        return _both(published, _command(call, words))
    output.show_result(call.command, tabled(published), as_json=False)
    moved = subprocess.run(_command(call, words), check=False).returncode
    return _code(moved) or published.code


def _published(call: Call, rollback: str | None) -> action.DeployResult:
    """Publish the page, or the build that *rollback* names (``""``: the one before)."""
    config, clock = load(call.site), SystemClock()
    if any(os.environ.get(name) for name in _SERVICES):
        action.refuse_unseen(config)
    with shown(call) as (say, progress):
        if rollback is None:
            return action.deploy(config, say=say, clock=clock, progress=progress)
        return action.rollback(
            config, rollback, say=say, clock=clock, progress=progress
        )


def _command(call: Call, words: list[str]) -> list[str]:
    """Return the call that redirects: whoever moves names renders nothing."""
    flags = {
        "--json": call.json,
        "--quiet": call.quiet,
        "--verbose": call.verbose,
        "--no-input": not call.input,
        "--no-color": not call.color,
    }
    return [
        *(sys.executable, "-m", "fallback", "-C", str(call.site), "redirect"),
        *(flag for flag, is_set in flags.items() if is_set),
        *words,
    ]


@frozen
class Both:
    """A deploy and the redirect after it, as one object: ``redirect`` is its own."""

    published: action.DeployResult
    moved: Mapping[str, Any]
    code: int

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        return self.published.told()

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {**self.published.as_json(), "redirect": self.moved}


def _both(published: action.DeployResult, command: list[str]) -> Both:
    process = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    try:
        moved = json.loads(process.stdout)
    except ValueError:  # it was killed before it could answer
        moved = {"ok": False, "code": _code(process.returncode)}
    return Both(published, moved, _code(process.returncode) or published.code)


def _code(returned: int) -> int:
    """Return an exit code of ours; a process that a signal ended has failed."""
    return 1 if returned < 0 else returned
