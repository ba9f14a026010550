"""init, update, status and the bare program, as they are typed."""

import io
from pathlib import Path

import pytest

from fallback.actions.site import load
from tests.cli.conftest import Fallback
from tests.fakes.site_folder import folder, write_site

INIT = (
    *("--name", "Kwiaty u Ani", "--url", "https://kwiaty.example"),
    *("--email", "awaria@elsewhere.example", "--phone", "+48600100200"),
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site", folder())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_from_an_empty_folder_to_a_published_page(
    fallback: Fallback, tmp_path: Path
) -> None:
    shop = str(tmp_path / "shop")

    begun = fallback("init", shop, *INIT, "--language", "pl,en", "--json")
    built = fallback("-C", shop, "build", "--json")
    said = fallback("-C", shop, "update", "Już wkrótce.", "--deploy", "--json")
    stands = fallback("-C", shop, "status", "--json")

    assert begun.json["ok"], begun.err
    assert (built.code, built.json["left_out"]) == (0, [])
    assert said.json["command"] == "update"
    assert [host["ok"] for host in said.json["hosts"]] == [True, True]
    assert stands.json["sites"][0]["grade"] == "page"
    page = (tmp_path / "shop/public-copy/index.html").read_text("utf-8")
    assert "Już wkrótce." in page


def test_init_asks_for_what_no_option_answers(
    fallback: Fallback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [
        "kwiaty",
        "https://kwiaty.example",
        "Kwiaty u Ani",
        "awaria@elsewhere.example",
        "600",
        "+48 600 100 200",
        "",  # takes the number in the form that was offered
        "",
        "pl, en",
        "folder",
    ]
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(typed) + "\n"))

    said = fallback("init", str(tmp_path / "shop"), "--timezone", "Europe/Warsaw")

    assert said.code == 0, said.err
    config = load(tmp_path / "shop")
    assert config.contact.phone == "+48600100200"
    assert config.shop.timezone.key == "Europe/Warsaw"
    assert config.shop.languages == ("pl", "en")
    assert "country code [+48600100200]: " in said.err
    assert '"kwiaty" is not a web address' in said.err
    assert '"600" is not a phone number in the international form' in said.err
    assert "set primary.contains" in said.out


def test_init_without_a_person_names_the_option_that_is_missing(
    fallback: Fallback, tmp_path: Path
) -> None:
    said = fallback("init", str(tmp_path / "shop"), "--name", "K", "--no-input")

    assert said.code == 2
    assert "next: give: --url --email --phone" in said.err
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize(
    ("owner", "page"), [("pl_PL.UTF-8", "pl"), ("en", "en"), ("C.UTF-8", "en")]
)
def test_a_new_page_speaks_the_language_that_its_owner_reads(
    fallback: Fallback,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: str,
    page: str,
) -> None:
    monkeypatch.setenv("FALLBACK_LANG", owner)

    fallback("init", str(tmp_path), *INIT, "--no-input")

    assert load(tmp_path).shop.languages == (page,)


def test_init_writes_where_the_site_option_points(
    fallback: Fallback, tmp_path: Path
) -> None:
    fallback("-C", str(tmp_path / "shop"), "init", *INIT)

    assert (tmp_path / "shop" / "fallback.toml").exists()


def test_an_update_is_written_from_the_command_line(
    fallback: Fallback, site: Path
) -> None:
    said = fallback("-C", str(site), "update", "Dysk wymieniony.", "--next", "+1h")

    assert said.code == 0, said.err
    path = next((site / "content/updates").iterdir())
    assert said.out.startswith(f"written: content/updates/{path.name}\n")
    assert said.out.endswith("next: publish it with: fallback deploy\n")


def test_an_update_is_read_from_standard_input(
    fallback: Fallback, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("title: Naprawa\n\nJuż lepiej.\n"))

    said = fallback("-C", str(site), "update", "-", "--json")

    assert "Już lepiej." in said.json["text"]


def test_ready_sentences_carry_what_is_added(fallback: Fallback, site: Path) -> None:
    said = fallback(
        *("-C", str(site), "update", "Do jutra.", "--template", "longer", "--json")
    )

    text = said.json["text"]
    assert text.index("Naprawa trwa dłużej") < text.index("Do jutra.")


def test_every_question_is_answered_without_a_terminal(
    fallback: Fallback, site: Path
) -> None:
    said = fallback(
        *("-C", str(site), "update", "--template", "cause", "--json", "--no-input"),
        *("--answer", "cause=zepsuł się dysk", "--answer", "cause.en=A disk broke"),
        *("--answer", "eta=+2h", "--say", "refunds", "--next", "+1h"),
    )

    polish, english = (one["text"] for one in said.json["written"])
    assert "Zepsuł się dysk. Pracujemy nad naprawą." in polish
    assert "A disk broke. We are working to fix it." in english
    assert "we will refund you" in english
    assert "\neta: 2026-" in polish


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--answer", "what"], "what is no answer"),
        (["--answer", "whta=x"], "did you mean what"),
        (["--answer", "what.de=x"], "known here"),
        (["--say", "refund"], "did you mean refunds"),
        (["--answer", "since=+2h"], "still to come"),
        (["--answer", "eta=soon"], "is not a moment"),
        (["--answer", "what={what}"], "holds a brace"),
    ],
)
def test_an_answer_that_cannot_be_used_writes_nothing(
    fallback: Fallback, site: Path, options: list[str], what: str
) -> None:
    said = fallback(
        *("-C", str(site), "update", "--template", "investigating", *options)
    )

    assert said.code == 2
    assert what in said.err
    assert not list((site / "content/updates").glob("*"))


def test_a_person_is_asked_until_each_answer_can_be_used(
    fallback: Fallback, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = (
        *("zepsuł się dysk {", "zepsuł się dysk", "", "", ""),
        *("soon", "+2h", "", "all", "refunds"),
    )
    monkeypatch.setattr("sys.stdin", Terminal("\n".join(typed) + "\n"))

    said = fallback(
        *("-C", str(site), "update", "--template", "cause", "--lang", "pl"),
        *("--answer", "since=09:40"),
    )

    assert said.code == 0
    (path,) = (site / "content/updates").glob("*")
    text = path.read_text("utf-8")
    assert "Zepsuł się dysk. Pracujemy nad naprawą." in text
    assert "zwrócimy pieniądze" in text
    assert "\nnext: " in text
    assert "Enter says: Pracujemy nad naprawą." in said.err
    for wrong in ("holds a brace", "not a moment", "called all"):
        assert wrong in said.err


def test_the_languages_that_are_not_asked_about_are_offered(
    fallback: Fallback, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer, more, wanted in (
        ("", (), "We now know the cause."),
        ("y", ("a disk broke", "", "", ""), "A disk broke."),
    ):
        typed = ("Dysk.", "", "", "", "", "", answer, *more, "")
        monkeypatch.setattr("sys.stdin", Terminal("\n".join(typed) + "\n"))

        said = fallback(
            *("-C", str(site), "update", "--template", "cause"),
            *("--answer", "since=09:40"),
        )

        assert said.code == 0, said.err
        assert "answer in English too?" in said.err
        assert "(polski)" in said.err
        assert ("(English)" in said.err) == bool(answer)
        newest = max(
            (site / "content/updates").glob("*.en.md"), key=lambda p: p.stat().st_mtime
        )
        assert wanted in newest.read_text("utf-8")


def test_answers_without_a_template_are_not_lost_silently(
    fallback: Fallback, site: Path
) -> None:
    said = fallback("-C", str(site), "update", "Dysk.", "--answer", "what=x")

    assert said.code == 2
    assert "--answer and --say belong to ready sentences" in said.err


def test_an_update_without_words_says_how_to_write_one(
    fallback: Fallback, site: Path
) -> None:
    said = fallback("-C", str(site), "update")

    assert said.code == 2
    assert 'next: write: fallback update "what customers should know"' in said.err


@pytest.mark.parametrize(
    ("typed", "code"), [("Dysk wymieniony.\n", 0), ("", 2), (None, 2)]
)
def test_without_words_an_editor_opens(
    fallback: Fallback,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str | None,
    code: int,
) -> None:
    def edit(text: str, **_: object) -> str | None:
        return None if typed is None else text + typed

    monkeypatch.setattr("click.edit", edit)
    monkeypatch.setattr("sys.stdin", Terminal())

    said = fallback("-C", str(site), "update")

    assert said.code == code
    written = [p.read_text("utf-8") for p in site.glob("content/updates/*")]
    assert all("write what customers" not in text for text in written)
    assert len(written) == (1 if code == 0 else 0)


def test_without_an_editor_the_way_without_one_is_told(
    fallback: Fallback, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor")
    monkeypatch.setattr("sys.stdin", Terminal())

    said = fallback("-C", str(site), "update")

    assert said.code == 2
    assert "no editor could be opened: no-such-editor" in said.err
    assert 'next: write: fallback update "what customers should know"' in said.err


def test_words_that_would_be_left_out_are_named_with_their_line(
    fallback: Fallback, site: Path
) -> None:
    text = "Dobrze.\n\nPrzelew na PL61109010140000071219812874"

    said = fallback("-C", str(site), "update", text, "--json")

    assert said.code == 2
    assert [(p["file"], p["line"]) for p in said.json["problems"]] == [("update", 3)]


def test_outside_a_site_the_bare_program_shows_the_way_in(
    fallback: Fallback, tmp_path: Path
) -> None:
    said = fallback("-C", str(tmp_path))

    assert said.code == 0
    assert said.out.endswith("next: make a site of your own: fallback init DIR\n")
    assert fallback("-C", str(tmp_path), "--json").json["sites"] == []


def test_inside_a_site_the_bare_program_says_where_things_stand(
    fallback: Fallback, site: Path
) -> None:
    bare, status = fallback("-C", str(site)), fallback("-C", str(site), "status")

    assert bare.out == status.out
    assert bare.out.splitlines()[-1] == "next: publish the page: fallback deploy"


def test_a_command_outside_a_site_says_how_to_begin(
    fallback: Fallback, tmp_path: Path
) -> None:
    said = fallback("-C", str(tmp_path), "status")

    assert said.code == 2
    assert f"there is no fallback.toml in {tmp_path}" in said.err
    assert "next: begin with: fallback init, or name the folder" in said.err


def test_settings_that_are_not_utf_8_are_named_with_their_line(
    fallback: Fallback, site: Path
) -> None:
    path = site / "fallback.toml"
    text = path.read_text("utf-8").replace("Kwiaty u Ani", "Kwiaty u Żanety")
    path.write_bytes(text.encode("cp1250"))

    said = fallback("-C", str(site), "status")

    assert said.code == 2
    assert "fallback.toml:2: this is not UTF-8" in said.err


def test_a_word_that_is_missing_is_asked_for_in_one_line(
    fallback: Fallback, site: Path
) -> None:
    said = fallback("-C", str(site), "theme")

    assert said.code == 2
    assert "choose from: new, list" in said.err.casefold()
    assert "\\n" not in said.err
    assert "\\t" not in said.err
