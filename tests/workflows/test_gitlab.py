"""The same at GitLab: its jobs run as its runner runs them, on a local git."""

import time
from pathlib import Path

import pytest
from attrs import evolve

from tests.workflows.forge import SECRET, Checkout, GitHub, GitLab, shop
from tests.workflows.test_publish import (
    HOSTILE,
    THEIRS,
    refused_pushes,
    somebody_pushes,
)

LAB = GitLab({"AWS_SECRET_ACCESS_KEY": SECRET})
PUBLISH = GitHub(".github/workflows/publish.yml")
REDIRECT = GitHub(".github/workflows/redirect.yml")


@pytest.fixture
def run(tmp_path: Path) -> Checkout:
    return shop(tmp_path)


def told(run: Checkout) -> dict[str, int]:
    """Run a pipeline whose form was filled in as GitHub's stands."""
    return LAB.goes(run, "web", WHAT=PUBLISH.inputs["what"]["default"])


def test_its_forms_are_the_same_as_githubs() -> None:
    assert set(LAB.form) == {name.upper() for name in PUBLISH.inputs}
    for name, about in PUBLISH.inputs.items():
        ours = LAB.file["variables"][name.upper()]
        if name != "what":
            assert ours["value"] == about["default"]
        assert ours["description"] == about["description"]
        assert ours.get("options") == about.get("options")
    moves = LAB.file["redirect"]["inputs"]
    assert [*moves] == [*REDIRECT.inputs]
    for name, about in REDIRECT.inputs.items():
        for each in ("default", "description", "options"):
            assert moves[name].get(each) == about.get(each)


def test_a_pipeline_without_its_form_tells_customers_nothing(run: Checkout) -> None:
    """GitLab shows the form only to whom the project allows pipeline variables."""
    assert LAB.goes(run, "web") == {"publish": 0}
    assert run.subjects == ["words"]


def test_a_push_publishes_and_keeps_nothing(run: Checkout) -> None:
    before = run.kept("rev-parse", "main")
    somebody_pushes(run, "content/updates/2026-11-22T1050.pl.md", THEIRS)
    assert LAB.goes(run, "push") == {"publish": 0}
    assert "Paczki jadą pocztą." in run.page, "the newest words, whatever started it"
    assert run.subjects == ["Theirs", "words"]
    assert run.kept("rev-parse", "main~1") == before
    assert "--require-hashes" in run.installed
    assert run.log_end.startswith("WRITTEN, BUT NOBODY SAW IT AS A VISITOR\n")
    assert "revert the newest commit" in run.log_end


@pytest.mark.parametrize("service", ["GitHub", "GitLab"])
@pytest.mark.sampled
def test_the_form_as_it_is_writes_publishes_and_keeps_a_message(
    run: Checkout, service: str, count, capsys: pytest.CaptureFixture[str]
) -> None:
    """Timed as from a telephone: what the service itself needs is not in it."""
    run = evolve(run, cold=True)
    begun = time.monotonic()
    ended = told(run) if service == "GitLab" else PUBLISH.goes(run)
    took = round((time.monotonic() - begun) * 1000)
    assert set(ended.values()) == {0}
    assert run.newest() in run.page
    assert run.subjects == ["Tell customers: investigating", "words"]
    count("From the form to the page", {"service": service}, runs=1, milliseconds=took)
    with capsys.disabled():
        print(f"\n{service}: from dispatch to page in {took} ms (lab)")


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_the_form_are_words(run: Checkout, words: str) -> None:
    ended = LAB.goes(run, "web", WHAT="own words (only what stands below)", WORDS=words)
    assert not list(run.root.parent.rglob("hit"))
    if ended["publish"] == 0:
        file = max((run.root / "content" / "updates").glob("*.md"))
        assert words in file.read_text("utf-8")
    else:  # words that could mislead customers are refused before anything is kept
        assert run.subjects == ["words"]
    assert SECRET not in run.git("log", "-p", "--all")


@pytest.mark.parametrize("service", ["GitHub", "GitLab"])
def test_a_repository_whose_default_branch_has_another_name_keeps_its_messages_there(
    tmp_path: Path, service: str
) -> None:
    run = shop(tmp_path, branch="trunk")
    ended = told(run) if service == "GitLab" else PUBLISH.goes(run)
    assert set(ended.values()) == {0}
    assert run.subjects == ["Tell customers: investigating", "words"]


def test_a_message_that_cannot_be_kept_is_published_and_a_retry_keeps_it_once(
    run: Checkout,
) -> None:
    refused_pushes(run, 1000)
    assert told(run) == {"publish": 1}
    assert run.newest() in run.page
    assert run.subjects == ["words"]
    refused_pushes(run, 0)
    for _ in range(2):
        assert told(run) == {"publish": 0}
        assert run.subjects == ["Tell customers: investigating", "words"]


def test_a_pipeline_publishes_and_moves_nothing_before_somebody_says_so() -> None:
    for source in ("push", "web"):
        assert LAB.jobs(source) == ["publish"]
        assert LAB.jobs(source, manual=True) == ["redirect"]
    waits = [rule["allow_failure"] for rule in LAB.file["redirect"]["rules"]]
    assert waits == ["true", "true"], "a pipeline ends without it"
    assert LAB.file["redirect"]["needs"] == []


@pytest.mark.parametrize("domain", ["'; touch hit; '", "$(touch hit)", "a\nb"])
def test_what_a_shell_would_read_is_typed_into_no_script(
    run: Checkout, domain: str
) -> None:
    for field in ("move", "domain", "accept"):
        assert LAB.plays(run, "redirect", **{field: domain}) is None


def test_each_job_has_the_environment_that_its_keys_are_given_to() -> None:
    """GitLab gives a variable to the jobs of the environment that it is scoped to."""
    file = LAB.file
    environments = [file[job]["environment"]["name"] for job in ("publish", "redirect")]
    assert environments == ["page", "dns"]
    assert file["workflow"]["rules"] == [
        {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}
    ]
    assert file["workflow"]["auto_cancel"] == {"on_new_commit": "none"}
    assert {file[job]["resource_group"] for job in ("publish", "redirect")} == {
        "page",
        "dns",
    }


def test_what_is_typed_is_expanded_by_nobody() -> None:
    assert LAB.file["variables"]["WORDS"]["expand"] == "false"
