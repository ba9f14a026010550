"""``fallback check``: is everything ready, and what is not."""

from pathlib import Path

import click

from fallback.actions import check as action
from fallback.actions import policy as rights
from fallback.actions import remember
from fallback.actions.check import Besides
from fallback.actions.site import load
from fallback.cli import outlook
from fallback.cli.call import Call
from fallback.core.errors import UsageError
from fallback.core.result import Result
from fallback.core.text import T
from fallback.wire.clock import SystemClock


@click.command
@click.argument("domain", required=False)
@click.option("--strict", is_flag=True, help="a warning counts as not ready, too")
@click.option(
    "--write",
    is_flag=True,
    help="prove that each zone takes a change: our own record is made and taken away;"
    " that each host's address is its own, by a file that is put there and taken away,"
    " or by what its vendor says; and try what else the credential may change, by"
    " writes made to be refused",
)
@click.option(
    "--link",
    "links",
    multiple=True,
    metavar="URL",
    help="a link of your newsletter: which hosts on its way are not redirected",
)
@click.option(
    "--settled",
    multiple=True,
    metavar="ID",
    help="remember that you have answered a question that only you can answer",
)
@click.option(
    "--policy",
    is_flag=True,
    help="say instead what a stolen credential could do, that of DNS and that of a"
    " shared state, and print the narrowest",
)
@outlook.options
@click.pass_obj
def check(
    call: Call,
    /,
    domain: str | None,
    *,
    strict: bool,
    write: bool,
    links: tuple[str, ...],
    settled: tuple[str, ...],
    policy: bool,
    **files: Path | None,
) -> Result:
    """See whether the fallback would work if the shop died now, and what to mend.

    With a DOMAIN it needs no site, no account and no token: it says what happens to
    the customers of that shop if its hoster dies on Saturday at eleven.
    """
    if domain is not None or any(files.values()):
        alone = not (write or links or settled or policy)
        return outlook.outlook(call, domain, strict=strict, alone=alone, **files)
    if sum((write or strict or bool(links), bool(settled), policy)) > 1:
        raise UsageError(
            T("--settled and --policy each go alone"),
            next=T("run fallback check once for each of them"),
        )
    config, clock = load(call.site), SystemClock()
    if policy:
        return rights.policy(config)
    if settled:
        return remember.settle(config, settled, clock.now())
    return action.check(
        config,
        now=clock.now(),
        say=call.say,
        strict=strict,
        clock=clock,
        besides=Besides(links, write),
    )
