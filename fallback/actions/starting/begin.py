"""The end of the wizard: the site is written, checked, and its card lies ready."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from attrs import evolve, frozen

from fallback.actions import card as emergency
from fallback.actions.check import CheckResult, check
from fallback.actions.init import init
from fallback.actions.site import load
from fallback.actions.starting import answering
from fallback.actions.starting.begun import InitResult
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.result import Talk
from fallback.core.text import Sayable, T
from fallback.core.wizard.forms import Tongue
from fallback.core.wizard.offers import NOWHERE
from fallback.core.wizard.proposals import Seen
from fallback.core.wizard.starter import Answers
from fallback.page.sheets.kit import CARD_FILE

PATIENCE = timedelta(seconds=20)


@frozen
class Ending:
    """What follows when the site is written; ``speak`` says it to the card's reader."""

    now: datetime
    check: bool = True
    card: bool = True
    speak: Callable[[Sayable], str] = str
    language: str = "en"
    burning: bool = False


def begin(
    folder: Path, answers: Answers, seen: Seen, ending: Ending, say: Talk
) -> InitResult:
    """Write the site of *answers*, then check it and write its card, as *ending* says.

    What cannot be checked or printed costs nothing else: it is told, and the site is
    there. Raises what ``init`` does.
    """
    tongue = Tongue(ending.language, ending.speak)
    result = init(folder, answers, robots=seen.robots, tongue=tongue)
    answering.forget(result.site)
    result = evolve(result, seen=seen, burning=ending.burning)
    if ending.burning:
        return result
    config = load(result.site)
    if ending.check:
        result = evolve(result, checked=_checked(config, seen, ending, say))
    if ending.card:
        result = evolve(result, card=_printed(config, ending, say))
    return result


def _printed(config: Config, ending: Ending, say: Talk) -> Path | None:
    """Return where the emergency card is; one that is there already stays."""
    out = config.root / CARD_FILE
    if out.exists():
        return out
    try:
        emergency.card(
            config,
            now=ending.now,
            speak=ending.speak,
            language=ending.language,
            out=out,
            say=say,
            ask=ending.check and all(t.target != NOWHERE for t in config.dns),
        )
    except FallbackError as error:
        say("no_card", T("the card could not be written: {why}", why=error.what))
        return None
    return out


def _checked(
    config: Config, seen: Seen, ending: Ending, say: Talk
) -> CheckResult | None:
    """Return what ``check`` finds; ``None``, and a sentence, when nobody answers."""
    if seen.up is None and seen.exists is None:
        say("not_checked", T("nobody answers from here: when you are connected again,"
                             " run fallback check"))  # fmt: skip
        return None
    try:
        return check(config, now=ending.now, say=say, deadline=PATIENCE)
    except FallbackError as error:
        say("not_checked", T("it could not be checked: {why}", why=error.what))
        return None
