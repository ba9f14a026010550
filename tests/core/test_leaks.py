"""What a key says of itself: the public one, the file of the private one, the rest."""

import pytest

from fallback.core.leaks import leaks

PUBLIC = "AAAAC3NzaC1lZDI1NTE5AAAAIMZ1p7nLkQ9x0yD3vR5tGfB2hJ8sWcE4uTqXoK6iNaYb"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("host_key", f"ssh-ed25519 {PUBLIC}"),
        ("host_key", f"ecdsa-sha2-nistp256 {PUBLIC}= root@files"),
        ("key", "~/.ssh/id_ed25519_2026"),
        ("key", "/home/ania/.ssh/id_ed25519"),
        ("key", "../keys/id_ed25519_kwiaty"),
        ("key", r"C:\\Users\\Ania\\.ssh\\id_ed25519"),
    ],
)
def test_a_public_key_and_the_file_of_a_private_one_are_no_secrets(key, value):
    assert not leaks(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("host_key", PUBLIC.replace("AAAA", "x9")),
        ("key", PUBLIC),
        ("key", "/x9Kq27bPzLmW4tRv8Yc1DfGhJ5sN3aQe6UoTiXw"),
        ("secret_key", "/home/x9Kq27bPzLmW4tRv8Yc1DfGhJ5sN3aQe6U"),
    ],
)
def test_what_only_looks_like_it_is_still_refused(key, value):
    assert leaks(key, value)
