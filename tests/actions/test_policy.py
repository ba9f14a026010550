"""``fallback check --policy``: the narrowest right, ready to be pasted."""

import json

import pytest

from fallback import dns
from fallback.__main__ import run
from tests.fakes.site_folder import folder, write_site

TABLES = {
    "manual": "",
    "zonefile": 'path = "zone"\n',
    "rfc2136": 'server = "192.0.2.53:53"\nkey_name = "moves"\nkey_secret = "env:K"\n',
    "cloudflare": 'token = "env:T"\n',
    "route53": 'zone_id = "Z1D633PJN98FT9"\n',
    "octodns": 'class = "octodns_powerdns.PowerDnsProvider"\n',
}


def policies(tmp_path, capsys, provider):
    site = write_site(tmp_path, folder())
    path = site / "fallback.toml"
    table = (
        f'\n[[dns]]\nprovider = "{provider}"\nzone = "kwiaty.example"\n'
        'names = ["kwiaty.example", "www.kwiaty.example"]\ntarget = ["192.0.2.80"]\n'
    )
    path.write_text(path.read_text("utf-8") + table + TABLES[provider], "utf-8")
    code = run(["-C", str(site), "--json", "check", "--policy"])
    found = json.loads(capsys.readouterr().out)
    assert found["code"] == code == 0
    (policy,) = found["policies"]
    assert policy["zone"] == "kwiaty.example"
    return policy


@pytest.mark.parametrize("provider", dns.KINDS)
def test_every_provider_says_what_a_thief_could_do_and_asks_nobody(
    tmp_path, capsys, provider
):
    """Not even for the secret: no server and no variable of these exists."""
    policy = policies(tmp_path, capsys, provider)
    assert bool(policy["stolen"]) is (provider != "manual")


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("rfc2136", "grant moves name www.kwiaty.example A AAAA CNAME HTTPS SVCB;"),
        ("route53", "arn:aws:route53:::hostedzone/Z1D633PJN98FT9"),
        ("cloudflare", "https://dash.cloudflare.com/profile/api-tokens"),
    ],
)
def test_the_narrowest_right_is_printed_in_the_operators_own_language(
    tmp_path, capsys, provider, words
):
    texts = [g["text"] for g in policies(tmp_path, capsys, provider)["narrowest"]]
    assert any(words in text for text in texts)


def test_a_site_without_a_zone_is_told_that_there_is_no_credential(tmp_path, capsys):
    site = write_site(tmp_path, folder())
    assert run(["-C", str(site), "--json", "check", "--policy"]) == 2
    assert "[[dns]]" in json.loads(capsys.readouterr().out)["error"]["next"]


def test_the_key_of_a_shared_state_has_its_narrowest_right_too(tmp_path, capsys):
    site = write_site(tmp_path, folder())
    path = site / "fallback.toml"
    state = '\n[state]\nstore = "s3://kwiaty-state/shop/one"\n'
    path.write_text(path.read_text("utf-8") + state, "utf-8")
    assert run(["-C", str(site), "--json", "check", "--policy"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["policies"] == []
    (grant,) = found["state"]["narrowest"]
    allowed = {
        action: each["Resource"]
        for each in json.loads(grant["text"])["Statement"]
        for action in each["Action"]
    }
    assert allowed == {
        "s3:GetObject": "arn:aws:s3:::kwiaty-state/shop/one/*",
        "s3:PutObject": "arn:aws:s3:::kwiaty-state/shop/one/*",
        "s3:ListBucket": "arn:aws:s3:::kwiaty-state",
    }
