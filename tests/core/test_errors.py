"""The error tree and its exit codes are a promise to scripts."""

import re

from fallback.core import errors


def drawn() -> dict[str, int]:
    """Return the classes and codes of the tree in the module's docstring."""
    lines = re.findall(r"(\w+) +(\d+)   ?\w", errors.__doc__ or "")
    return {name: int(code) for name, code in lines}


def real() -> dict[str, int]:
    """Return every error class of the module with its exit code."""
    return {
        name: member.code
        for name, member in vars(errors).items()
        if isinstance(member, type) and issubclass(member, errors.FallbackError)
    }


def test_the_drawn_tree_is_the_real_one() -> None:
    """The docstring draws every class with the code it exits with."""
    assert drawn() == real()


def test_codes_are_those_of_the_contract() -> None:
    """No class exits with a code that the README does not explain."""
    assert set(real().values()) <= {1, 2, 3, 4, 5, 10, 11, 12}
