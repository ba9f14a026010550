"""``fallback init``: a working site from a few answers."""

import os
from collections.abc import Mapping
from pathlib import Path

import click
from attrs import frozen

from fallback.actions import init as action
from fallback.cli.call import Call
from fallback.cli.language import chosen
from fallback.core import addresses, values
from fallback.core.errors import UsageError
from fallback.core.starter import PLACEHOLDER, READY, Answers
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
    help="pl, en …; the first is the page's own (default: the one you read)",
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
    if not call.may_ask:
        _complete(given)
    answers = Answers(
        **{each.option: _answer(call, given[each.option], each) for each in _NEEDED},
        contains=_answer(call, given["contains"], _CONTAINS) or PLACEHOLDER,
        timezone=_answer(call, given["timezone"], _TIMEZONE, _own_timezone()),
        languages=_each(
            languages or (_answer(call, None, _LANGUAGES, _own_language()),)
        ),
        workers=(),
    )
    return action.init(folder or call.site, answers, look=True, say=call.say)


@frozen
class _Question:
    """What is asked, the option that answers it, and what can be used as an answer."""

    option: str
    text: Text
    reader: Reader


def _languages(typed: str) -> None:
    for code in _each((typed,)):
        values.language(code)


_NEEDED = (
    _Question("name", T("the shop's name"), values.text),
    _Question("url", T("the shop's address"), addresses.base_url),
    _Question(
        "email",
        T("an e-mail address that does not die with the shop"),
        addresses.email,
    ),
    _Question("phone", T("a phone number, with the country code"), addresses.phone),
)
_CONTAINS = _Question(
    "contains", T("words that only the real shop shows (may be empty for now)"), str
)
_TIMEZONE = _Question("timezone", T("the shop's time zone"), values.timezone)
_LANGUAGES = _Question(
    "language",
    T("the page's languages, such as pl, en; the first is its own"),
    _languages,
)


def _complete(given: Mapping[str, str | None]) -> None:
    """Raise ``UsageError`` with every option that is missing, for nobody is there."""
    missing = [f"--{q.option}" for q in _NEEDED if given[q.option] is None]
    if missing:
        raise UsageError(
            T("a new site needs more answers, and nobody is there to ask"),
            next=T("give: {option}", option=" ".join(missing)),
        )


def _answer(call: Call, given: str | None, asked: _Question, usual: str = "") -> str:
    """Return what was *given*, else what is typed, asked again until it can be used.

    Enter takes what is offered: the *usual*, or what was probably meant. Where nobody
    can be asked the answer is the *usual*.
    """
    if given is not None or not call.may_ask:
        return given or usual
    instead = T("give: {option}", option=f"--{asked.option}")
    while True:
        typed = call.ask(asked.text, instead=instead, default=usual)
        try:
            asked.reader(typed)
        except values.Wrong as wrong:
            usual = wrong.mended.strip('"') or usual
            call.say("wrong_answer", wrong.what)
            if wrong.remedy and not wrong.mended:
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


def _own_language() -> str:
    """Return the language that the owner reads, if there are ready words in it."""
    return chosen() if chosen() in READY else "en"


def _linked() -> str:
    """Return the zone that /etc/localtime leads to, as systemd and macOS keep it."""
    return str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
