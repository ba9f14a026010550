"""Which findings ``check`` can have at all, read out of the rooms that make them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from fallback.actions.checking.proving import FAILED, UNTRIED
from fallback.core.check.settled import QUESTIONS
from fallback.core.redirect.gates import PAGE_GATES, ZONE_GATES, Code
from tests.servers.program import ROOT

CORE = ROOT / "fallback" / "core"


def every() -> frozenset[str]:
    """Return the id of every finding about a site, but those about its words."""
    apart = (CORE / "wording.py", *(CORE / "words").glob("*.py"))
    rooms = [
        room
        for room in CORE.rglob("*.py")
        if room not in apart and room.parent != CORE / "outlook"
    ]
    return frozenset(name for room in rooms for name in _ids(room))


def _ids(room: Path) -> Iterator[str]:
    tree = ast.parse(room.read_text("utf-8"))
    for call in _calls(tree, "Finding"):
        given = call.args[0] if call.args else call.keywords[0].value
        yield from _spelled(given, tree)


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            yield node


def _spelled(given: ast.expr, tree: ast.AST) -> Iterator[str]:
    match given:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp():
            yield from _spelled(given.body, tree)
            yield from _spelled(given.orelse, tree)
        case ast.Attribute(value=ast.Name(id="Code"), attr=name):
            yield Code[name].value
        case ast.Attribute(value=ast.Name(id="refusal"), attr="code"):
            yield from (code.value for code in (*PAGE_GATES, *ZONE_GATES))
        case ast.Attribute(value=ast.Name(id="tried"), attr="id"):
            yield from (
                FAILED,
                UNTRIED,
                Code.FOREIGN_MARKER.value,
                Code.IS_REDIRECTED.value,
            )
        case ast.Name(id="asked"):
            yield from QUESTIONS
        case ast.Name(id=name):
            yield from _passed(name, tree)
        case _:
            raise AssertionError(f"this id cannot be read: {ast.unparse(given)}")


def _passed(name: str, tree: ast.AST) -> Iterator[str]:
    """Yield what a function whose parameter is called *name* is called with."""
    found = False
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        places = [each.arg for each in function.args.args]
        if name not in places:
            continue
        for call in _calls(tree, function.name):
            found = True
            yield from _spelled(call.args[places.index(name)], tree)
    assert found, f"nobody says what {name} is"
