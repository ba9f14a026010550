"""Where this machine is and where the words are, without asking anybody."""

from pathlib import Path

import pytest

from fallback.probes.machine import own_addresses, repository_host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@github.com:ania/kwiaty.git", "github.com"),
        ("https://GitLab.com/ania/kwiaty.git", "gitlab.com"),
        ("https://user:token@git.home.pl:8443/ania/kwiaty.git", "git.home.pl"),
        ("ssh://git@[2001:db8::1]:22/kwiaty.git", "2001:db8::1"),
        ("/srv/git/kwiaty.git", ""),
        ("../kwiaty.git", ""),
    ],
)
def test_the_host_of_the_repository_is_read_from_its_settings(
    tmp_path: Path, url: str, expected: str
) -> None:
    site = tmp_path / "sites" / "kwiaty"
    site.mkdir(parents=True)
    assert repository_host(site) == ""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(
        f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n'
    )
    assert repository_host(site) == expected


def test_broken_settings_of_git_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"\xff[no\nsense = \x00")
    assert repository_host(tmp_path) == ""


def test_a_private_address_of_this_machine_tells_nothing() -> None:
    assert own_addresses(("127.0.0.1", "::1")) == ()
    assert own_addresses(()) == ()
