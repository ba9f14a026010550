"""``fallback init --json`` and ``card --json``: people read what they write."""

import pytest

from tests.fakes.site_folder import folder, write_site
from tests.servers.program import fallback


def test_the_card_is_in_the_owner_s_language_beside_json_too(tmp_path):
    site = write_site(tmp_path / "shop", folder())
    said = fallback(site, "card", "--offline", "--json", FALLBACK_LANG="pl").json
    assert said["command"] == "card"
    assert '<html lang="pl"' in (site / "emergency-card.html").read_text("utf-8")
    assert "who decides (decides in [card])" in said["missing"], "machines read English"


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_a_new_site_s_card_and_forms_are_in_the_owner_s_language(tmp_path, json):
    made = fallback(
        tmp_path, "init", str(tmp_path / "shop"), "--no-look", "--no-input", *json,
        "--url=https://kwiaty.example", "--name=Kwiaty", "--phone=+48600100200",
        "--email=awaria@elsewhere.example", "--contains=Do koszyka", "--language=pl",
        FALLBACK_LANG="pl",
    )  # fmt: skip
    assert made.code == 0, made.err
    (card,) = tmp_path.rglob("emergency-card.html")
    assert '<html lang="pl"' in card.read_text("utf-8")
    form = (card.parent / ".github/workflows/publish.yml").read_text("utf-8")
    assert "description: Co przekazać klientom?\n" in form
