"""``fallback init``: a working site from a few answers."""

import os
from pathlib import Path

import click

from fallback.actions import init as action
from fallback.cli.call import Call
from fallback.core import addresses, values
from fallback.core.starter import PLACEHOLDER, Answers
from fallback.core.text import T, Text
from fallback.core.values import Reader


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
@click.option("--timezone", metavar="ZONE", help="such as Europe/Warsaw")
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="pl, en …; the first is the page's own",
)
@click.pass_obj
def init(
    call: Call,
    /,
    folder: Path | None,
    languages: tuple[str, ...],
    **given: str | None,
) -> action.InitResult:
    """Write a working site into DIR: settings, first words, two places to publish.

    What no option answers is asked. Nothing is ever overwritten.
    """
    answers = Answers(
        **{
            name: _answer(call, given[name], name, question, reader)
            for name, question, reader in _ASKED
        },
        contains=_contains(call, given["contains"]) or PLACEHOLDER,
        timezone=given["timezone"] or _own_timezone(),
        languages=_each(languages) or ("en",),
    )
    return action.init(folder or call.site, answers)


_ASKED: tuple[tuple[str, Text, Reader], ...] = (
    ("name", T("the shop's name"), values.text),
    ("url", T("the shop's address"), addresses.base_url),
    ("email", T("an e-mail address that does not die with it"), addresses.email),
    ("phone", T("a phone number, with the country code"), addresses.phone),
)


def _contains(call: Call, given: str | None) -> str:
    if given is not None or not call.may_ask:
        return given or ""
    question = T("words that only the real shop shows (may be empty for now)")
    return call.ask(question, instead=T("give: {option}", option="--contains"))


def _answer(
    call: Call,
    given: str | None,
    name: str,
    question: Text,
    reader: Reader,
) -> str:
    """Return what was *given*, else what is typed, asked again until it can be used."""
    if given is not None:
        return given
    while True:
        typed = call.ask(question, instead=T("give: {option}", option=f"--{name}"))
        try:
            reader(typed)
        except values.Wrong as wrong:
            call.say("wrong_answer", wrong.what)
            if wrong.remedy:
                call.say("wrong_answer", wrong.remedy)
        else:
            return typed


def _each(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return each language; ``--language pl,en`` is what people type, too."""
    return tuple(
        code for given in languages for code in given.replace(",", " ").split()
    )


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
