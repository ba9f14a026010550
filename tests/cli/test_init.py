"""The wizard at a real terminal: asked, interrupted, taken up; and without one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fallback.actions.site import load
from fallback.actions.starting.answering import KEPT
from fallback.core.wizard.starter import PLACEHOLDER
from tests.cli.conftest import Fallback
from tests.servers import acquainted as shops
from tests.servers.acquainted import Known
from tests.servers.terminal import CTRL_C, CTRL_D, Terminal, opened

QUESTIONS = (
    "the address of your shop",
    "the name of your shop",
    "an e-mail address",
    "a phone number",
    "words that only your shop shows",
    "the languages of the page",
    "the places",
    "who leads your address",
)
WAYS = {
    "Ctrl-C": lambda person: person.press(CTRL_C),
    "end of input": lambda person: person.press(CTRL_D),
    "closed window": Terminal.hang_up,
    "kill": Terminal.kill,
}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with shops.known(tmp_path_factory.mktemp("bind")) as found:
        yield found


def answer(known: Known, question: str) -> str:
    """Return what an owner types who knows three things."""
    for begins, typed in (
        ("the address", known.url()),
        ("an e-mail", "ania@elsewhere.example"),
        ("a phone", "" if "[" in question else "600 100 200"),
    ):
        if question.startswith(begins):
            return typed
    return ""


def begun(
    known: Known, folder: Path, *more: str, again: bool = False
) -> Iterator[Terminal]:
    options = () if again else known.options
    words = ("init", "shop", "--no-check", "--no-card", *options, *more)
    return opened(words, folder, FALLBACK_LANG="en", TZ="Europe/Warsaw")


def test_three_answers_make_a_site_that_shares_nothing_with_the_shop(
    known: Known, tmp_path: Path
) -> None:
    asked = []
    with begun(known, tmp_path) as person:
        while question := person.question():
            asked.append(question)
            person.type(answer(known, question))
        assert person.ended() == 0, person.seen

    assert len([q for q in asked if "[" not in q]) == 3, asked
    config = load(tmp_path / "shop")
    assert config.shop.name == "Kwiaty u Ani"
    assert config.shop.languages == ("pl", "en")
    assert config.shop.workers == ("/sw.js",)
    assert config.contact.phone == "+48600100200"
    assert config.primary.contains == "Dodaj do koszyka"
    assert [host.kind for host in config.hosts] == ["s3", "netlify"]
    assert config.dns[0].provider == "manual"
    assert config.dns[0].names == ("kwiaty.example", "www.kwiaty.example")
    assert "your domain is looked after by home.pl" in person.seen
    assert "FALLBACK_NETLIFY_TOKEN" in person.seen
    assert not (tmp_path / "shop" / KEPT).exists()


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_interview_that_is_interrupted_goes_on_where_it_was(
    known: Known, tmp_path: Path, question: str
) -> None:
    """At each question in another way; all ways at each are tried by ``torture``."""
    ways = list(WAYS.values())
    _interrupted(known, tmp_path, question, ways[QUESTIONS.index(question) % len(ways)])


@pytest.mark.torture
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_interview_can_be_interrupted_in_every_way(
    known: Known, tmp_path: Path, question: str, way: str
) -> None:
    _interrupted(known, tmp_path, question, WAYS[way])


def _interrupted(known: Known, tmp_path: Path, where: str, interrupt: object) -> None:
    with begun(known, tmp_path) as person:
        while not (question := person.question()).startswith(where):
            person.type(answer(known, question))
        assert callable(interrupt)
        interrupt(person)
        if person.screen >= 0:
            assert person.ended() in (130, -9)

    assert not (tmp_path / "shop" / "fallback.toml").exists()
    typed, answered = 0, QUESTIONS.index(where)
    with begun(known, tmp_path, again=bool(answered)) as person:
        while question := person.question():
            said = "" if "[" in question else answer(known, question)
            typed += bool(said)
            person.type(said)
        assert person.ended() == 0, person.seen

    assert ("you have begun here before" in person.seen) is bool(answered)
    assert typed == sum(not answered > n for n in (0, 2, 3)), "nothing is typed twice"
    assert load(tmp_path / "shop").contact.phone == "+48600100200"


def test_what_is_kept_between_two_runs_is_for_the_owner_only(
    known: Known, tmp_path: Path
) -> None:
    with begun(known, tmp_path) as person:
        while not (question := person.question()).startswith("a phone"):
            person.type(answer(known, question))
        person.press(CTRL_C)
        person.ended()

    kept = tmp_path / "shop" / KEPT
    assert 'email = "ania@elsewhere.example"' in kept.read_text("utf-8")
    assert kept.stat().st_mode & 0o077 == 0


def test_a_secret_that_is_typed_is_not_taken(known: Known, tmp_path: Path) -> None:
    with begun(known, tmp_path) as person:
        while not (question := person.question()).startswith("the name"):
            person.type(answer(known, question))
        person.type("AKIAIOSFODNN7EXAMPLE")
        assert person.question().startswith("the name")
        person.press(CTRL_C)
        person.ended()

    assert "this looks like a secret" in person.seen
    assert "AKIA" not in (tmp_path / "shop" / KEPT).read_text("utf-8")


def test_a_doubtful_answer_is_said_to_be_one_and_taken_the_second_time(
    known: Known, tmp_path: Path
) -> None:
    doubtful = {"an e-mail": f"ania@{shops.NAME}", "words": "Rabat na róże"}
    with begun(known, tmp_path) as person:
        while question := person.question():
            begins = next((each for each in doubtful if question.startswith(each)), "")
            person.type(doubtful.get(begins, answer(known, question)))
        assert person.ended() == 0, person.seen

    assert "this ends in @kwiaty.example, and may be as dead as the shop" in person.seen
    assert "your shop's front page does not show these words" in person.seen
    config = load(tmp_path / "shop")
    assert config.contact.email == doubtful["an e-mail"]
    assert config.primary.contains == doubtful["words"]


def test_a_shop_that_is_down_gets_its_page_first(known: Known, tmp_path: Path) -> None:
    url, asked = known.url("dead.kwiaty.example"), []
    typed = iter(("", "Kwiaty", "ania@elsewhere.example", "+48600100200"))
    with begun(known, tmp_path, "--url", url) as person:
        while question := person.question():
            asked.append(question)
            person.type(next(typed))
        assert person.ended() == 0, person.seen

    assert "your shop does not answer at this moment" in person.seen
    assert asked[0].startswith("are customers waiting?")
    assert len(asked) == 4, asked
    assert person.seen.rstrip().endswith(
        "next: publish the page now: fallback -C shop deploy"
    )
    config = load(tmp_path / "shop")
    assert [host.kind for host in config.hosts] == ["folder", "folder"]
    assert config.primary.contains == PLACEHOLDER


def test_a_name_that_nobody_knows_is_asked_for_again(
    known: Known, tmp_path: Path
) -> None:
    with begun(known, tmp_path) as person:
        assert person.question()
        person.type(known.url("kwiatty.kwiaty.example"))
        again = person.question()
        person.type(known.url())
        assert person.question().startswith("the name of your shop [Kwiaty u Ani]")

    assert "nobody on the internet knows kwiatty.kwiaty.example" in person.seen
    assert again.startswith("the address of your shop")


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("kwiaty.example", "https://kwiaty.example"),
        ("żółw.example/", "https://xn--w-uga1v8h.example"),
        ("HTTPS://Kwiaty.example/?utm=1", "HTTPS://Kwiaty.example"),
    ],
)
def test_an_address_is_taken_as_people_type_it(
    fallback: Fallback, tmp_path: Path, typed: str, taken: str
) -> None:
    said = fallback(
        *("init", str(tmp_path), "--url", typed, "--name", "K", "--no-look"),
        *("--email", "a@elsewhere.example", "--phone", "+48600100200", "--json"),
    )

    assert said.code == 0, said.err
    assert load(tmp_path).shop.url == taken


def test_a_machine_gets_what_a_person_would_be_offered(
    fallback: Fallback, known: Known, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text(
        json.dumps(
            {
                "url": known.url(),
                "email": "ania@elsewhere.example",
                "phone": "+48600100200",
                "netlify": {"site": "kwiaty-awaria"},
                "network": {
                    "resolvers": [known.bind.server],
                    "canaries": [],
                    "allow_private": True,
                },
            }
        )
    )

    said = fallback(
        *("init", str(tmp_path / "shop"), "--answers", str(answers), "--no-input"),
        *("--no-check", "--no-card", "--json", "--host", "netlify"),
    )

    assert said.code == 0, said.err
    assert said.json["hosts"] == ["netlify"]
    assert said.json["provider"] == "manual"
    assert said.json["seen"]["dns"] == ["home.pl"]
    assert said.json["secrets"] == ["FALLBACK_NETLIFY_TOKEN"]
    config = load(tmp_path / "shop")
    assert config.dns[0].target == "kwiaty-awaria.netlify.app"
    assert config.hosts[0].url == "https://kwiaty-awaria.netlify.app"


def test_every_wrong_answer_in_a_file_is_told_at_once(
    fallback: Fallback, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('url = "kwiaty"\nnmae = "K"\nphone = 48600100200\n')

    said = fallback(
        "init", str(tmp_path / "shop"), "--answers", str(answers), "--no-input"
    )

    assert said.code == 2
    for line, word in ((1, "url"), (2, "did you mean name"), (3, "plus sign")):
        assert f"answers.toml:{line}: " in said.err
        assert word in said.err
    assert not (tmp_path / "shop").exists()


def test_every_wrong_option_is_told_at_once(fallback: Fallback, tmp_path: Path) -> None:
    said = fallback(
        *("init", str(tmp_path / "shop"), "--url", "kwiaty", "--phone", "600"),
        *("--host", "s3,netlfy", "--set", "netlify.sitte=k", "--no-input"),
    )

    assert said.code == 2
    for option, word in (
        ("--url", '"kwiaty" is not a web address'),
        ("--phone", "international form"),
        ("--host", "did you mean"),
        ("--set", "did you mean site"),
    ):
        assert f"{option}: " in said.err
        assert word in said.err
    assert not (tmp_path / "shop").exists()


def test_a_file_that_is_not_there_is_said_to_be(
    fallback: Fallback, tmp_path: Path
) -> None:
    said = fallback("init", str(tmp_path / "x"), "--answers", str(tmp_path / "none"))

    assert said.code == 2
    assert "none cannot be read: No such file or directory" in said.err


def test_the_site_is_checked_and_its_card_is_written(
    fallback: Fallback, known: Known, tmp_path: Path
) -> None:
    said = fallback(
        *("init", str(tmp_path / "shop"), "--no-input", "--url", known.url()),
        *("--email", "ania@elsewhere.example", "--phone", "+48600100200"),
        *known.options,
    )

    assert said.code == 0, said.err
    card = tmp_path / "shop" / "emergency-card.html"
    assert "nobody has said yet where its names shall lead" in said.out
    assert f"print this, and put it where you look first: {card}" in said.out
    assert "Kwiaty u Ani" in card.read_text("utf-8")
    assert said.out.endswith("setup s3\n")


def test_a_site_that_is_there_is_not_asked_about_again(
    fallback: Fallback, known: Known, tmp_path: Path
) -> None:
    first = (
        *("init", str(tmp_path), "--no-input", "--no-check", "--no-card"),
        *("--url", known.url(), "--email", "a@elsewhere.example"),
        *("--phone", "+48600100200", *known.options),
    )
    assert fallback(*first).code == 0
    (tmp_path / ".gitignore").unlink()

    said = fallback("init", str(tmp_path), "--no-check", "--no-card", "--json")

    assert said.code == 0, said.err
    assert said.json["written"] == [".gitignore"]
    assert fallback(*first, "--json").json["written"] == []
