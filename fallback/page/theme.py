"""A theme: how the page looks. Its files are values here; nothing is read from disk.

Themes may be strangers' work. They run in Jinja's immutable sandbox with autoescaping
that they cannot switch off for other files, they are given strings, numbers, lists and
dictionaries only, they can include nothing but their own files, and what comes out is
looked at before it may become a page.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from attrs import field, frozen
from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from fallback.core.errors import ContentError
from fallback.core.publishing import is_our_page
from fallback.core.text import T, Text

PAGE = "page.html"
STYLE = "style.css"

_TAG = re.compile(r"<([a-zA-Z][^\s/>]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE = re.compile(
    r"([^\s=\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?"
)
_RUNS_OR_ASKS = (
    "applet audio base button embed fieldset form frame frameset iframe input math"
    " object option portal script select source svg textarea track video"
)
_FORBIDDEN = frozenset(_RUNS_OR_ASKS.split())
_FETCHED = frozenset(
    {
        "src",
        "srcset",
        "background",
        "poster",
        "data",
        "ping",
        "action",
        "formaction",
        "style",
    }
)
_REMOTE_STYLE = re.compile(
    r"@import|url\s*\(|image-set|expression\s*\(|</|\\", re.IGNORECASE
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@frozen
class Theme:
    """The files of one theme folder, by their name in it, and our own live script."""

    name: str
    files: Mapping[str, str]
    script: str = field(default="", repr=False)


class Sheet:
    """A theme, ready to render. Raises ``ContentError`` when it cannot be used.

    ``policy`` is the Content-Security-Policy of every page that it renders; ``made_of``
    differs when anything does that the theme brings into a page.
    """

    def __init__(self, theme: Theme, *, structured: str = "", feeds: str = "") -> None:
        """Compile *theme*.

        *structured* is the JSON-LD of every page; *feeds* is the origin that open pages
        ask for news, besides their own.
        """
        self.name = theme.name
        self.made_of = _print_of(theme, structured, feeds)
        self._script = theme.script
        self._structured = structured
        for name in (PAGE, STYLE):
            if name not in theme.files:
                raise self._wrong(T("{file} is missing", file=name))
        self.style = _slim(theme.files[STYLE])
        remote = _REMOTE_STYLE.search(self.style)
        if remote:
            raise self._wrong(T("its style loads something: {seen}", seen=remote[0]))
        scripts = [_source_hash(each) for each in (theme.script, structured) if each]
        self.policy = "; ".join(
            (
                "default-src 'none'",
                *([f"script-src {' '.join(scripts)}"] if scripts else ()),
                f"style-src {_source_hash(self.style)}",
                *([f"connect-src 'self' {feeds}".rstrip()] if theme.script else ()),
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )
        environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(dict(theme.files)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        try:
            self._template = environment.get_template(PAGE)
        except TemplateError as error:
            raise self._broken(error) from None

    def render(self, view: Mapping[str, Any]) -> bytes:
        """Return the page that shows *view*.

        Raises ``ContentError`` when the theme fails, does what no page may do, or
        leaves out the policy or the mark by which the page is known as ours.
        """
        try:
            page = self._template.render(
                **view,
                style=self.style,
                policy=self.policy,
                script=self._script,
                structured=self._structured,
            )
        except (
            TemplateError,
            ValueError,
            TypeError,
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
        ) as error:
            raise self._broken(error) from None
        danger = _danger(self._without_ours(page, view))
        if danger:
            raise self._wrong(T("it puts {seen} into the page", seen=danger))
        body = page.encode()
        if self.policy not in page and escape(self.policy) not in page:
            raise self._wrong(T("its page leaves out {part}", part="policy"))
        if not is_our_page(body):  # hosts and gates know the page by it
            raise self._wrong(T("its page leaves out {part}", part="generator"))
        return body

    def _without_ours(self, page: str, view: Mapping[str, Any]) -> str:
        """Return *page* without what runs or asks in it because we made it so."""
        ours = [
            f"<script>{self._script}</script>",
            f'<script type="application/ld+json">{self._structured}</script>',
        ]
        if controls := view.get("controls"):
            ours.append(controls)
        for part in ours:
            page = page.replace(part, "\n", 1)
        return page

    def _broken(self, error: Exception) -> ContentError:
        line = getattr(error, "lineno", None)
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        return self._wrong(
            T("{error} (line {line})", error=said, line=line)
            if line
            else T("{error}", error=said)
        )

    def _wrong(self, why: Text) -> ContentError:
        return ContentError(
            T("the theme {name} cannot be used: {why}", name=self.name, why=why),
            customers_see=T("no change: what is published stays"),
            next=T('mend it, or write theme = "plain" below [shop]'),
        )


def _slim(style: str) -> str:
    """Return *style* without comments and indentation: bytes that nobody reads."""
    lines = (line.strip() for line in _COMMENT.sub("", style).split("\n"))
    return "\n".join(line for line in lines if line)


def _print_of(theme: Theme, *more: str) -> str:
    """Return a text that differs when anything that *theme* is made of does."""
    parts = [theme.name, sorted(theme.files.items()), theme.script, *more]
    return sha256(repr(parts).encode()).hexdigest()


def _source_hash(text: str) -> str:
    """Return the CSP source expression for an inline *text* (CSP level 3)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _danger(page: str) -> str:
    """Return the first thing in *page* that runs, asks or fetches; ``""`` if none.

    The words in a page are sanitised before; this looks at what a theme adds.
    """
    for found in _TAG.finditer(page):
        tag = found[1].lower()
        if tag in _FORBIDDEN:
            return f"<{tag}>"
        attributes = _attributes(found[2])
        for name, value in attributes.items():
            if name.startswith("on") or name in _FETCHED:
                return f"<{tag} {name}>"
            if re.match(
                r"(?:javascript|data|vbscript):", value.strip(), re.IGNORECASE
            ) and (tag != "link"):
                return f"<{tag} {name}={value[:20]}>"
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            return "<meta http-equiv=refresh>"
        if tag == "link" and not _harmless_link(attributes):
            return f"<link rel={attributes.get('rel', '')}>"
    return ""


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): found[2] or found[3] or found[4] or ""
        for found in _ATTRIBUTE.finditer(text)
    }


def _harmless_link(attributes: Mapping[str, str]) -> bool:
    rel, target = attributes.get("rel", "").lower(), attributes.get("href", "")
    if rel == "icon":
        return target.startswith("data:image/")
    return rel == "alternate"
