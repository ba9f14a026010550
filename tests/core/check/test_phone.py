"""What would be missed on the day by a person with nothing but a telephone."""

import pytest

from fallback.core.check.phone import Forms, Phone, phone_findings
from fallback.core.findings import Severity
from fallback.core.wizard.forms import Tied

FORM = "https://github.com/ania/kwiaty/actions/workflows/publish.yml"
BOTH = Forms("GitHub", FORM, ".github/workflows/redirect.yml")
KEY = Tied("sftp", "~/.ssh/id_ed25519", login=True)
SECRET = Tied("cloudflare", "keyring:dns")


@pytest.mark.parametrize(
    "phone", [None, Phone(BOTH, movable=True), Phone(Forms("GitHub", FORM))]
)
def test_forms_that_can_do_all_that_can_be_done_are_no_finding(
    phone: Phone | None,
) -> None:
    assert list(phone_findings(phone)) == []


def test_without_a_form_that_publishes_nothing_else_is_told() -> None:
    (found,) = phone_findings(Phone(Forms("GitLab"), movable=True, tied=(KEY,)))
    assert (found.id, found.severity) == ("form-missing", Severity.INFO)
    assert "no form there publishes them" in str(found.seen)


def test_a_form_that_moves_names_is_missed_only_where_a_machine_can_move_them() -> None:
    (found,) = phone_findings(Phone(Forms("GitHub", FORM), movable=True))
    assert (found.id, found.severity) == ("form-missing", Severity.INFO)
    assert "redirects" in str(found.seen)


def test_what_keeps_a_form_from_working_is_told_before_the_day() -> None:
    forms = Forms("GitHub", FORM, BOTH.redirect, (".github/workflows/publish.yml",))
    found = list(phone_findings(Phone(forms, movable=True, tied=(KEY, SECRET))))
    assert {(f.id, f.severity) for f in found} == {("form-unusable", Severity.WARNING)}
    blank, key, secret = found
    assert "OWNER/fallback" in str(blank.remedy)
    assert "id_ed25519 of sftp" in str(key.seen)
    assert "known_host" in str(key.remedy)
    assert "keyring:dns of cloudflare" in str(secret.seen)
    assert "env:NAME" in str(secret.remedy)
