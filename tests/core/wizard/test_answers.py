"""Answers in a file: every complaint at once, and none that repeats a secret."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.actions.site import kinds
from fallback.core.errors import ConfigError, Problem
from fallback.core.settings.values import Wrong
from fallback.core.wizard.answers import one, read, spelled

WHOLE: dict[str, Any] = {
    "url": "https://kwiaty.example",
    "name": 'Kwiaty "u Ani"',
    "email": "awaria@elsewhere.example",
    "phone": "+48600100200",
    "contains": "Dodaj do koszyka",
    "languages": ["pl", "en"],
    "timezone": "Europe/Warsaw",
    "hosts": ["folder", "folder", "netlify"],
    "provider": "rfc2136",
    "folder-2": {"path": "elsewhere", "url": "http://127.0.0.1:8080"},
    "netlify": {"site": "kwiaty", "token": "env:MY_TOKEN"},
    "rfc2136": {"server": "192.0.2.53:53", "names": ["kwiaty.example"], "ttl": "60s"},
    "network": {"resolvers": ["192.0.2.53:53"], "allow_private": True},
}


def problems(text: str, file: str = "answers.toml") -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as refused:
        read(text, file, kinds())
    return refused.value.problems


@pytest.mark.parametrize(
    ("file", "written"),
    [("a.toml", spelled(WHOLE)), ("a.json", json.dumps(WHOLE, indent=2))],
)
def test_answers_are_read_as_they_were_written(file: str, written: str) -> None:
    assert read(written, file, kinds()) == WHOLE


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(str.strip))
def test_whatever_was_typed_is_kept_and_read_again(name: str) -> None:
    assert read(spelled({"name": name}), "a.toml", kinds()) == {"name": name}


def test_every_complaint_comes_at_once_with_its_line() -> None:
    found = problems(
        'url = "kwiaty.example"\n'
        'phone = "600100200"\n'
        'hosts = ["s3", "netlfy"]\n'
        'contians = "Koszyk"\n'
        "[netlify]\n"
        'sitte = "kwiaty"\n'
        "[network]\n"
        'allow_private = "yes"\n'
    )

    assert [problem.place for problem in found] == [
        f"answers.toml:{line}" for line in (1, 2, 3, 4, 6, 8)
    ]
    assert found[0].mended == '"https://kwiaty.example"'
    assert found[2].mended == '"netlify"'
    assert found[3].mended == "contains"
    assert found[4].mended == "site"


def test_json_has_lines_too() -> None:
    text = json.dumps({"name": "K", "netlify": {"sitte": "k"}, "phne": "1"}, indent=1)

    found = problems(text, "a.json")

    assert [(each.line, each.mended) for each in found] == [(4, "site"), (6, "phone")]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("a.toml", "name = „Kwiaty”", "this is not TOML"),
        ("a.json", '{"name": }', "this is not JSON"),
        ("a.json", "[1]", "one object with answers is expected"),
        ("a.toml", "netlify = 3", "netlify is a table"),
        ("a.toml", 'hosts = "s3"', "a list is expected, not a text"),
        ("a.toml", "[folder-0]", "there is no setting folder-0"),
        ("a.toml", "[rfc2136-2]", "there is no setting rfc2136-2"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(file: str, text: str, said: str) -> None:
    (problem,) = problems(text, file)

    assert said in str(problem.what)
    assert problem.remedy is not None


@pytest.mark.parametrize(
    "text",
    [
        'name = "AKIAIOSFODNN7EXAMPLE"',
        '[netlify]\ntoken = "nfp_0123456789abcdefghijkl"',
    ],
)
def test_a_secret_is_refused_and_not_repeated(text: str) -> None:
    found = problems(text)

    assert "looks like a secret" in str(found[0].what)
    assert "AKIA" not in str(found) and "nfp_" not in str(found)


@pytest.mark.parametrize(
    ("word", "read_as"),
    [
        ("netlify.site=kwiaty", ("netlify", "site", "kwiaty")),
        ("folder-2.url=http://127.0.0.1:1", ("folder-2", "url", "http://127.0.0.1:1")),
        ("network.canaries=[]", ("network", "canaries", [])),
        ("network.allow_private=true", ("network", "allow_private", True)),
        ("sftp.port=2222", ("sftp", "port", 2222)),
        ('rfc2136.target=["192.0.2.8"]', ("rfc2136", "target", ["192.0.2.8"])),
        ("netlify.token=env:T", ("netlify", "token", "env:T")),
    ],
)
def test_a_setting_can_be_typed_as_an_option(word: str, read_as: object) -> None:
    assert one(word, kinds()) == read_as


@pytest.mark.parametrize(
    ("word", "said", "remedy"),
    [
        ("netlfy.site=k", "is no setting such as", "did you mean netlify"),
        ("netlify.sitte=k", "there is no setting netlify.sitte", "did you mean site"),
        ("netlify.site", "is no setting such as", None),
        ("netlify", "is no setting such as", None),
        ("network.allow_private=maybe", "true or false", None),
        ("netlify.token=nfp_0123456789abcdefghijkl", "looks like a secret", "env:NAME"),
    ],
)
def test_a_setting_that_cannot_be_used_names_the_nearest(
    word: str, said: str, remedy: str | None
) -> None:
    with pytest.raises(Wrong) as wrong:
        one(word, kinds())

    assert said in str(wrong.value.what)
    assert remedy is None or remedy in str(wrong.value.remedy)
    assert "nfp_" not in str(wrong.value.what)
