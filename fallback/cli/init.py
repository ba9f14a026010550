"""``fallback init``: a working site from a few answers."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from fallback.actions.site import kinds, load
from fallback.actions.starting import answering
from fallback.actions.starting.acquaintance import acquainted
from fallback.actions.starting.begin import Ending, begin
from fallback.actions.starting.begun import InitResult
from fallback.cli.call import Call
from fallback.cli.interview import Heard, Interview
from fallback.cli.language import choose, chosen, say, spoken
from fallback.core.config import FILE_NAME, Network
from fallback.core.errors import ConfigError, Problem, UsageError
from fallback.core.settings import values
from fallback.core.text import T
from fallback.core.wizard import answers, interview, new_site
from fallback.core.wizard.new_site import Machine
from fallback.core.wizard.proposals import Seen
from fallback.wire.clock import SystemClock

_LISTS = {"languages": "language", "hosts": "host"}
_NEEDED = ("name", "url", "email", "phone")


@click.command
@click.argument(
    "folder",
    metavar="[DIR]",
    type=click.Path(path_type=Path),
    default=None,
    required=False,
)
@click.option("--name", metavar="TEXT", help="what the shop is called")
@click.option("--url", metavar="URL", help="what customers type to come to the shop")
@click.option("--email", metavar="ADDRESS", help="a mailbox that does not die with it")
@click.option("--phone", metavar="NUMBER", help="with the country code: +48600100200")
@click.option("--contains", metavar="TEXT", help="words that only the real shop shows")
@click.option(
    "--timezone",
    metavar="ZONE",
    help="such as Europe/Warsaw (default: this machine's)",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="pl, en …; the first is the page's own (default: the shop's)",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="KIND",
    help="a place for the page: s3, netlify, cloudflare_worker, sftp or folder",
)
@click.option(
    "--provider",
    metavar="WORD",
    help="who moves the names: cloudflare, route53, manual … or none",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KIND.KEY=VALUE",
    help="any other setting: netlify.site=kwiaty; may be repeated",
)
@click.option(
    "--answers",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="all of these in a file, TOML or JSON; options win over it",
)
@click.option("--no-look", is_flag=True, help="look nothing up: the page comes first")
@click.option("--no-check", is_flag=True, help="do not check the new site at the end")
@click.option("--no-card", is_flag=True, help="write no emergency card")
@click.pass_obj
def init(
    call: Call,
    /,
    folder: Path | None,
    file: Path | None,
    *,
    no_look: bool,
    no_check: bool,
    no_card: bool,
    **options: Any,
) -> InitResult:
    """Write a working site into DIR: settings, first words, places to publish.

    The shop is looked at while it is up, so that little is asked: what no option or
    file answers. An interrupted run is taken up again. Nothing is ever overwritten.
    """
    site = folder or call.site
    given = _given(file, options)
    heard = _heard(call, site, given, look=not no_look)
    choose()  # with --json, too, people read the card and the forms
    ending = Ending(
        SystemClock().now(),
        check=not (no_check or no_look),
        card=not no_card,
        speak=say,
        language=spoken(),
        burning=heard.burning,
    )
    full = new_site.completed(heard.given, heard.seen, _machine())
    return begin(site, new_site.answers(full, heard.seen), heard.seen, ending, call.say)


def _heard(call: Call, site: Path, given: dict[str, Any], *, look: bool) -> Heard:
    """Return every answer there is: given beforehand, or asked for now."""
    if not given and (site / FILE_NAME).exists():
        return _known(site)
    before = answering.kept(site) if call.may_ask else {}
    for label, table in before.items():
        if isinstance(table, dict):  # nobody is asked for these twice
            given[label] = {**table, **given.get(label, {})}
    network = _network(given)
    if call.may_ask:
        return Interview(call, site, network, _machine(), kinds(), given, before).held(
            look=look
        )
    _complete(given, but=("name",) if look else ())
    url = str(given["url"])
    seen = Seen(url)
    if look:
        call.say("looking", T("looking at {url}", url=url))
        seen = acquainted(url, network)
        for line in seen.told():
            call.say("seen", line)
        if seen.exists is False:
            call.say("unknown", T("nobody on the internet knows {domain}: is it spelled"
                                  " right?", domain=seen.domain))  # fmt: skip
    full = new_site.completed(given, seen, _machine())
    _complete(full)
    return Heard(given, seen)


def _known(site: Path) -> Heard:
    """Return the answers that the settings in *site* are made of, to go on from."""
    config = load(site)
    given = {
        "url": config.shop.url,
        "name": config.shop.name,
        "email": config.contact.email,
        "phone": config.contact.phone,
        "contains": config.primary.contains,
        "languages": list(config.shop.languages),
        "timezone": str(config.shop.timezone.key),
        "hosts": [host.kind for host in config.hosts],
        "provider": answers.NO_PROVIDER,
    }
    return Heard(given, Seen(config.shop.url, exists=True))


def _given(file: Path | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers in *file* and in *options*, which win over it."""
    given = answering.from_file(file) if file else {}
    readers = answers.simple_readers(kinds()) | {"url": interview.shop_address}
    problems = []
    for key in answers.ORDER:
        value = options.get(key)
        if value is None or value == ():
            continue
        value = _each(value) if key in _LISTS else value
        try:
            read = readers[key](value)
        except values.Wrong as wrong:
            problems.append(_problem(f"--{_LISTS.get(key, key)}", wrong))
        else:
            given[key] = read if key == "url" else value
    for word in options["settings"]:
        try:
            label, key, value = answers.one(word, kinds())
        except values.Wrong as wrong:
            problems.append(_problem("--set", wrong))
        else:
            given.setdefault(label, {})[key] = value
    if problems:
        raise ConfigError(problems)
    return given


def _problem(option: str, wrong: values.Wrong) -> Problem:
    """Return *wrong* as the complaint about an *option*."""
    return Problem(option, 0, wrong.what, wrong.remedy, wrong.mended)


def _network(given: Mapping[str, Any]) -> Network:
    """Return the network that the look goes through."""
    table = dict(given.get(answers.NETWORK, {}))
    readers = answers.table_readers(answers.NETWORK, kinds())
    return Network(**{key: readers[key](value) for key, value in table.items()})


def _complete(given: Mapping[str, Any], but: Sequence[str] = ()) -> None:
    """Raise ``UsageError`` with every option that is missing, for nobody is there."""
    missing = [f"--{key}" for key in _NEEDED if key not in given and key not in but]
    if missing:
        raise UsageError(
            T("a new site needs more answers, and nobody is there to ask"),
            next=T("give: {option}", option=" ".join(missing)),
        )


def _each(words: Sequence[str]) -> list[str]:
    """Return each word; ``--language pl,en`` is what people type, too."""
    return [code for given in words for code in given.replace(",", " ").split()]


def _machine() -> Machine:
    """Return what this computer tells about its owner."""
    return Machine(chosen(), _own_timezone())


def _own_timezone() -> str:
    """Return this machine's time zone by its name, or UTC."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _linked()):
        try:
            return str(values.timezone(name).key)
        except values.Wrong:
            continue
    return "UTC"


def _linked() -> str:
    """Return the zone that /etc/localtime leads to, as systemd and macOS keep it."""
    return str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
