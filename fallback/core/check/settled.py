"""Questions that only a person can answer, and for how long the answer counts.

Who holds a login, and where its recovery mail goes, no probe can see. So it is asked,
and asked again when the answer has grown old.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text

COUNTS = timedelta(days=180)
_WORD = "settled:"


@frozen
class Question:
    """What a person is asked, why, and what to do before it can be settled."""

    asks: Text
    why: Text
    first: Text


_LOGIN = "ask-registrar-login"
_AT = T(
    "who can log in at {registrar}, where the domain is registered, and at the DNS"
    " operator"
)

QUESTIONS: Mapping[str, Question] = {
    _LOGIN: Question(
        T("who can log in where the domain is registered, and at the DNS operator"),
        T("on the day somebody has to, and a former employee or agency may be the only"
          " one who can"),
        T("log in at both yourself, and write on the emergency card who can"),
    ),
    "ask-spare-registrar": Question(
        T("whether the spare address is registered at another company than the shop"),
        T("whoever locks you out there, or closes, takes both names at once"),
        T("look at the bills of both, and transfer one of them if they are of one"
          " company"),
    ),
    "ask-recovery-mail": Question(
        T("where the mail goes that resets those passwords"),
        T("if it goes to the shop's own domain, it dies with the shop"),
        T("let it go to an address at another company"),
    ),
    "ask-second-factor": Question(
        T("whether those logins have a second factor, and who holds it"),
        T("whoever steals the password takes the domain; whoever loses the telephone is"
          " locked out"),
        T("switch it on, and keep the recovery codes on paper"),
    ),
    "ask-card-printed": Question(
        T("whether the emergency card is printed and lies where people look"),
        T("what is on the dead server, or on a machine at home, helps nobody at three"
          " in the morning"),
        T("print it, and put one copy outside the shop"),
    ),
}  # fmt: skip
"""By the stable id under which ``check`` asks."""


def word(asked: str) -> str:
    """Return under which word it is remembered that the question *asked* is settled."""
    return f"{_WORD}{asked}"


def settled_findings(
    domain: str,
    dates: Mapping[str, datetime],
    at: datetime,
    known: Collection[str] = (),
    registrar: str = "",
) -> Iterator[Finding]:
    """Yield the questions that nobody has settled, or not for a long time.

    To those that are *known* the answer was seen, or there is nothing to ask. The
    *registrar* is called by name where its registry says it.
    """
    for asked, question in QUESTIONS.items():
        when = dates.get(word(asked))
        if asked in known:
            continue
        asks = question.asks
        if asked == _LOGIN and registrar:
            asks = _AT.with_values(registrar=registrar)
        if when is not None and at - when < COUNTS:
            continue
        yield Finding(
            asked,
            Severity.INFO,
            domain,
            T("only you know: {question}", question=asks)
            if when is None
            else T("you settled it on {day}, look again: {question}",
                   day=f"{when:%F}", question=asks),
            question.why,
            T("{first}; then: fallback check --settled {id}",
              first=question.first, id=asked),
        )  # fmt: skip
