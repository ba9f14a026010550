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
    """Make what HOST needs before you can publish there: its bucket, site or worker.

    HOST is the kind of one of your hosts in fallback.toml, such as s3; the second of
    the same kind is s3-2. It prints the narrowest key that publishing needs, and what
    only you can do. It may be run again: it makes what is missing, brings its own
    things up to date, and leaves everything else alone.
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
    """Take away what setup made for HOST; refused while a name still points there.

    The page that is published there goes, too; what you put there yourself stays. It
    may be run again, and has to be where a vendor takes some minutes.
    """
    config = load(call.site)
    return action.teardown(
        config,
        host,
        say=call.say,
        agree=lambda: call.confirmed(config.shop.domain, confirm),
    )
