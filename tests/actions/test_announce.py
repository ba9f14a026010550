"""``announce`` prints what can be copied, and sends nothing."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.announce import announce
from fallback.actions.build import build
from fallback.actions.site import load
from fallback.core.config import Config
from fallback.core.errors import ContentError, UsageError
from fallback.core.model import Language
from tests.fakes.site_folder import folder, write_site

NOW = datetime.fromisoformat("2026-11-22T10:15:30+01:00")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_site(tmp_path, folder()))


def test_every_channel_is_printed_in_every_language(config: Config) -> None:
    found = announce(config, (), "", now=NOW).as_json()["announcements"]

    assert [(one["channel"], one["language"]) for one in found] == [
        (channel, language)
        for language in ("pl", "en")
        for channel in ("social", "mail", "phone", "autoreply", "staff")
    ]
    assert all(one["text"] for one in found)
    assert {one["channel"] for one in found if "subject" in one} == {
        "mail",
        "autoreply",
        "staff",
    }


def test_one_message_alone_is_nothing_but_itself(config: Config) -> None:
    result = announce(config, ("phone",), "pl", now=NOW)

    lines = [str(line) for line in result.told()]
    assert "\n".join(lines) == result.messages[0].text
    assert lines[0] == "Dzień dobry, tu sklep Kwiaty u Ani."


def test_what_is_printed_can_be_copied_in_any_script(config: Config) -> None:
    """A terminal spells out invisible marks, and nobody wants those in a letter."""
    languages = (*config.shop.languages, Language("ar"))
    spoken = evolve(config, shop=evolve(config.shop, languages=languages))
    result = announce(spoken, (), "ar", now=NOW)

    printed = "".join(str(line) for line in result.told())
    assert "\u2068" not in printed
    assert "\u2068" in json.dumps(result.as_json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("channel", "language", "said"),
    [
        ("fax", "", "known here: social, mail"),
        ("fone", "", "did you mean phone"),
        ("phone", "de", "shop.languages holds"),
    ],
)
def test_what_there_is_not_is_answered_with_what_there_is(
    config: Config, channel: str, language: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        announce(config, (channel,), language, now=NOW)

    assert said in str(caught.value.next)


def test_without_any_words_there_is_nothing_to_announce(config: Config) -> None:
    (config.root / "content/outage.pl.md").unlink()

    with pytest.raises(ContentError):
        announce(config, (), "", now=NOW)


def test_the_built_site_holds_what_a_telephone_system_fetches(config: Config) -> None:
    site = build(config, out=None).site

    said = site.file("_fallback/announce/phone.pl.xml")
    assert b'<Say language="pl-PL"' in said.body
    assert said.content_type == "text/xml; charset=utf-8"
    rules = site.file("_headers").body.decode()
    assert rules.count("_fallback/announce") == 1
