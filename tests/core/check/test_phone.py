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
    "phone",
    [
        None,
        Phone(BOTH, movable=True),
        Phone(Forms("GitHub", FORM), unmoved=(SECRET,)),
        Phone(Forms("GitHub", redirect=BOTH.redirect), movable=True, untold=(KEY,)),
    ],
)
def test_forms_that_do_what_they_are_there_for_are_no_finding(
    phone: Phone | None,
) -> None:
    assert list(phone_findings(phone)) == []


def test_a_form_that_moves_names_is_missed_only_where_a_machine_can_move_them() -> None:
    (found,) = phone_findings(Phone(Forms("GitHub", FORM), movable=True))
    assert (found.id, found.severity) == ("form-missing", Severity.INFO)
    assert "redirects" in str(found.seen)


def test_a_form_that_names_no_program_is_told_before_the_day() -> None:
    forms = Forms("GitHub", FORM, BOTH.redirect, (".github/workflows/publish.yml",))
    (found,) = phone_findings(Phone(forms, movable=True))
    assert (found.id, found.severity) == ("form-unusable", Severity.WARNING)
    assert "OWNER/fallback, COMMIT" in str(found.remedy)


def test_what_no_form_can_read_is_told_of_the_forms_that_are_there() -> None:
    key, secret = phone_findings(Phone(BOTH, untold=(KEY,), unmoved=(SECRET,)))
    assert {key.id, secret.id} == {"form-unusable"}
    assert {key.severity, secret.severity} == {Severity.INFO}
    assert "id_ed25519 of sftp" in str(key.seen)
    assert "known_host" in str(key.remedy)
    assert "keyring:dns of cloudflare" in str(secret.seen)
    assert "env:NAME" in str(secret.remedy)
