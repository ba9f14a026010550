"""The file of a private key may be named in the open, and the key itself may not."""

import pytest

from fallback.core.leaks import leaks

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIMZ1p7nLkQ9x0yD3vR5tGfB2hJ8sWcE4uTqXoK6iNaYb"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("key", "~/.ssh/id_ed25519_2026"),
        ("key", "/home/ania/.ssh/id_ed25519"),
        ("key", "../keys/id_ed25519_kwiaty"),
        ("key", r"C:\Users\Ania\.ssh\id_ed25519"),
    ],
)
def test_the_file_of_a_private_key_is_no_secret(key, value):
    assert not leaks(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("key", KEY),
        ("key", "/x9Kq27bPzLmW4tRv8Yc1DfGhJ5sN3aQe6UoTiXw"),
        ("secret_key", "/home/x9Kq27bPzLmW4tRv8Yc1DfGhJ5sN3aQe6U"),
    ],
)
def test_what_only_looks_like_one_is_still_refused(key, value):
    assert leaks(key, value)
