"""``fallback setup`` and ``fallback teardown``: what a host consists of."""

import click

from fallback.actions import provisioning as action
from fallback.actions.site import load
from fallback.cli.call import Call

_HOST = click.argument("host", metavar="HOST")


@click.command
@_HOST
@click.pass_obj
def setup(call: Call, /, host: str) -> action.ProvisionResult:
    """Make what HOST needs: its bucket, site or worker, and the rights to publish.

    HOST is the kind of a host in fallback.toml, such as s3; a second one of the same
    kind is s3-2. What is there already is left alone, so it may be run again.
    """
    return action.setup(load(call.site), host, say=call.say)


@click.command
@_HOST
@click.option(
    "--confirm",
    metavar="DOMAIN",
    help="go on without a question; DOMAIN is the shop's own",
)
@click.pass_obj
def teardown(call: Call, /, host: str, confirm: str | None) -> action.ProvisionResult:
    """Take away what setup made for HOST; never while a name still points there."""
    config = load(call.site)
    return action.teardown(
        config,
        host,
        say=call.say,
        agree=lambda: call.confirmed(config.shop.domain, confirm),
    )
