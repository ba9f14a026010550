"""Where templates run: Jinja's immutable sandbox, and nothing outside of it.

A theme's files see strings, numbers, lists and dictionaries only, can include nothing
but each other, and cannot switch off the escaping of what is filled in.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib import import_module
from types import CodeType, TracebackType
from typing import Any

import jinja2
from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

PAGE = "page.html"
COMPILED = "compiled_page"
"""The module beside this one that our own page was made into when we were installed."""
MOST_LETTERS = 4_000_000
"""What one page may hold: several times the longest log that is ever shown on one."""


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


class Broken(Exception):
    """A template cannot be used: ``why``, and where if that is known."""

    def __init__(self, why: str, file: str = "", line: int = 0) -> None:
        """Say *why*; *line* counts from 1."""
        super().__init__(why)
        self.why, self.file, self.line = why, file, line


class _Environment(ImmutableSandboxedEnvironment):
    """Looks in a dictionary for what a view has put there, and only then further.

    Jinja asks the other way round, and each key of a view would cost an exception.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class Sandbox:
    """The template ``page.html`` of *files*, ready to be filled in.

    Making and calling it raise ``Broken``. ``ours``: it is the page that we ship.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        """Compile the template, unless it is our own, and was compiled before."""
        environment = environment_of(files)
        ours = _compiled(files)
        self.ours = ours is not None
        try:
            self._template = (
                environment.template_class.from_module_dict(
                    environment, ours, environment.make_globals(None)
                )
                if ours
                else environment.get_template(PAGE)
            )
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


def environment_of(files: Mapping[str, str]) -> _Environment:
    """Return where the templates among *files* run."""

    def load(name: str) -> tuple[str, str, None] | None:
        return (files[name], name, None) if name in files else None

    environment = _Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    del environment.globals["lipsum"]  # a thousand paragraphs for one word
    return environment


def compiled(source: str) -> str:
    """Return the Python module that fills in the page *source*, for installation.

    Compiling it anew takes a fifth of a usual build. ``MADE_OF`` tells what it is good
    for: another page or another Jinja is compiled when it is needed.
    """
    environment = environment_of({PAGE: source})
    code = environment.compile(source, PAGE, PAGE, raw=True, defer_init=True)
    return f"# mypy: ignore-errors\nMADE_OF = {_made_of(source)!r}\n{code}\n"


def _compiled(files: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the namespace of the module that ``compiled`` made, if it fits *files*."""
    try:
        module = import_module(f"{__package__}.{COMPILED}")
    except ImportError:
        return None
    made_of = _made_of(files.get(PAGE, ""))
    return vars(module) if made_of and made_of == module.MADE_OF else None


def _made_of(source: str) -> list[str]:
    # not asked where it is computed: that reads the metadata of all packages
    version = vars(jinja2).get("__version__")
    return [sha256(source.encode()).hexdigest(), version] if version else []


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
