"""Every channel says what the page says, and nothing that nobody said."""

import re
from xml.etree import ElementTree as ET

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from fallback.channels import every, phone, social
from fallback.channels.every import CHANNELS
from fallback.channels.telling import Telling, unmarked
from fallback.core.config import Config
from fallback.page.languages import spaced_phone
from tests.channels.conftest import LANGUAGES, STATUS, Tells, on_the_page, with_status

LETTERS = ("mail", "autoreply", "staff")


def said(telling: Telling, channel: str) -> str:
    (message,) = every.messages(telling, channel)
    return message.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", LETTERS)
def test_a_letter_has_the_times_and_the_contact_of_the_page(
    telling: Tells, language: str, channel: str
) -> None:
    here = telling(language)
    page = on_the_page(here)

    text = said(here, channel)

    for key in ("since", "line", "next"):
        assert page[key]
        assert page[key] in text
    assert here.config.contact.email in text
    assert spaced_phone(here.config.contact.phone) in text
    assert STATUS in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["social", "phone"])
def test_what_is_short_names_the_same_moments_as_the_page(
    telling: Tells, language: str, channel: str
) -> None:
    here = telling(language)

    text = said(here, channel)

    spoken = here.aloud
    for moment in (here.told.standing.eta, here.told.standing.next_update):
        assert moment
        zone = here.config.shop.timezone
        time = here.speaker.moment(moment, zone)["time"]
        assert time in text
        assert unmarked(here.speaker.spoken(moment, zone)) in text
    assert unmarked(spoken.eta) in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", ["investigating", "monitoring", "resolved"])
@pytest.mark.parametrize("eta", ["2026-11-22 15:30", "?"])
def test_a_post_fits_everywhere_and_never_leads_to_the_dead_shop(
    telling: Tells, language: str, status: str, eta: str
) -> None:
    here = telling(language, status=status, eta=eta)

    text = said(here, "social")

    assert social.weight(text) <= social.MOST
    assert STATUS in text
    assert "kwiaty.example" not in text
    assert unmarked(here.aloud.eta) in text


@pytest.mark.parametrize("name", ["Bardzo długa nazwa " * 20, "a " * 20000, "花" * 400])
def test_a_long_title_is_cut_before_the_time_is(
    telling: Tells, config: Config, name: str
) -> None:
    long = evolve(config, shop=evolve(config.shop, name=name))

    text = said(telling(settings=long), "social")

    assert social.weight(text) <= social.MOST
    assert "15:30" in text
    assert STATUS in text
    assert "…" in text


@pytest.mark.parametrize(
    "url", ["", "https://kwiaty.example", "https://KWIATY.example/"]
)
def test_without_an_address_of_its_own_the_page_is_not_linked(
    telling: Tells, config: Config, url: str
) -> None:
    """A phone number then stands where the address would."""
    here = telling(settings=with_status(config, url))

    for channel in CHANNELS:
        assert "http" not in said(here, channel)
    assert "+48 600 100 200" in said(here, "social")


def test_a_spare_address_is_told_in_the_place_of_a_hosts_own(
    telling: Tells, config: Config
) -> None:
    spare = evolve(config.shop, spare="https://kwiaty-awaria.example/")
    here = telling(settings=evolve(config, shop=spare))
    assert here.address == "https://kwiaty-awaria.example/"
    assert "https://kwiaty-awaria.example/" in said(here, "staff")
    assert STATUS not in said(here, "social")
    assert "awaria.example/" not in said(here, "phone")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_voice_reads_no_address_and_spells_the_mailbox(
    telling: Tells, language: str
) -> None:
    text = said(
        telling(language, title="Zobacz https://www.facebook.com/kwiaty"), "phone"
    )

    assert not re.search(r"https?:|www\.|@", text)
    assert "+48 600 100 200" in text
    assert re.search(r"kwiaty \S+ awaria \S.* elsewhere \S+ example", text)
    assert "2026" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_telephone_system_can_read_it(telling: Tells, language: str) -> None:
    here = telling(language, title="<Hangup/> & Söhne")
    (message,) = every.messages(here, "phone")

    root = ET.fromstring(phone.twiml(message, here.speaker.speaks))

    assert root.tag == "Response"
    (voice,) = root
    assert voice.tag == "Say"
    assert voice.attrib["language"].startswith(language)
    assert "+ 4 8, 6 0 0, 1 0 0, 2 0 0" in (voice.text or "")
    assert len(voice.text or "") < 4096


@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_is_claimed_that_nobody_said(telling: Tells, channel: str) -> None:
    text = said(telling(eta="?", following="?", words=False), channel).casefold()

    for claim in ("bezpieczn", "zwrot", "na pewno", "gwarant"):
        assert claim not in text


@pytest.mark.parametrize("channel", CHANNELS)
def test_when_it_is_over_no_channel_waits(telling: Tells, channel: str) -> None:
    text = said(telling(status="resolved"), channel)

    assert "Sklep Kwiaty u Ani jest znowu otwarty" in text
    assert "13:00" not in text
    assert "Przepraszamy za kłopot" not in text


@pytest.mark.parametrize("channel", ["social", "phone", "autoreply"])
def test_that_the_shop_is_back_is_said_once(telling: Tells, channel: str) -> None:
    text = said(telling(status="resolved", title="Sklep znowu działa"), channel)

    assert text.count("znowu") == 1


def test_staff_read_a_status_once(telling: Tells) -> None:
    assert said(telling(title="Znamy przyczynę"), "staff").count("Znamy przyczynę") == 1
    assert said(telling(), "staff").count("Znamy przyczynę") == 1


def test_a_time_that_has_passed_meanwhile_is_said_to_be_late(telling: Tells) -> None:
    before = said(telling(now="2026-11-22T12:59:00+01:00"), "mail")
    after = said(telling(now="2026-11-22T15:31:00+01:00"), "mail")

    assert "Ten czas już minął" not in before
    assert "Ten czas już minął" in after
    assert "Spodziewaliśmy się" in after or "15:30" in after


def test_words_of_another_language_are_named_as_such(telling: Tells) -> None:
    text = said(telling("en"), "mail")

    assert "This part is available in polski only." in text
    assert "Wymieniamy dysk." in text


def test_the_shop_says_sorry_once(telling: Tells) -> None:
    """A title or an update that has done so needs no second apology."""
    assert said(telling(), "mail").casefold().count("przepraszamy") == 1


def test_the_note_for_staff_is_not_published(telling: Tells) -> None:
    here = telling()

    files = list(every.announcements(here.config, here.told, here.speakers))

    paths = [file.path for file in files]
    assert len(set(paths)) == len(paths)
    assert not [path for path in paths if "staff" in path]
    for code in LANGUAGES:
        assert f"_fallback/announce/phone.{code}.xml" in paths
        assert f"_fallback/announce/social.{code}.txt" in paths
    assert {f.content_type for f in files if f.path.endswith(".xml")} == {
        "text/xml; charset=utf-8"
    }


@given(st.text())
def test_every_text_has_a_weight(text: str) -> None:
    assert len(text) <= social.weight(text) <= 2 * len(text) + 23


@pytest.mark.parametrize(
    ("text", "weight"),
    [("abc", 3), ("zażółć", 6), ("日本", 4), ("🙂", 2), ("https://a.example", 23)],
)
def test_a_post_is_counted_as_networks_count(text: str, weight: int) -> None:
    assert social.weight(text) == weight
