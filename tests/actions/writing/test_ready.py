"""Ready sentences become an update in every language, and say nothing unasked."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from fallback.actions.build import build
from fallback.actions.init import init
from fallback.actions.site import load
from fallback.actions.update import update
from fallback.actions.writing.drafts import Draft
from fallback.actions.writing.proofread import proofread
from fallback.actions.writing.ready import Ready, prepared
from fallback.actions.writing.templates import NO_UPDATE
from fallback.core.config import Config
from fallback.core.errors import ContentError, UsageError
from fallback.core.model import Status
from fallback.core.result import silent
from fallback.core.wizard.starter import READY, Answers
from fallback.page.languages import Speaker
from fallback.page.sentences import STATUS
from fallback.wire import shipped
from tests.actions.test_update import NOW, StoppedClock
from tests.page.conftest import _catalogues  # noqa: F401 - the sentences of today

NAMES = ("investigating", "cause", "delay", "workaround", "partial", "back")
CAUSES = {
    "pl": "W serwerze zepsuł się dysk.",
    "en": "A disk in the server broke.",
    "es": "Se ha estropeado un disco del servidor.",
    "ro": "S-a stricat un disc din server.",
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A new shop that speaks every language with ready words."""
    init(
        tmp_path,
        Answers(
            name="Kwiaty u Ani",
            url="https://kwiaty.example",
            email="awaria@elsewhere.example",
            phone="+48600100200",
            contains="Dodaj do koszyka",
            timezone="Europe/Warsaw",
            languages=READY,
        ),
    )
    settings = tmp_path / "fallback.toml"
    text = settings.read_text("utf-8")
    text = text.replace("#hours", "hours").replace("#Facebook", "Facebook")
    settings.write_text(text, "utf-8")
    return load(tmp_path)


def asked(config: Config, name: str, language: str = "") -> Ready:
    return prepared(config, name, language, NOW.astimezone(config.shop.timezone))


def write(config: Config, *drafts: Draft) -> dict[str, str]:
    result = update(config, *drafts, publish=False, say=silent, clock=StoppedClock())
    return {one.language: one.text for one in result.written}


def own(config: Config, name: str, text: str) -> None:
    (config.root / "content/templates" / name).write_text(text, "utf-8")


def test_the_templates_that_are_promised_are_there_in_every_language() -> None:
    folder = shipped.starter() / "content/templates"
    stems = {path.name.split(".")[0] for path in folder.glob("*.md")}

    assert stems == {*NAMES, *NO_UPDATE}
    for stem in stems:
        for language in READY:
            assert (folder / f"{stem}.{language}.md").is_file()


ONLY_ON_A_PAGE = {
    "pl": r"\btutaj\b|tej stronie|tej strony|poni[zż]ej|powy[zż]ej|wy[zż]ej",
    "en": r"\bhere\b|this page|\bbelow\b|\babove\b",
    "es": r"\baquí\b|esta página|abajo|arriba",
    "ro": r"\baici\b|această pagină|mai jos|mai sus",
}


@pytest.mark.parametrize("language", READY)
def test_ready_words_hold_in_a_letter_and_on_the_telephone_too(language: str) -> None:
    """What they point at is not there."""
    content = shipped.starter() / "content"
    for path in content.rglob(f"*.{language}.md"):
        words = "\n".join(
            line for line in path.read_text("utf-8").split("\n") if line[:1] != "#"
        )
        assert not re.search(ONLY_ON_A_PAGE[language], words, re.IGNORECASE), path.name


@pytest.mark.parametrize(
    ("name", "status"),
    [("investigating", Status.INVESTIGATING), ("cause", Status.IDENTIFIED)],
)
def test_a_title_that_is_the_status_is_said_in_the_same_words(
    config: Config, name: str, status: Status
) -> None:
    """The page then says it once."""
    for language, template in asked(config, name).templates.items():
        speaker = Speaker.of(language, shipped.catalogue(language))
        assert template.fields["title"].value == speaker.say(STATUS[status])


@pytest.mark.parametrize("name", NAMES)
def test_a_ready_message_is_one_update_in_every_language(
    config: Config, name: str
) -> None:
    texts = write(config, *asked(config, name).drafts({}))

    assert tuple(texts) == READY
    assert build(config, out=None).left_out == ()
    assert len(set(texts.values())) == len(READY)
    for text in texts.values():
        assert not {"{", "}"} & set(text)


@pytest.mark.parametrize("name", NAMES)
def test_the_checklist_has_nothing_to_say_of_ready_sentences(
    config: Config, name: str
) -> None:
    answers = {"since": "10:05", "eta": "14:30", "next": "+1h"}
    causes = {f"cause.{code}": text for code, text in CAUSES.items()}
    ready = asked(config, name)
    takes_cause = any(p.name == "cause" for p in ready.templates[READY[1]].places)
    if "eta" not in ready.templates[READY[0]].names:
        del answers["eta"], answers["next"]

    write(config, *ready.drafts(answers | (causes if takes_cause else {})))

    assert proofread(config, now=NOW + timedelta(minutes=5)) == ()


@pytest.mark.parametrize("name", NAMES)
def test_without_answers_only_times_are_missing(config: Config, name: str) -> None:
    """Neutral sentences claim no cause and no time, and are good words."""
    write(config, *asked(config, name).drafts({}))

    ids = {one.id for one in proofread(config, now=NOW + timedelta(minutes=5))}
    assert ids <= {"started-missing", "cause-missing"}
    assert ("cause-missing" in ids) == (name in ("cause", "back"))


@pytest.mark.parametrize("language", READY)
def test_every_choice_is_good_words_and_none_is_made_unasked(
    config: Config, language: str
) -> None:
    ready = asked(config, "cause", language)
    silent_text = write(config, *ready.drafts({}))[language]
    choices = ready.choices()

    everything = write(config, *ready.drafts({}, tuple(choices)))[language]

    assert set(choices) >= {"orders-safe", "orders-checked", "refunds", "compensation"}
    for sentence in choices.values():
        assert sentence not in silent_text
        assert sentence in everything
    ids = {one.id for one in proofread(config, now=NOW)}
    assert ids <= {"started-missing", "translation-missing", "cause-missing"}


def test_a_time_is_said_once_and_holds_in_every_language(config: Config) -> None:
    answers = {"since": "9:40", "eta": "14:30", "next": "+1h"}

    texts = write(config, *asked(config, "investigating").drafts(answers))

    for text in texts.values():
        assert "started: 2026-11-22T09:40+01:00\n" in text
        assert "eta: 2026-11-22T14:30+01:00\n" in text
        assert "next: 2026-11-22T11:15+01:00\n" in text
    assert "Początek przerwy: niedziela, 22 listopada, 09:40." in texts["pl"]
    assert re.search(r"We expect to be back around: Sunday.*14:30\.", texts["en"])


def test_since_looks_back_over_midnight(config: Config) -> None:
    texts = write(config, *asked(config, "cause").drafts({"since": "23:50"}))

    assert "started: 2026-11-21T23:50+01:00\n" in texts["pl"]


def test_what_is_known_already_is_said_and_not_asked(config: Config) -> None:
    write(config, *asked(config, "investigating").drafts({"since": "9:40"}))

    ready = asked(config, "cause", "pl")

    assert "since" not in {one.key for one in ready.questions({})}
    assert "09:40" in write(config, *ready.drafts({}))["pl"]


def test_a_delay_without_a_new_time_takes_the_old_one_back(config: Config) -> None:
    write(config, *asked(config, "cause").drafts({"eta": "14:30"}))

    text = write(config, *asked(config, "delay").drafts({}))["pl"]

    assert "\neta: ?\n" in text
    assert "Jeszcze nie wiemy, kiedy wrócimy." in text


def test_an_answer_in_words_belongs_to_one_language(config: Config) -> None:
    ready = asked(config, "cause")

    texts = write(config, *ready.drafts({"cause": "pękła rura", "cause.es": "Un tubo"}))

    assert "Pękła rura." in texts["pl"]
    assert "Un tubo." in texts["es"]
    assert "We now know the cause." in texts["en"]


def test_questions_are_asked_in_the_first_language_and_the_others_are_offered(
    config: Config,
) -> None:
    ready = asked(config, "cause")

    keys = [one.key for one in ready.questions({"cause.pl": "x"})]
    assert "cause.pl" not in keys
    assert keys[-3:] == ["since", "eta", "next"]
    assert {key.rpartition(".")[2] for key in keys[:-3]} == {"pl"}
    usual = {one.key: one.usual for one in ready.questions({})}
    assert usual["next"] == "+1h"
    others = {one.key: str(one.text) for one in ready.others({"cause.en": "x"})}
    assert {"cause.es", "cause.ro", "work.en"} <= set(others)
    assert not {"cause.en", "work.pl", "since"} & set(others)
    assert others["work.en"].endswith("(English)")


LAST = (
    "status: identified\nstarted: 2026-11-01 10:00\neta: 2026-11-01 14:00\n\nDysk.",
    "status: resolved\n\nPo wszystkim.",
)


def last_outage(config: Config) -> None:
    """Leave the words of an outage that is over for three weeks."""
    (config.root / "content/outage.pl.md").write_text(LAST[0], "utf-8")
    log = config.root / "content/updates"
    log.mkdir()
    (log / "2026-11-01T1300.pl.md").write_text(LAST[1], "utf-8")


@pytest.mark.parametrize("name", ["investigating", "cause", "delay", "workaround"])
def test_after_the_end_ready_sentences_begin_another_outage(
    config: Config, name: str
) -> None:
    last_outage(config)
    ready = asked(config, name)

    text = write(config, *ready.drafts({}))["pl"]

    assert "since" in {one.key for one in ready.questions({})}
    assert "listopada" not in text.split("Napiszemy")[0].split("wiadomo")[0]
    made = build(config, out=None)
    shown = made.site.file("index.html").body.decode()
    assert "teraz niedostępny" in shown
    assert "1 listopada" not in shown
    assert "14:00" not in shown


def test_since_when_is_written_where_the_outage_file_is_of_an_earlier_one(
    config: Config,
) -> None:
    last_outage(config)

    text = write(config, *asked(config, "cause").drafts({"since": "9:40"}))["pl"]

    assert "started: 2026-11-22T09:40+01:00\n" in text
    shown = build(config, out=None).site.file("index.html").body.decode()
    assert "22 listopada 2026, 09:40" in shown


def test_a_start_of_long_ago_is_asked_about_and_offered(config: Config) -> None:
    last_outage(config)
    (config.root / "content/updates/2026-11-01T1300.pl.md").unlink()

    usual = {one.key: one.usual for one in asked(config, "cause").questions({})}

    assert usual["since"] == "2026-11-01T10:00+01:00"
    assert asked(config, "cause").drafts({"since": usual["since"]})


def test_an_outage_before_planned_work_does_not_begin_with_it(config: Config) -> None:
    plan = "status: scheduled\nstarted: 2026-11-30 03:00\nat: 2026-11-20 12:00\n\nx"
    (config.root / "content/outage.pl.md").write_text(plan, "utf-8")

    ready = asked(config, "investigating")

    assert "since" in {one.key for one in ready.questions({})}
    assert "30 listopada" not in write(config, *ready.drafts({}))["pl"]
    assert "since" not in {one.key for one in asked(config, "back").questions({})}


def test_a_time_typed_as_an_option_is_answered_with_that_option(
    config: Config,
) -> None:
    ready = asked(config, "cause", "pl")

    with pytest.raises(UsageError, match=r"^--eta: .* past already"):
        ready.drafts({"eta": "2020-01-01 10:00"}, (), {"eta"})
    with pytest.raises(UsageError, match=r"^--answer eta: .* past already"):
        ready.drafts({"eta": "2020-01-01 10:00"})


def test_the_sites_own_sentences_come_before_ours(config: Config) -> None:
    own(config, "cause.pl.md", "title: Wiemy\n\nMoje słowa. {say}\n")
    own(config, "say.pl.md", "refunds: Oddamy\n")

    texts = write(config, *asked(config, "cause").drafts({}, ("refunds",)))

    assert "title: Wiemy" in texts["pl"]
    assert texts["pl"].endswith("Moje słowa. Oddamy.\n")
    assert "We now know the cause." in texts["en"]


def test_a_template_of_the_owners_own_needs_no_other_language(config: Config) -> None:
    own(config, "strajk.md", "{who: Kto strajkuje? | Poczta strajkuje.}\n")

    texts = write(config, *asked(config, "strajk").drafts({}))

    assert list(texts) == ["pl"]
    assert "Poczta strajkuje." in texts["pl"]


def test_a_broken_template_is_named_with_its_line(config: Config) -> None:
    own(config, "cause.en.md", "title: X\n\n{cuase | We know it.}\n")

    with pytest.raises(ContentError) as caught:
        asked(config, "cause")

    (problem,) = caught.value.problems
    assert problem.place == "content/templates/cause.en.md:3"
    assert problem.mended == "{cause | We know it.}"


def test_a_time_that_cannot_be_read_is_said_of_where_it_stands(config: Config) -> None:
    own(config, "cause.pl.md", "next: jutro\n\nWiemy. {next}\n")
    ready = asked(config, "cause", "pl")

    with pytest.raises(UsageError, match=r"templates/cause\.pl\.md: next: .*jutro"):
        ready.drafts({})
    with pytest.raises(UsageError, match=r"^--answer next: .*wczoraj"):
        ready.drafts({"next": "wczoraj"})
    with pytest.raises(UsageError, match=r"^next: .*wczoraj"):
        ready.judged("next", "wczoraj")
    for answer in ("", "?", " - ", "+1h"):
        ready.judged("next", answer)


def test_a_folder_called_like_a_template_is_none(config: Config) -> None:
    (config.root / "content/templates/cause.pl.md").unlink()
    (config.root / "content/templates/cause.pl.md").mkdir()

    assert (
        "Znamy już przyczynę."
        in write(config, *asked(config, "cause").drafts({}))["pl"]
    )


def test_a_template_that_cannot_be_read_is_named(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[Path] = []

    def refuse(path: Path) -> bytes:
        refused.append(path)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ContentError, match=r"cause\.pl\.md cannot be read: Permission"):
        asked(config, "cause", "pl")
    assert refused


@pytest.mark.parametrize(
    ("old", "new"), [("identified", "cause"), ("longer", "delay"), ("resolved", "back")]
)
def test_an_old_name_still_works(config: Config, old: str, new: str) -> None:
    assert asked(config, old).templates == asked(config, new).templates


@pytest.mark.parametrize(
    ("name", "said"),
    [("delya", "did you mean delay"), ("say", "known here: back, cause"), ("../x", "")],
)
def test_an_unknown_template_is_answered_with_those_there_are(
    config: Config, name: str, said: str
) -> None:
    with pytest.raises(UsageError, match="there is no template") as caught:
        asked(config, name)

    assert said in str(caught.value.next)


def test_words_that_the_page_would_leave_out_are_not_written(config: Config) -> None:
    ready = asked(config, "cause", "pl")

    with pytest.raises(ContentError):
        write(config, *ready.drafts({"cause": "Prosimy dzwonić: +48 999 888 777"}))

    assert not list((config.root / "content/updates").glob("*"))
