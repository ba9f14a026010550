"""What a name proves below a vendor's own domain, and that it proves nothing else."""

import pytest

from fallback.core.hosts.known import Known

TAKEN = frozenset({"kwiaty.example"})
SITE = Known("netlify.app", "kwiaty.netlify.app", TAKEN, drafts=True)


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("kwiaty.netlify.app", True),
        ("Kwiaty.NETLIFY.app.", True),
        ("draft--kwiaty.netlify.app", True),
        ("kwiaty-2.netlify.app", False),
        ("x-kwiaty.netlify.app", False),
        ("kwiaty.netlify.app.evil.example", None),
        ("evilnetlify.app", None),
        ("netlify.app", None),
        ("kwiaty.example", None),
        ("", None),
    ],
)
def test_only_a_name_below_the_vendor_s_domain_tells(
    name: str, has: bool | None
) -> None:
    assert SITE.has(name) is has


def test_two_hyphens_are_a_branch_only_where_the_vendor_has_branches() -> None:
    worker = Known("workers.dev", "kwiaty.ania.workers.dev")
    assert worker.has("kwiaty.ania.workers.dev") is True
    assert worker.has("draft--kwiaty.ania.workers.dev") is False


def test_a_host_without_a_name_of_its_own_has_none_there() -> None:
    assert Known("workers.dev").has("kwiaty.ania.workers.dev") is False
