"""The author's preview: the page in a frame, its states and languages, what to mend.

Nobody but the author ever gets it. It says which state is made up; the framed page says
nothing of the kind, so that it looks as a customer will see it.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from attrs import evolve, field, frozen

from fallback.core.errors import Problem
from fallback.core.findings import Finding
from fallback.core.model import Status
from fallback.core.text import Sayable, T, Text
from fallback.page.bidi import direction
from fallback.page.languages import AUTONYMS
from fallback.page.sheets import scene
from fallback.page.sheets.scene import Scene

PATH = "/_fallback/preview"
"""Where it is served; the shop has nothing below ``/_fallback/``."""
CHANGES = f"{PATH}/changes"
"""Answers as soon as there is something newer than ``?after=`` to show."""

Speak = Callable[[Sayable], str]

_LOOKS = ("auto", "light", "dark")
_WIDTHS = ("phone", "desktop")
_AS_WRITTEN = T("as written")
_SAID: Mapping[str, Text] = {
    "known": T("known"),
    "unknown": T("unknown"),
    "passed": T("passed"),
    "auto": T("as the browser says"),
    "light": T("light"),
    "dark": T("dark"),
    "phone": T("phone"),
    "desktop": T("desktop"),
}
_STATES: Sequence[tuple[Sayable, Status | None, bool]] = (
    (_AS_WRITTEN, None, False),
    (Status.SCHEDULED.value, Status.SCHEDULED, False),
    (T("scheduled, and begun"), Status.SCHEDULED, True),
    *((each.value, each, False) for each in Status if each is not Status.SCHEDULED),
)
"""In the order in which they come true."""
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_OWN_LINK = re.compile(r'(\s[\w-]+="/(?:_fallback/[^"?#]*)?)(?=[#"])')
_FEED = re.compile(r'data-feed="[^"]*(/_fallback/[^"]*)"')


@frozen
class Choice:
    """What the author looks at: a scene, a language, a width, light or dark."""

    scene: Scene = field(factory=Scene)
    language: str = ""
    width: str = "phone"
    look: str = "auto"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Choice":
        """Return the choice that *query* holds; what is unknown is the default."""
        width, look = query.get("width", ""), query.get("look", "")
        return cls(
            Scene.read(query.get("state", scene.AS_WRITTEN)) or Scene(),
            query.get("lang", ""),
            width if width in _WIDTHS else "phone",
            look if look in _LOOKS else "auto",
        )

    @property
    def href(self) -> str:
        """Return the preview's address with this choice."""
        query = {
            "state": "" if self.scene == Scene() else self.scene.words,
            "lang": self.language,
            "width": "" if self.width == "phone" else self.width,
            "look": "" if self.look == "auto" else self.look,
        }
        said = urlencode({key: one for key, one in query.items() if one}, safe=",")
        return f"{PATH}?{said}" if said else PATH

    def framed(self, default: str) -> str:
        """Return the address of the page to show; *default* is its first language."""
        shown = self.language and self.language != default
        path = f"/_fallback/{self.language}.html" if shown else "/"
        return path + query_of(self.scene, self.look)


def query_of(shown: Scene, look: str) -> str:
    """Return the query that asks for a page in this scene, light or dark."""
    return f"?state={shown.words}" + ("" if look == "auto" else f"&look={look}")


@frozen
class Group:
    """Things to mend under one heading; ``tone`` is ``bad``, ``warn`` or ``note``.

    Notes are worth a thought and wait for nobody: they are not counted.
    """

    heading: Text
    tone: str
    problems: Sequence[Problem | Finding]


@frozen
class Shown:
    """What the preview shows beside the choice.

    ``languages`` are those that have a page, the page's own first. ``broken`` says why
    the last good page is still shown, and ``at`` since when it has been like this.
    """

    shop: str
    languages: Sequence[str]
    address: str
    at: str
    number: int
    groups: Sequence[Group] = ()
    broken: Sayable | None = None


@frozen
class Sheet:
    """The preview's template (Jinja), style and script, as they are shipped."""

    template: str = field(repr=False)
    style: str = field(repr=False)
    script: str = field(repr=False)

    @property
    def policy(self) -> str:
        """Return the Content-Security-Policy for the header (CSP level 3)."""
        return (
            f"default-src 'none'; style-src '{_hashed(self.style)}';"
            f" script-src '{_hashed(self.script)}'; connect-src 'self';"
            " frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'"
        )

    def page(self, shown: Shown, choice: Choice, speak: Speak, lang: str) -> bytes:
        """Return the preview of *choice*, in the author's language *lang*."""
        # only who previews waits for the template engine to load
        from jinja2 import Environment, StrictUndefined

        template = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        ).from_string(self.template)
        view = _view(shown, choice, speak)
        page = template.render(
            **view, style=self.style, script=self.script, lang=lang, dir=direction(lang)
        )
        return page.encode()


def _view(shown: Shown, choice: Choice, speak: Speak) -> dict[str, Any]:
    return {
        "title": speak(T("preview of {shop}", shop=shown.shop)),
        "choices_label": speak(T("what to show")),
        "choices": [
            {
                "name": speak(name),
                "links": [_link(text, to, choice, speak) for text, to in links],
            }
            for name, links in _choices(shown, choice)
        ],
        "frame": _frame(shown, choice, speak),
        "number": shown.number,
        "changes": CHANGES,
        "lost": speak(T("the preview was stopped; start it again: fallback serve")),
        "no_script": speak(T("without script, load this page again after an edit")),
        **_beside(shown, speak),
    }


def _frame(shown: Shown, choice: Choice, speak: Speak) -> dict[str, str]:
    src = choice.framed(shown.languages[0])
    words = choice.scene.words.replace(",", ", ")
    made_up = T("made up for this preview: {words}", words=words)
    return {
        "src": src,
        "width": choice.width,
        "title": speak(T("the page as customers see it")),
        "made_up": speak(made_up) if choice.scene != Scene() else "",
        "open": speak(T("open it alone")),
        "address": shown.address.rstrip("/") + src,
    }


def _beside(shown: Shown, speak: Speak) -> dict[str, Any]:
    count = sum(len(each.problems) for each in shown.groups if each.tone != "note")
    return {
        "mend": speak(T("what to mend")),
        "standing": _standing(shown, count, speak),
        "tone": "bad" if shown.broken else "warn" if count else "good",
        "broken": speak(shown.broken) if shown.broken else "",
        "broken_heading": speak(T("the last good page stays")),
        "mended_label": speak(T("this would be right")),
        "groups": [
            {
                "heading": speak(group.heading),
                "tone": group.tone,
                "problems": [_problem(each, speak) for each in group.problems],
            }
            for group in shown.groups
            if group.problems
        ],
    }


def _standing(shown: Shown, count: int, speak: Speak) -> str:
    if shown.broken:
        return speak(T("{at}: this edit cannot be used yet", at=shown.at))
    if count:
        return speak(T("{at}: things to look at: {count}", at=shown.at, count=count))
    return speak(T("{at}: nothing to mend", at=shown.at))


def _choices(
    shown: Shown, choice: Choice
) -> Iterator[tuple[Text, list[tuple[Sayable, Choice]]]]:
    """Yield each group of links: its name, and what each of them leads to."""
    now = choice.scene

    def to(**changes: Any) -> Choice:
        return evolve(choice, scene=evolve(now, **changes))

    states = [(text, to(status=state, begun=begun)) for text, state, begun in _STATES]
    yield T("state"), states
    etas = [(_SAID[each], to(eta=each)) for each in scene.ETAS]
    yield T("expected end"), [(_AS_WRITTEN, to(eta="")), *etas]
    counts = [(str(each), to(messages=each)) for each in scene.MESSAGES]
    yield T("messages"), [(_AS_WRITTEN, to(messages=0)), *counts]
    first = shown.languages[0]
    yield (
        T("language"),
        [
            (
                AUTONYMS.get(each, each),
                evolve(choice, language="" if each == first else each),
            )
            for each in shown.languages
        ],
    )
    yield T("size"), [(_SAID[w], evolve(choice, width=w)) for w in _WIDTHS]
    yield T("colours"), [(_SAID[look], evolve(choice, look=look)) for look in _LOOKS]


def _link(text: Sayable, to: Choice, now: Choice, speak: Speak) -> dict[str, Any]:
    return {"text": speak(text), "href": to.href, "current": to == now}


def _problem(problem: Problem | Finding, speak: Speak) -> dict[str, str]:
    if isinstance(problem, Finding):
        return {
            "place": problem.subject,
            "what": speak(problem.seen),
            "why": speak(problem.why),
            "remedy": speak(problem.remedy),
            "mended": "",
        }
    return {
        "place": problem.place,
        "what": speak(problem.what),
        "why": "",
        "remedy": speak(problem.remedy) if problem.remedy else "",
        "mended": problem.mended,
    }


def framed(body: bytes, shown: Scene, look: str) -> bytes:
    """Return the page *body* for a frame: its own links stay in this scene and light.

    Its news come from here too, not from a status address that may be in use.
    """
    page = _FEED.sub(r'data-feed="\1"', body.decode())
    query = query_of(shown, look).replace("&", "&amp;")
    page = _OWN_LINK.sub(rf"\g<1>{query}", page)
    return (page if look == "auto" else _lit(page, look)).encode()


def _lit(page: str, look: str) -> str:
    """Return *page* as a browser shows it that prefers *look*, whatever this one does.

    No browser tells a frame another preference than its own. So the style's questions
    are answered in it, and the policy gets the hash of that style.
    """
    found = _STYLE.search(page)
    if not found:
        return page
    other = "light" if look == "dark" else "dark"
    style = re.sub(rf"\(prefers-color-scheme:\s*{look}\)", "(min-width: 0)", found[1])
    style = re.sub(rf"\(prefers-color-scheme:\s*{other}\)", "(max-width: 0)", style)
    style = re.sub(r"color-scheme:\s*light dark", f"color-scheme: {look}", style)
    page = page.replace(_hashed(found[1]), _hashed(style)).replace(found[1], style)
    return page.replace(
        '<meta name="color-scheme" content="light dark">',
        f'<meta name="color-scheme" content="{look}">',
    )


def _hashed(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
