"""``fallback check``: is everything ready, and what is not."""

from pathlib import Path

import click

from fallback.actions import check as action
from fallback.actions import policy as rights
from fallback.actions.site import load
from fallback.cli.call import Call
from fallback.cli.outlook import check_stranger
from fallback.core.errors import UsageError
from fallback.core.result import Result
from fallback.core.text import T
from fallback.wire.clock import SystemClock

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command
@click.argument("domain", required=False)
@click.option("--strict", is_flag=True, help="a warning counts as not ready, too")
@click.option(
    "--policy",
    is_flag=True,
    help="say instead what a stolen DNS credential could do, and print the narrowest",
)
@click.option(
    "--page",
    type=_FILE,
    metavar="FILE.html",
    help="with DOMAIN: write one page to share and to print",
)
@click.option(
    "--network",
    type=_FILE,
    metavar="FILE",
    help="with DOMAIN: take resolvers and trust from [network] in this file",
)
@click.pass_obj
def check(
    call: Call,
    domain: str | None,
    *,
    strict: bool,
    policy: bool,
    page: Path | None,
    network: Path | None,
) -> Result:
    """See whether the fallback would work if the shop died now, and what to mend.

    With a DOMAIN it needs no site, no account and no token: it says what happens to
    the customers of that shop if its hoster dies on Saturday at eleven.
    """
    if domain is not None:
        return check_stranger(call, domain, strict=strict, page=page, network=network)
    if page or network:
        raise UsageError(
            T("--page and --network go with a domain"),
            next=T("name the shop: fallback check kwiaty.example"),
        )
    if policy:
        return rights.policy(load(call.site))
    return action.check(
        load(call.site), now=SystemClock().now(), say=call.say, strict=strict
    )
