"""Where templates run: Jinja's immutable sandbox, and nothing outside of it.

A theme's files see strings, numbers, lists and dictionaries only, can include nothing
but each other, and cannot switch off the escaping of what is filled in.
"""

import re
from collections.abc import Iterator, Mapping
from types import CodeType, TracebackType
from typing import Any

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fallback.page import filling
from fallback.page.filling import PAGE, Broken

MOST_LETTERS = 4_000_000
"""What one page may hold: several times the longest log that is ever shown on one."""

_KNOWN = (
    "call concat eval_ctx exported_vars filters getattr getitem resolve_or_missing"
    " undefined vars"
)
_ASKED = frozenset(_KNOWN.split())
"""What a compiled page may ask its environment and context for."""


class TooLong(Exception):
    """Somebody's patience with a template is at an end; raised from outside."""


_WRONG_IN_A_TEMPLATE = (
    TemplateError,
    TooLong,
    ValueError,
    TypeError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    MemoryError,
)


class Sandbox:
    """The template ``page.html`` of *files*, ready to be filled in.

    Making and calling it raise ``Broken``.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        """Compile the template."""
        try:
            self._template = environment_of(files).get_template(PAGE)
        except _WRONG_IN_A_TEMPLATE as error:
            raise _broken(error) from None

    def __call__(self, view: Mapping[str, Any]) -> str:
        """Return the page that shows *view*."""
        made: list[str] = []
        size = 0
        try:
            for part in self._template.generate(**view):
                made.append(part)
                size += len(part)
                if size > MOST_LETTERS:
                    raise Broken(f"the page has more than {MOST_LETTERS} letters", PAGE)
            return "".join(made)
        except _WRONG_IN_A_TEMPLATE as error:
            raise _broken(error) from None


def environment_of(files: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """Return where the templates among *files* run."""

    def load(name: str) -> tuple[str, str, None] | None:
        return (files[name], name, None) if name in files else None

    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    del environment.globals["lipsum"]  # a thousand paragraphs for one word
    return environment


def compiled(source: str) -> str | None:
    """Return the Python module that fills in our page *source*, for installation.

    ``None`` when it would need more than ``fallback.page.filling`` provides.
    """
    environment = environment_of({PAGE: source})
    code = environment.compile(source, PAGE, PAGE, raw=True, defer_init=True)
    (line,) = re.findall(r"^from jinja2.runtime import .*$", code, re.MULTILINE)
    rest = code.replace(line, "")
    imported = line.split("import ")[1].split(", ")
    wanted = {name for name in imported if re.search(rf"\b{name}\b", rest)}
    filters = set(re.findall(r"environment\.filters\['(\w+)'\]", rest))
    asked = set(re.findall(r"\b(?:environment|context)\.(\w+)", rest))
    if (
        wanted - set(filling.PROVIDED)
        or filters - set(filling.environment.filters)
        or asked - _ASKED
        or set(re.findall(r"resolve\('(\w+)'\)", rest)) & set(environment.globals)
        or "cond_expr_undefined(" in rest
    ):
        return None
    names = ", ".join(sorted({*wanted, "environment"}))
    ours = f"from {filling.__name__} import {names}"
    made_of = f"MADE_OF = {filling.fits(source)!r}"
    return f"# mypy: ignore-errors\n{ours}\n{made_of}\n{rest}\n"


def _broken(error: BaseException) -> Broken:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    error = _interruption(error) or error
    if isinstance(error, MemoryError):
        said = "it needs too much memory"
    elif isinstance(error, TooLong):
        said = "it takes too long"
    elif isinstance(error, TemplateNotFound):
        said = f"there is no file {error.name} in it"
    file, line = _place(error.__traceback__)
    return Broken(
        said,
        getattr(error, "filename", None) or file,
        getattr(error, "lineno", None) or line,
    )


def _interruption(error: BaseException | None) -> BaseException | None:
    """Return the ``TooLong`` that *error* is, or that it came from while it was told.

    It may come where the compiled code has no line, and Jinja stumbles over that.
    """
    while error and not isinstance(error, TooLong):
        error = error.__context__
    return error


def _place(trace: TracebackType | None) -> tuple[str, int]:
    """Return the innermost line of a template, as far as the traceback knows it."""
    found = ("", 0)
    while trace:
        known, code = trace.tb_frame.f_globals, trace.tb_frame.f_code
        if "__jinja_exception__" in known:  # Jinja has put the line in itself
            found = (code.co_filename, trace.tb_lineno)
        elif template := known.get("__jinja_template__"):
            at = next(_lines(code, trace.tb_lasti), code.co_firstlineno)
            found = (template.filename, template.get_corresponding_lineno(at))
        trace = trace.tb_next
    return found


def _lines(code: CodeType, instruction: int) -> Iterator[int]:
    """Yield the lines that begin at or before *instruction*, the nearest first."""
    starts = [(start, line) for start, _, line in code.co_lines() if line]
    yield from (line for start, line in reversed(starts) if start <= instruction)
