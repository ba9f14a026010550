"""``fallback update``: one more sentence for the customers who wait."""

import sys
from collections.abc import Mapping, Sequence

import click
from attrs import evolve

from fallback.actions import update as action
from fallback.actions.site import load
from fallback.actions.writing.drafts import Draft
from fallback.actions.writing.ready import Question, Ready, prepared
from fallback.cli.call import Call
from fallback.cli.language import say
from fallback.cli.progress import shown
from fallback.core.errors import ContentError, FallbackError, UsageError
from fallback.core.text import T, Text
from fallback.page.languages import autonym
from fallback.wire.clock import SystemClock

_YES = frozenset(("y", "yes", "t", "tak", "s", "sí", "si", "d", "da"))
"""In the languages of owners; an answer to a question is none, and means no."""


@click.command
@click.argument("text", required=False)
@click.option(
    "--status",
    default="",
    metavar="WORD",
    help="investigating, identified, monitoring, resolved or scheduled",
)
@click.option("--eta", default="", metavar="TIME", help="back at: 14:30, +2h or a date")
@click.option(
    "--next", default="", metavar="TIME", help="next message by: 14:30 or +2h"
)
@click.option("--title", default="", metavar="TEXT", help="a heading")
@click.option(
    "--lang",
    "language",
    default="",
    metavar="CODE",
    help="the language it is written in",
)
@click.option(
    "--template",
    metavar="NAME",
    help="ready sentences: investigating, cause, delay, workaround, partial or back",
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="PLACE=TEXT",
    help='an answer to a template: what="…", what.en="…", since=09:40; may be repeated',
)
@click.option(
    "--say",
    "chosen",
    multiple=True,
    metavar="NAME",
    help="a sentence you can vouch for: orders-safe, refunds …; may be repeated",
)
@click.option("--deploy", is_flag=True, help="publish it at once")
@click.pass_obj
def update(
    call: Call,
    /,
    text: str | None,
    template: str | None,
    answers: tuple[str, ...],
    chosen: tuple[str, ...],
    *,
    deploy: bool,
    **said: str,
) -> action.UpdateResult:
    """Write an update for customers: TEXT, ready sentences, or what you type.

    With - as TEXT it is read from the standard input. Without TEXT and template an
    editor opens. A template asks a few questions, and is written in every language of
    the shop that it is there in; what nobody answers is said by its own neutral
    sentences.
    """
    config, clock = load(call.site), SystemClock()
    words = sys.stdin.read() if text == "-" else text or ""
    if template:
        now = clock.now().astimezone(config.shop.timezone)
        ready = prepared(config, template, said["language"], now)
        drafts = _filled(call, ready, words, answers, chosen, said)
    else:
        _without_template(answers, chosen)
        drafts = (Draft(words or _edited(call), **said),)
    with shown(call) as (say, progress):
        return action.update(
            config, *drafts, publish=deploy, say=say, clock=clock, progress=progress
        )


def _without_template(answers: Sequence[str], chosen: Sequence[str]) -> None:
    if answers or chosen:
        raise UsageError(
            T("--answer and --say belong to ready sentences"),
            next=T("name them: --template cause"),
        )


def _filled(
    call: Call,
    ready: Ready,
    words: str,
    answers: Sequence[str],
    chosen: Sequence[str],
    said: Mapping[str, str],
) -> tuple[Draft, ...]:
    """Return the ready sentences with every answer, typed now where one is missing."""
    given = _answers(answers)
    options = {key: said[key] for key in ("eta", "next") if said[key]}
    given |= options
    if call.may_ask:
        for question in ready.questions(given):
            given[question.key] = _asked(call, ready, question)
        given |= _in_other_languages(call, ready, given)
        chosen = chosen or _choice(call, ready)
    first, *others = ready.drafts(given, chosen, options)
    # what is typed in words is in one language
    first = evolve(first, title=said["title"])
    if words:
        first = evolve(first, text=f"{first.text.rstrip()}\n\n{words}")
    return tuple(evolve(each, status=said["status"]) for each in (first, *others))


def _in_other_languages(
    call: Call, ready: Ready, given: Mapping[str, str]
) -> dict[str, str]:
    """Return the answers in other languages, of a person who has the time for them."""
    questions = list(ready.others(given))
    if not questions:
        return {}
    codes = dict.fromkeys(one.key.partition(".")[2] for one in questions)
    wanted = call.ask(
        T(
            "answer in {languages} too? Without that the neutral sentences stand there"
            " (y/N)",
            languages=", ".join(map(autonym, codes)),
        ),
        instead=T('answer with --answer {key}="…"', key=questions[0].key),
    )
    if wanted.casefold() not in _YES:
        return {}
    return {one.key: _asked(call, ready, one) for one in questions}


def _answers(given: Sequence[str]) -> dict[str, str]:
    """Return ``what=It broke`` by its key; raises ``UsageError`` without a sign."""
    found = {}
    for each in given:
        key, sign, text = each.partition("=")
        if not sign:
            raise UsageError(
                T("{answer} is no answer", answer=each),
                next=T('write: --answer what="…"'),
            )
        found[key.strip().casefold()] = text.strip()
    return found


def _asked(call: Call, ready: Ready, question: Question) -> str:
    """Return what the person types, asked again until it can be used."""
    if question.instead:
        call.say("instead", T("  Enter says: {sentence}", sentence=question.instead))
    while True:
        typed = call.ask(
            question.text,
            instead=T('answer with --answer {key}="…"', key=question.key),
            default=question.usual,
        )
        try:
            ready.judged(question.key, typed)
        except (UsageError, ContentError) as wrong:
            _wrong(call, wrong)
        else:
            return typed


def _wrong(call: Call, wrong: FallbackError) -> None:
    for line in (wrong.what, wrong.next):
        if isinstance(line, Text):
            call.say("wrong_answer", line)


def _choice(call: Call, ready: Ready) -> tuple[str, ...]:
    """Ask which of the sentences that only the owner can vouch for may be said."""
    for name, sentence in ready.choices().items():
        call.say("choice", T("  {name}: {sentence}", name=name, sentence=sentence))
    while True:
        typed = call.ask(
            T("which of these are true and may be said? (names, or Enter for none)"),
            instead=T("name them: --say orders-safe"),
        )
        names = tuple(typed.replace(",", " ").split())
        try:
            ready.chosen(ready.first, names)
        except UsageError as wrong:
            _wrong(call, wrong)
        else:
            return names


def _edited(call: Call) -> str:
    """Return what the person writes in an editor.

    Raises ``UsageError`` where nobody can be asked, or when the editor fails.
    """
    instead = T('write: fallback update "what customers should know"')
    if not call.may_ask:
        raise UsageError(T("an update needs words"), next=instead)
    hint = say(T("write what customers should know, save, and close the editor"))
    try:
        typed = click.edit(f"# {hint}\n", extension=".md")
    except click.ClickException as error:
        raise UsageError(
            T("no editor could be opened: {why}", why=error.format_message()),
            next=instead,
        ) from error
    return "\n".join(line for line in (typed or "").splitlines() if line != f"# {hint}")
