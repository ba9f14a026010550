"""Who may sign is pinned by whole public keys, as OpenSSH writes them."""

from base64 import b64encode
from pathlib import Path

import pytest

from fallback.core.config import Config
from fallback.core.errors import ConfigError
from fallback.core.settings.toml import parse
from fallback.hosts.folder import Settings as Folder
from fallback.stores.folder import Settings as Store

KINDS = {"hosts": {"folder": Folder}, "dns": {}, "state": {"folder": Store}}
BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIEtYcfjNDN3gOrhj7VGRBE6RoFEm0Z0KL7dLdgXvBpCo"
SITE = """
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
[contact]
email = "kwiaty@elsewhere.example"
phone = "+48600100200"
[primary]
contains = "Dodaj do koszyka"
[[hosts]]
kind = "folder"
path = "public-copy"
"""


def read(approval: str = "") -> Config:
    return parse(f"{SITE}{approval}", KINDS, Path("/site"))


def test_nobody_has_to_agree_unless_somebody_is_named() -> None:
    assert read().approval.signers == ()


@pytest.mark.parametrize("comment", ["", " jan", " jan at the other desk"])
def test_a_line_of_a_public_key_is_taken_as_it_is(comment: str) -> None:
    line = f"ssh-ed25519 {BLOB}{comment}"
    assert read(f'[approval]\nsigners = ["{line}"]').approval.signers == (line,)


RSA_IN_NAME_ONLY = b64encode(b"\0\0\0\x07ssh-rsa").decode()


@pytest.mark.parametrize(
    "line",
    [
        "jan",
        BLOB,
        "ssh-ed25519",
        f"ssh-rsa {BLOB}",  # another sort of key than it says
        f"ssh-ed25519 {BLOB[:-4]}",  # cut short
        f"ssh-ed25519 {BLOB[:-4]}!!!!",
        f"ssh-rsa {RSA_IN_NAME_ONLY}",
        f'namespaces=\\"git\\" ssh-ed25519 {BLOB}',
        "~/.ssh/id_ed25519.pub",
    ],
)
def test_anything_else_is_explained(line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(f'[approval]\nsigners = ["{line}"]')
    [problem] = caught.value.problems
    assert "approval.signers[1]: this is no public key" in str(problem.what)
    assert "id_ed25519.pub" in str(problem.remedy)


def test_a_second_line_in_a_key_is_no_way_to_name_a_second_person() -> None:
    with pytest.raises(ConfigError):
        read(f'[approval]\nsigners = ["ssh-ed25519 {BLOB}\\n* ssh-ed25519 {BLOB}"]')
