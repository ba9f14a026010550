"""The files that a shop's own repository gets, made from this repository's own."""

import re
import tomllib

import pytest
import yaml
from attrs import evolve

from fallback.actions.site import kinds
from fallback.core.settings.toml import parse
from fallback.core.wizard.forms import (
    BLANK,
    EXTRAS,
    FORMS,
    GITLAB,
    GITLAB_REDIRECT,
    NETLIFY,
    PUBLISH,
    REDIRECT,
    UNKNOWN,
    Program,
    Tied,
    Tongue,
    forms,
    tied,
)
from fallback.wire import shipped

COMMIT = "c0ffee" + "0" * 34
PROGRAM = Program("https://github.com/flowers/fallback", COMMIT)
HOSTS = """
[[hosts]]
kind = "s3"
bucket = "b"
access_key = "env:PAGE_KEY"
secret_key = "env:PAGE_SECRET"
[[hosts]]
kind = "sftp"
host = "files.example"
user = "kwiaty"
path = "/srv"
password = "env:PAGE_PASSWORD"
"""
DNS = """
[[dns]]
provider = "cloudflare"
zone = "kwiaty.example"
names = ["kwiaty.example"]
target = "d.example"
token = "env:ZONE_TOKEN"
[[dns]]
provider = "octodns"
zone = "bukiety.example"
names = ["bukiety.example"]
target = "d.example"
class = "octodns_powerdns.PowerDnsProvider"
options = { api_key = "env:POWERDNS_KEY" }
"""


def site(more):
    head, _, _ = (
        (shipped.starter() / "fallback.toml").read_text("utf-8").partition("[[hosts]]")
    )
    return parse(f"{head}{more}", kinds(), shipped.starter())


def texts():
    return {name: (shipped.starter() / name).read_text("utf-8") for name in FORMS}


@pytest.fixture(scope="module")
def made():
    return forms(texts(), PROGRAM, site(HOSTS + DNS))


def loaded(text):
    return yaml.load(text, yaml.BaseLoader)


def secrets(text):
    return re.findall(r"secrets\.(\w+)", text)


def test_each_job_gets_the_keys_of_its_own_part_and_no_other(made) -> None:
    assert secrets(made[PUBLISH]) == ["PAGE_KEY", "PAGE_SECRET", "PAGE_PASSWORD"]
    assert secrets(made[REDIRECT]) == ["ZONE_TOKEN", "POWERDNS_KEY"]
    (job,) = loaded(made[PUBLISH])["jobs"].values()
    holders = [step["name"] for step in job["steps"] if "secrets." in str(step)]
    assert holders == ["publish"]


def test_the_program_is_fetched_by_its_commit(made) -> None:
    for name in (PUBLISH, REDIRECT):
        (job,) = loaded(made[name])["jobs"].values()
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert f"flowers/fallback@{COMMIT}" in used
        assert not [each for each in used if each.startswith(".")]
    for line in (
        *loaded(made[GITLAB])["default"]["before_script"][1:],
        tomllib.loads(made[NETLIFY])["build"]["command"],
    ):
        assert f"https://github.com/flowers/fallback {COMMIT} &&" in line
        assert " requirements/install" not in line


def test_a_push_to_the_site_s_own_default_branch_publishes() -> None:
    made = forms(texts(), PROGRAM, site(HOSTS), branch="trunk/#1")
    assert loaded(made[PUBLISH])["on"]["push"]["branches"] == ["trunk/#1"]
    assert not [name for name, text in made.items() if "[main]" in text]


def test_what_is_not_at_github_is_a_blank_in_its_workflows_alone() -> None:
    elsewhere = Program("https://gitlab.example/flowers/fallback", COMMIT)
    made = forms(texts(), elsewhere, site(HOSTS + DNS))
    blank = [name for name, text in made.items() if BLANK in text]
    assert blank == [PUBLISH, REDIRECT]
    assert f"{elsewhere.address} {COMMIT} &&" in made[GITLAB]
    unknown = forms(texts(), UNKNOWN, site(HOSTS + DNS))
    assert set(unknown) == set(FORMS)
    blank = {name for name, text in unknown.items() if BLANK in text}
    assert blank == set(FORMS) - {GITLAB_REDIRECT}, "which runs what the other installs"


def test_what_only_this_computer_has_is_said_to_keep_a_telephone_out() -> None:
    here = HOSTS.replace('password = "env:PAGE_PASSWORD"', 'key = "~/.ssh/id"')
    here = here.replace('"env:PAGE_KEY"', '"file:page.key"')
    there = DNS.replace('"env:ZONE_TOKEN"', '"keyring:zone"')
    assert tied(site(here + there)) == (
        Tied("sftp", "~/.ssh/id", login=True),
        Tied("s3", "file:page.key"),
        Tied("cloudflare", "keyring:zone"),
    )
    assert tied(site(HOSTS + DNS)) == ()


def test_each_worker_of_the_shop_has_a_rule_before_the_page_s() -> None:
    known = evolve(
        site(HOSTS), shop=evolve(site(HOSTS).shop, workers=("/a/b.js", "/sw.js"))
    )
    text = forms(texts(), PROGRAM, known)[NETLIFY]
    rules = [rule["from"] for rule in tomllib.loads(text)["redirects"]]
    assert "/a/b.js" in rules
    assert rules.count("/sw.js") == 1
    assert rules[-1] == "/*"
    assert "example" not in text


def test_each_job_installs_what_its_part_needs(made) -> None:
    def extras(name):
        (job,) = loaded(made[name])["jobs"].values()
        return next(s["with"]["extras"] for s in job["steps"] if "extras" in str(s))

    assert extras(PUBLISH) == "sftp"
    assert extras(REDIRECT) == "cloudflare octodns"
    assert loaded(made[GITLAB])["publish"]["variables"]["EXTRAS"] == "sftp"
    job = loaded(made[GITLAB_REDIRECT])["redirect"]
    assert job["variables"]["EXTRAS"] == "cloudflare octodns"


@pytest.mark.parametrize("provider", ["", "manual", "zonefile", "rfc2136"])
def test_a_form_moves_names_where_a_machine_can(provider) -> None:
    more = {
        "zonefile": 'path = "zone"\n',
        "rfc2136": 'server = "192.0.2.1:53"\nkey_name = "k"\nkey_secret = "env:K"\n',
    }
    zone = 'zone = "k.example"\nnames = ["k.example"]\ntarget = ["192.0.2.7"]\n'
    table = f'[[dns]]\nprovider = "{provider}"\n{zone}{more.get(provider, "")}'
    made = forms(texts(), PROGRAM, site(HOSTS + (table if provider else "")))
    moves = {name for name in (REDIRECT, GITLAB_REDIRECT) if name in made}
    assert moves == ({REDIRECT, GITLAB_REDIRECT} if provider == "rfc2136" else set())


def test_a_site_without_secrets_gives_none(made) -> None:
    plain = forms(texts(), PROGRAM, site('[[hosts]]\nkind = "folder"\npath = "p"\n'))
    assert secrets(plain[PUBLISH]) == []
    (job,) = loaded(plain[PUBLISH])["jobs"].values()
    assert job["steps"][-1]["run"] == "fallback deploy --no-input"
    assert "env" not in job["steps"][-1]


def test_every_extra_has_a_lock_of_its_own() -> None:
    folder = shipped.PACKAGE.parent / "requirements"
    locks = {path.stem for path in folder.glob("*.txt")} - {"run", "dev"}
    assert locks == set(EXTRAS)
    project = tomllib.loads((folder.parent / "pyproject.toml").read_text("utf-8"))
    assert set(EXTRAS) <= set(project["project"]["optional-dependencies"])
    cases = (folder / "install").read_text("utf-8")
    assert f"{' | '.join(EXTRAS)})" in cases


def words(form):
    """Return all that whoever fills *form* in reads, without what it answers."""
    fields = form.values()
    choices = [each for field in fields for each in field.get("options", ())]
    values = [str(field.get("default", field.get("value", ""))) for field in fields]
    assert {value for value in values if "(" in value} <= set(choices)
    return [field["description"] for field in fields], choices


@pytest.mark.parametrize("name", [PUBLISH, REDIRECT, GITLAB, GITLAB_REDIRECT])
def test_a_form_speaks_the_owner_s_language_and_its_answers_stay(name) -> None:
    def form(text):
        read = loaded(text)
        if name == GITLAB:
            fields = read["variables"].items()
            return {k: v for k, v in fields if isinstance(v, dict)}
        if name == GITLAB_REDIRECT:
            return read["redirect"]["inputs"]
        return read["on"]["workflow_dispatch"]["inputs"]

    def said(sentence):
        return f"ł: {str(sentence).upper()} (#)".replace(": ", " – ")

    english = forms(texts(), PROGRAM, site(HOSTS + DNS))[name]
    polish = forms(texts(), PROGRAM, site(HOSTS + DNS), Tongue("pl", said))[name]
    (asked, choices), (pytania, wybory) = words(form(english)), words(form(polish))
    assert all(each.startswith("ł") for each in pytania)
    assert len(pytania) == len(asked)
    assert [each.partition(" (")[0] for each in wybory] == [
        each.partition(" (")[0] for each in choices
    ]
    assert all(each.partition(" (")[2].startswith("ł") for each in wybory)
    if name != GITLAB_REDIRECT:  # which is a part of the other
        assert 'FALLBACK_LANG: "pl"' in polish
