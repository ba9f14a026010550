"""The outlook of a shop as one page to share and to print, in the owner's language.

Complete in itself: no script, nothing from anybody else, no cookie. Whatever servers
said about themselves is filled in as text, never as markup.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from fallback.core.findings import HEADINGS, Finding, Severity
from fallback.core.outlook.grades import Grade
from fallback.core.outlook.outlook import (
    MOVED,
    THAT_SATURDAY,
    WHO_HOLDS_WHAT,
    Outlook,
)
from fallback.core.text import Sayable, T
from fallback.page.bidi import direction

_MARK = b'<meta name="generator" content="fallback check">'


def is_outlook(body: bytes) -> bool:
    """Return whether *body* is such a page: its generator says so."""
    return _MARK in body


Speak = Callable[[Sayable], str]


@frozen
class Sheet:
    """The page's template (Jinja) and style, as they are shipped."""

    template: str = field(repr=False)
    style: str = field(repr=False)

    @property
    def policy(self) -> str:
        """Return the Content-Security-Policy of the page (CSP level 3)."""
        digest = b64encode(sha256(self.style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
            " base-uri 'none'; form-action 'none'"
        )

    def page(self, outlook: Outlook, shop: str, speak: Speak, lang: str) -> bytes:
        """Return the page about *shop*, in the owner's language *lang*."""
        # only who wants a page waits for the template engine to load
        from jinja2 import Environment, StrictUndefined

        template = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ).from_string(self.template)
        page = template.render(
            **_view(outlook, shop, speak),
            style=self.style,
            policy=self.policy,
            lang=lang,
            dir=direction(lang),
        )
        return page.encode()


def _unless_shop(found: Finding, outlook: Outlook) -> str:
    about = outlook.about(found)
    return "" if about == outlook.seen.shown else about


def _group(
    severity: Severity, found: Sequence[Finding], outlook: Outlook, speak: Speak
) -> dict[str, Any]:
    return {
        "heading": speak(HEADINGS[severity]),
        "tone": severity.value,
        "findings": [
            {
                "about": _unless_shop(each, outlook),
                "seen": speak(each.seen),
                "why": speak(each.why),
                "remedy": speak(each.remedy),
            }
            for each in found
        ],
    }


def _view(outlook: Outlook, shop: str, speak: Speak) -> dict[str, Any]:
    at = outlook.seen.at
    return {
        "shop": shop,
        "title": speak(
            T("{shop}: what if its hoster dies on Saturday at eleven?", shop=shop)
        ),
        "question": speak(T("what if its hoster dies on Saturday at eleven?")),
        "grade": outlook.grade.value,
        "grade_label": speak(T("grade, from A to F")),
        "grades": [each.value for each in Grade],
        "verdict": speak(outlook.verdict),
        "next_label": speak(T("the one next thing")),
        "next": speak(outlook.next),
        "story_label": speak(THAT_SATURDAY),
        "story": [
            {
                "clock": speak(clock),
                "texts": [speak(moment.text) for moment in moments],
            }
            for clock, moments in outlook.hours()
        ],
        "holders_label": speak(WHO_HOLDS_WHAT),
        "holders": [
            {"label": speak(label), "who": speak(who)}
            for label, who in outlook.holders()
        ],
        "lead_label": speak(MOVED),
        "lead": [speak(line) for line in outlook.lead()],
        "groups": [
            _group(severity, found, outlook, speak)
            for severity in Severity
            if (found := [f for f in outlook.findings if f.severity is severity])
        ],
        "made": speak(
            T(
                "seen on {day} at {hour} UTC in public DNS, TLS and HTTP alone; nobody"
                " logged in anywhere, and what is not public is not in here",
                day=f"{at:%Y-%m-%d}",
                hour=f"{at:%H:%M}",
            )
        ),
    }
