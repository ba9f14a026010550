"""``fallback check``: is everything ready, and what is not."""

from pathlib import Path

import click

from fallback.actions import answering, proving
from fallback.actions import check as action
from fallback.actions import policy as rights
from fallback.actions.check import Besides
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.cli.outlook import check_stranger, check_strangers
from fallback.core.errors import UsageError
from fallback.core.result import Result
from fallback.core.text import T
from fallback.wire.clock import SystemClock

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command
@click.argument("domain", required=False)
@click.option("--strict", is_flag=True, help="a warning counts as not ready, too")
@click.option(
    "--write",
    is_flag=True,
    help="prove that each zone takes a change: our own record is made and taken away",
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
    help="say instead what a stolen DNS credential could do, and print the narrowest",
)
@click.option(
    "--all",
    "listed",
    type=_FILE,
    metavar="FILE.csv",
    help="look at every DOMAIN of a list: a line a shop, the worst first",
)
@click.option(
    "--page",
    type=_FILE,
    metavar="FILE.html",
    help="with DOMAIN: write one page to share and to print",
)
@click.option(
    "--csv",
    "table",
    type=_FILE,
    metavar="FILE.csv",
    help="with --all: write it as a table, too",
)
@click.option(
    "--network",
    type=_FILE,
    metavar="FILE",
    help="with DOMAIN or --all: take resolvers and trust from [network] in this file",
)
@click.pass_obj
def check(  # noqa: PLR0913 - each is one option of the command
    call: Call,
    domain: str | None,
    *,
    strict: bool,
    write: bool,
    links: tuple[str, ...],
    settled: tuple[str, ...],
    policy: bool,
    listed: Path | None,
    page: Path | None,
    table: Path | None,
    network: Path | None,
) -> Result:
    """See whether the fallback would work if the shop died now, and what to mend.

    With a DOMAIN it needs no site, no account and no token: it says what happens to
    the customers of that shop if its hoster dies on Saturday at eleven.
    """
    if listed is not None and domain is None and page is None:
        return check_strangers(
            call, listed, strict=strict, table=table, network=network
        )
    if domain is not None and listed is None and table is None:
        return check_stranger(call, domain, strict=strict, page=page, network=network)
    if domain or listed or page or table or network:
        raise UsageError(
            T("these do not go together"),
            next=T("fallback check kwiaty.example, or: fallback check --all shops.csv"),
        )
    config, clock = load(call.site), SystemClock()
    if policy:
        return rights.policy(config)
    if settled:
        return answering.settle(config, settled, clock.now())
    tried = proving.prove(config, clock=clock, say=call.say) if write else ()
    return action.check(
        config,
        now=clock.now(),
        say=call.say,
        strict=strict,
        clock=clock,
        besides=Besides(links, tried),
    )
