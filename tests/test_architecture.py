"""The floors of the house: a module imports from lower ones only."""

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fallback"
COMPILED = "page.themes.compiled_page"
"""Nobody wrote it: installing makes it of our own page."""

FLOORS = (
    ("core.text",),
    ("core.errors",),
    ("core.model", "core.clock", "core.result"),
    ("core.records",),
    ("core",),
    ("page",),
    ("channels",),
    ("elsewhere",),
    ("wire",),
    ("hosts", "dns", "probes", "stores"),
    ("hosts.setup",),
    ("demo",),
    ("actions",),
    ("cli",),
    ("__main__",),
)
"""Bottom up. Rooms of one floor do not know each other."""

SOCIABLE = {"core", "page", "channels", "elsewhere", "wire", "demo", "actions", "cli"}
"""Rooms whose modules may import each other; an adapter never knows another one."""


@cache
def modules() -> dict[str, Path]:
    """Return every module of the package by its name below ``fallback``."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and name != COMPILED:
            found[name] = path
    return found


@cache
def imports(path: Path) -> set[str]:
    """Return the modules below ``fallback`` that the file at *path* imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    known = modules()
    below = {name.removeprefix("fallback.") for name in found if "fallback." in name}
    return {name for name in below if name in known}


def floor(name: str) -> int:
    """Return the number of the floor on which *name* lives; the longest match wins."""
    matches = [
        (len(room), number)
        for number, rooms in enumerate(FLOORS)
        for room in rooms
        if name == room or name.startswith(f"{room}.")
    ]
    assert matches, f"{name} has no floor"
    return max(matches)[1]


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_from_lower_floors_only(name: str) -> None:
    """No room knows the rooms above it, and no adapter knows another adapter."""
    for imported in imports(modules()[name]) - {name}:
        room = name.partition(".")[0]
        same_room = room == imported.partition(".")[0]
        package_of_mine = name.startswith(f"{imported}.")
        if same_room and (room in SOCIABLE or package_of_mine):
            assert floor(imported) <= floor(name), f"{name} imports {imported}"
        else:
            assert floor(imported) < floor(name), f"{name} imports {imported}"


def test_no_two_modules_import_each_other() -> None:
    """There is no cycle, not even one hidden by an import inside a function."""
    graph = {name: imports(path) - {name} for name, path in modules().items()}
    clear: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail, name))
        if name not in clear:
            for imported in graph[name]:
                visit(imported, (*trail, name))
            clear.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("name", [n for n in sorted(modules()) if n.startswith("core")])
def test_the_core_touches_nothing(name: str) -> None:
    """The core has no I/O, no clock and no environment to ask."""
    forbidden = {
        "asyncio", "os", "socket", "ssl", "subprocess", "sys", "threading", "time",
        "boto3", "dns", "h11", "jinja2", "markdown", "nh3", "click", "urllib.request",
    }  # fmt: skip
    tree = ast.parse(modules()[name].read_text("utf-8"))
    for node in ast.walk(tree):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for imported in names:
            parts = imported.split(".")
            assert not forbidden & {imported, parts[0]}, f"{name} imports {imported}"
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            called = ast.unparse(node)
            assert not called.startswith(("datetime.", "date.")), f"{name}: {called}"


def test_every_file_has_room_for_a_reader() -> None:
    """A file over 400 lines is asking to be two rooms."""
    long = {
        name: count
        for name, path in modules().items()
        if (count := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}
