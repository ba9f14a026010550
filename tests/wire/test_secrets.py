"""Secrets are looked up late and appear nowhere."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from fallback.core.config import SecretRef
from fallback.core.errors import CredentialsRefused
from fallback.wire import secrets
from fallback.wire.scrubbing import scrub

CANARY = "s3cr3t/with+odd=chars"


def test_a_secret_comes_from_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two places every machine has."""
    monkeypatch.setenv("SHOP_TOKEN", CANARY)
    (tmp_path / "token").write_text(f"{CANARY}\n")

    assert secrets.reveal(SecretRef("env", "SHOP_TOKEN"), tmp_path) == CANARY
    assert secrets.reveal(SecretRef("file", "token"), tmp_path) == CANARY


@pytest.mark.parametrize("spelling", ["env:NOT_THERE", "file:not-there"])
def test_a_missing_secret_names_where_it_should_be(
    tmp_path: Path, spelling: str
) -> None:
    """The owner is told what to set, and where."""
    with pytest.raises(CredentialsRefused) as refused:
        secrets.reveal(SecretRef.parse(spelling), tmp_path)

    assert spelling in str(refused.value)
    assert spelling.partition(":")[2] in str(refused.value.next)


def test_no_spelling_of_a_secret_survives_scrubbing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not as it is, nor quoted in a URL or in JSON."""
    monkeypatch.setenv("SHOP_TOKEN", CANARY)
    secrets.reveal(SecretRef("env", "SHOP_TOKEN"), tmp_path)
    said = f"{CANARY} {quote(CANARY, safe='')} {json.dumps(CANARY)} stays"

    assert scrub(said) == '*** *** "***" stays'


def test_a_literal_is_no_reference() -> None:
    """A token pasted into the configuration is not taken."""
    with pytest.raises(ValueError, match="reference"):
        SecretRef.parse("hunter2")
