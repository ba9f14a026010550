"""Fills in our own page with what its compiled module needs, and nothing of Jinja.

Loading Jinja and compiling the page takes a quarter of a usual build. So the plain page
is made into a Python module when the package is installed (``sandbox.compiled``), and
that module finds here the few things that it takes from Jinja, each as Jinja defines
it. A module that needs more is never made; then Jinja fills in, as it does every other
theme. Our own page needs no sandbox: it is as trusted as the code around it.

Nothing is imported here that an installation has not got before it is finished.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib import import_module
from typing import Any, NoReturn

import markupsafe
from markupsafe import Markup

PAGE = "page.html"
COMPILED = "compiled_page"
"""The module beside this one that our own page is made into."""

PROVIDED = (
    "Macro", "Markup", "TemplateRuntimeError", "Undefined", "environment", "escape",
    "internalcode", "missing",
)  # fmt: skip
"""What a compiled page may take from here in Jinja's stead."""


class Broken(Exception):
    """A template cannot be used: ``why``, and where if that is known."""

    def __init__(self, why: str, file: str = "", line: int = 0) -> None:
        """Say *why*; *line* counts from 1."""
        super().__init__(why)
        self.why, self.file, self.line = why, file, line


class _Missing:
    """What a name stands for that nothing was given to."""


missing = _Missing()
escape = markupsafe.escape
TemplateRuntimeError = LookupError


def internalcode(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function*: Jinja marks with it what no traceback shows."""
    return function


class Undefined:
    """What is not there: to use it is an error, as with Jinja's StrictUndefined."""

    def __init__(self, hint: str = "", *, name: object = "") -> None:
        """Keep *hint*, or *name*, for the complaint."""
        self._said = hint or f"{name!r} is undefined"

    def _fail(self, *_: object) -> NoReturn:
        raise LookupError(self._said)

    __html__ = __str__ = __len__ = __iter__ = __bool__ = __eq__ = __ne__ = _fail
    __getattr__ = __getitem__ = __call__ = __contains__ = __hash__ = _fail


class Macro:
    """A part of the page that is filled in several times; see Jinja's ``Macro``."""

    def __init__(
        self,
        _environment: object,
        fill: Callable[..., str],
        name: str,
        arguments: Sequence[str],
        *_flags: bool,
    ) -> None:
        """Take what *fill* needs to be called; our page uses no flag of Jinja's."""
        self.name = name
        self._fill = fill
        self._arguments = arguments

    def __call__(self, *given: object) -> str:
        """Return the part filled in with *given*."""
        left_out = [missing] * (len(self._arguments) - len(given))
        return Markup(self._fill(*given, *left_out))  # noqa: S704 - filled in escaped


_OF_DICTS = frozenset(dir(dict))


class _Environment:
    filters: Mapping[str, Callable[[Any], Any]] = {"length": len, "safe": Markup}
    undefined = Undefined
    concat = staticmethod("".join)

    def getattr(self, value: Any, name: str) -> Any:
        """Return the attribute of *value*, else its item: a dot is for both."""
        if value.__class__ is dict and name not in _OF_DICTS:
            return value[name] if name in value else Undefined(name=name)
        try:
            return getattr(value, name)
        except AttributeError:
            pass
        try:
            return value[name]
        except (TypeError, LookupError):
            return Undefined(name=name)

    def getitem(self, value: Any, key: Any) -> Any:
        """Return the item of *value*, else its attribute."""
        try:
            return value[key]
        except (AttributeError, TypeError, LookupError):
            return getattr(value, str(key), None) or Undefined(name=key)

    def call(self, _context: object, called: Any, *given: Any, **named: Any) -> Any:
        """Return what *called* returns; ``_loop_vars`` and the like are Jinja's own."""
        own = {name: value for name, value in named.items() if name[0] != "_"}
        return called(*given, **own)


environment = _Environment()


class _Page:
    """What Jinja calls a context: the view, and what the page itself defines."""

    autoescape = True

    def __init__(self, view: Mapping[str, Any]) -> None:
        self.view = view
        self.vars: dict[str, Any] = {}
        self.exported_vars: set[str] = set()
        self.eval_ctx = self

    def resolve_or_missing(self, name: str) -> Any:
        """Return what the view holds under *name*."""
        return self.view.get(name, missing)


def ours(files: Mapping[str, str]) -> Callable[[Mapping[str, Any]], str] | None:
    """Return what fills in the page of *files*, if that page is our own."""
    try:
        module = import_module(f"{__package__}.{COMPILED}")
    except ImportError:
        return None
    if fits(files.get(PAGE, "")) != module.MADE_OF:
        return None

    def filled(view: Mapping[str, Any]) -> str:
        try:
            return "".join(module.root(_Page(view)))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise Broken(str(error), PAGE) from None

    return filled


def fits(source: str) -> str:
    """Return what a module made of the page *source* says that it is made of."""
    return sha256(source.encode()).hexdigest()
