"""A new site works at once, and nothing that was there is lost."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from attrs import evolve

from fallback.actions.build import build
from fallback.actions.check import CheckResult
from fallback.actions.init import TEMPLATES, init
from fallback.actions.site import load
from fallback.core.config import FILE_NAME
from fallback.core.errors import FallbackError, UsageError
from fallback.core.findings import Finding, Severity
from fallback.core.model import Language
from fallback.core.text import T
from fallback.core.wizard.forms import FORMS, GITLAB_REDIRECT, PUBLISH, REDIRECT
from fallback.core.wizard.offers import Table
from fallback.core.wizard.starter import PLACEHOLDER, READY, Answers
from fallback.page.languages import Speaker, autonym
from fallback.page.sentences import SPOKEN_ONLY
from fallback.wire import durable, provenance, shipped
from tests import need

ANSWERS = Answers(
    name='Kwiaty "u Ani" \\ spółka',
    url="https://kwiaty.example",
    email="awaria@elsewhere.example",
    phone="+48600100200",
    contains="Dodaj do koszyka",
    timezone="Europe/Warsaw",
    languages=("pl", "en"),
)


def everything(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("languages", [("pl", "en"), ("en",), ("pl",), ("de", "cs")])
def test_a_new_site_builds_at_once_and_nothing_is_left_out(
    tmp_path: Path, languages: tuple[str, ...]
) -> None:
    answers = evolve(ANSWERS, languages=languages)
    init(tmp_path, answers)

    built = build(load(tmp_path), out=None)

    assert (built.code, built.left_out) == (0, ())


def test_every_answer_arrives_in_the_settings(tmp_path: Path) -> None:
    init(tmp_path, ANSWERS)

    config = load(tmp_path)

    assert config.shop.name == ANSWERS.name
    assert config.shop.timezone.key == "Europe/Warsaw"
    assert config.shop.languages == ("pl", "en")
    assert config.contact.phone == ANSWERS.phone
    assert config.primary.contains == ANSWERS.contains
    assert [host.kind for host in config.hosts] == ["folder", "folder"]
    assert config.contact.links == {}


def test_nothing_of_the_example_shop_is_left_in_force(tmp_path: Path) -> None:
    init(tmp_path, ANSWERS)

    page = build(load(tmp_path), out=None).site.file("index.html").body.decode()

    assert "facebook" not in page
    assert "kwiaty.awaria" not in page


def test_a_second_run_finds_nothing_to_do(tmp_path: Path) -> None:
    init(tmp_path, ANSWERS)
    before = everything(tmp_path)

    result = init(tmp_path, ANSWERS)

    assert result.written == ()
    assert "nothing to do: the site is there" in [str(line) for line in result.told()]
    assert everything(tmp_path) == before


def test_settings_that_are_there_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "fallback.toml").write_text("# mine\n")

    with pytest.raises(UsageError, match="is there already"):
        init(tmp_path, ANSWERS)

    assert everything(tmp_path) == {"fallback.toml": b"# mine\n"}


def test_words_that_are_there_are_kept_and_named(tmp_path: Path) -> None:
    own = tmp_path / "content" / "outage.pl.md"
    own.parent.mkdir()
    own.write_text("Moje własne słowa\n", "utf-8")

    result = init(tmp_path, ANSWERS)

    assert result.kept == ("content/outage.pl.md",)
    assert own.read_text("utf-8") == "Moje własne słowa\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"phone": "600100200"}, "contact.phone"),
        ({"url": "kwiaty"}, "shop.url"),
        ({"email": "ania"}, "contact.email"),
        ({"timezone": "Warsaw"}, "shop.timezone"),
        ({"languages": ("Polski",)}, "shop.languages"),
        ({"name": " "}, "shop.name"),
        ({"name": "AKIAIOSFODNN7EXAMPLE"}, "shop.name looks like a secret"),
    ],
)
def test_an_answer_that_cannot_be_used_leaves_nothing_behind(
    tmp_path: Path, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        init(tmp_path / "shop", evolve(ANSWERS, **wrong))

    assert not (tmp_path / "shop").exists()


def test_a_site_without_its_telling_words_says_so(tmp_path: Path) -> None:
    answers = evolve(ANSWERS, contains=PLACEHOLDER)

    told = [str(line) for line in init(tmp_path, answers).told()]

    assert any("set primary.contains in fallback.toml" in line for line in told)


@pytest.mark.parametrize(
    ("languages", "spoken", "wordless"),
    [(("ar",), ("ar", "en"), ("ar",)), (("de", "pl"), ("de", "pl"), ("de",))],
)
def test_english_is_never_published_as_another_language(
    tmp_path: Path,
    languages: tuple[str, ...],
    spoken: tuple[str, ...],
    wordless: tuple[str, ...],
) -> None:
    """The page says in its own language that a part is not in it."""
    result = init(tmp_path, evolve(ANSWERS, languages=languages))
    config = load(tmp_path)

    assert config.shop.languages == spoken
    assert result.wordless == wordless
    names = {path.name for path in (tmp_path / "content").rglob("*.md")}
    assert not any(f".{code}." in name for name in names for code in wordless)
    (told,) = (str(each) for each in result.told() if "no ready words" in str(each))
    assert f"content/outage.{wordless[0]}.md" in told
    made = build(config, out=None)
    front = made.site.file("index.html").body.decode()
    assert f'lang="{spoken[1]}" dir="ltr">' in front
    speaker = Speaker.of(Language(spoken[0]), shipped.catalogue(Language(spoken[0])))
    note = speaker.say(SPOKEN_ONLY, language=autonym(spoken[1]))
    assert re.sub(r"[\u2066-\u2069]", "", note) in re.sub(r"[\u2066-\u2069]", "", front)
    (noticed,) = made.noticed
    assert noticed.file == f"content/outage.{wordless[0]}.md"
    assert made.code == 0


def test_a_second_run_in_a_language_without_ready_words_finds_nothing_to_do(
    tmp_path: Path,
) -> None:
    answers = evolve(ANSWERS, languages=("ar",))
    init(tmp_path, answers)

    assert init(tmp_path, answers).written == ()


def test_a_kill_in_the_middle_is_finished_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    real = durable.create
    written: list[Path] = []

    def dying(path: Path, body: bytes) -> None:
        if len(written) == 3:
            raise Killed
        written.append(path)
        real(path, body)

    monkeypatch.setattr(durable, "create", dying)
    with pytest.raises(Killed):
        init(tmp_path, ANSWERS)
    assert not (tmp_path / "fallback.toml").exists()
    monkeypatch.setattr(durable, "create", real)

    result = init(tmp_path, ANSWERS)

    assert len(result.kept) == 3
    assert build(load(tmp_path), out=None).code == 0


def test_a_full_disk_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, body: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "create", full)

    with pytest.raises(FallbackError, match="cannot be written: No space left"):
        init(tmp_path, ANSWERS)


def test_the_languages_with_ready_words_are_those_that_have_all_of_them() -> None:
    names = [path.name.split(".") for path in (shipped.starter() / TEMPLATES).iterdir()]
    stems = {stem for stem, _, _ in names}

    assert {(stem, language) for stem, language, _ in names} == {
        (stem, language) for stem in stems for language in READY
    }


def test_the_shop_s_workers_are_named_and_make_no_other_site_of_it(
    tmp_path: Path,
) -> None:
    result = init(tmp_path, evolve(ANSWERS, workers=("/pwa/sw.js",)))

    again = init(tmp_path, evolve(ANSWERS, workers=()))

    assert load(tmp_path).shop.workers == result.workers == ("/pwa/sw.js",)
    assert any(
        "in fallback.toml now: /pwa/sw.js" in str(line) for line in result.told()
    )
    assert again.written == ()


def test_what_publishes_this_repository_publishes_a_new_site(tmp_path: Path) -> None:
    hosts = (Table("netlify", {"site": "kwiaty", "token": "env:PAGE_TOKEN"}),)

    init(tmp_path, evolve(ANSWERS, hosts=hosts))

    words = [name for name in FORMS if "redirect" not in name]
    assert all((tmp_path / name).is_file() for name in words)
    assert "secrets.PAGE_TOKEN" in (tmp_path / PUBLISH).read_text("utf-8")
    assert "uses: ./" not in (tmp_path / PUBLISH).read_text("utf-8")


def test_the_form_that_moves_names_comes_once_the_settings_say_where_they_are(
    tmp_path: Path,
) -> None:
    init(tmp_path, ANSWERS)
    assert not (tmp_path / REDIRECT).exists()
    with (tmp_path / FILE_NAME).open("a", encoding="utf-8") as file:
        file.write(
            '[[dns]]\nprovider = "cloudflare"\nzone = "kwiaty.example"\n'
            'names = ["kwiaty.example"]\ntarget = ["192.0.2.7"]\n'
            'token = "env:ZONE_KEY"\n'
        )

    result = init(tmp_path, ANSWERS)

    assert set(result.written) == {REDIRECT, GITLAB_REDIRECT}
    assert "secrets.ZONE_KEY" in (tmp_path / REDIRECT).read_text("utf-8")


def test_the_repository_says_which_branch_publishes(tmp_path: Path) -> None:
    git = [need.program("git"), "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q", "-b", "trunk"], check=True)
    init(tmp_path / "a", ANSWERS)
    assert 'branches: ["trunk"]' in (tmp_path / "a" / PUBLISH).read_text("utf-8")
    origin = "refs/remotes/origin/"
    head = [*git, "symbolic-ref", f"{origin}HEAD", f"{origin}words"]
    subprocess.run(head, check=True)
    init(tmp_path / "b", ANSWERS)
    assert 'branches: ["words"]' in (tmp_path / "b" / PUBLISH).read_text("utf-8")


def test_workflows_that_cannot_know_the_program_are_said_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "program", lambda: None)

    result = init(tmp_path, ANSWERS)

    (line,) = (str(each) for each in result.told() if "OWNER/fallback" in str(each))
    assert "in place of OWNER/fallback and COMMIT" in line
    assert line.endswith(f"that you use: {', '.join(result.rootless)}")
    for name, body in everything(tmp_path).items():
        assert (b"OWNER/fallback" in body) is (name in result.rootless), name


def test_the_living_shop_s_own_rules_for_robots_are_remembered(tmp_path: Path) -> None:
    init(tmp_path, ANSWERS, robots=b"User-agent: *\nDisallow: /koszyk\n")

    robots = build(load(tmp_path), out=None).site.file("robots.txt").body
    assert b"Disallow: /koszyk" in robots


def test_an_owner_is_told_which_key_keeps_a_telephone_from_publishing(
    tmp_path: Path,
) -> None:
    login = {"host": "files.example", "user": "k", "path": "/srv/k", "key": "~/.ssh/k"}
    result = init(tmp_path, evolve(ANSWERS, hosts=(Table("sftp", login),)))

    told = "\n".join(str(line) for line in result.told())
    assert "sftp cannot be published to from a telephone until" in told
    assert "the key ~/.ssh/k, which only this computer has" in told
    assert result.as_json()["tied"] == [{"place": "sftp", "what": "~/.ssh/k"}]


@pytest.mark.skipif(os.name == "nt", reason="its shells quote in another way")
def test_a_command_that_is_printed_can_be_pasted_whatever_the_folder_is_called(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "Kwiaty; u Ani"
    _, _, command = str(init(folder, ANSWERS).next).partition("run: ")
    assert shlex.split(command) == ["fallback", "-C", str(folder), "deploy"]


def test_findings_that_read_alike_are_one_thing_to_do(tmp_path: Path) -> None:
    alike = Finding("x", Severity.CRITICAL, "a", T("away"), T("so"), T("deploy"))
    checked = CheckResult("kwiaty.example", (alike, evolve(alike, subject="b")))
    told = evolve(init(tmp_path, ANSWERS), checked=checked).told()
    assert "checked; to be done before that day: 1" in [str(line) for line in told]
