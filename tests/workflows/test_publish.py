"""The form that publishes: its steps run as GitHub runs them, on a local git."""

import re
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from tests.workflows.forge import DEFAULT, ROOT, SECRET, Checkout, GitHub, git, shop

FILE = ROOT / ".github" / "workflows" / "publish.yml"
PUBLISH = GitHub(".github/workflows/publish.yml")
WORKFLOW, JOB, INPUTS = PUBLISH.workflow, PUBLISH.job, PUBLISH.inputs
CHECKOUT = JOB["steps"][0].get("with", {})


@pytest.fixture
def run(tmp_path: Path) -> Checkout:
    return shop(tmp_path)


def goes(
    run: Checkout,
    event: str,
    *,
    meanwhile: Callable[[], object] = lambda: None,
    **more: str,
) -> dict[str, int]:
    """Run the workflow; return how each step but the installation has ended."""
    ended = PUBLISH.goes(run, event, meanwhile=meanwhile, **more)
    assert ended.pop("install") == 0
    return ended


def somebody_pushes(run: Checkout, name: str, text: str) -> None:
    """Push the file *name* from another clone."""
    other = Checkout(run.root.parent / "other")
    git(run.remote.parent, "clone", "-q", str(run.remote), str(other.root))
    path = other.root / name
    path.write_text(text, "utf-8")
    other.git("add", "-A")
    other.git("-c", "user.name=o", "-c", "user.email=o@shop.example", "commit", "-qm",
              "Theirs")  # fmt: skip
    other.git("push", "-q", "origin", "main")


def refused_pushes(run: Checkout, times: int) -> Path:
    """Let the remote refuse the next *times* pushes; return the file that counts."""
    count = run.remote / "refused"
    count.write_text("")
    hook = run.remote / "hooks" / "pre-receive"
    hook.write_text(
        f"#!/bin/sh\n[ $(wc -l <{count}) -ge {times} ] && exit 0\n"
        f"echo no >>{count}\nexit 1\n"
    )
    hook.chmod(0o755)
    return count


THEIRS = "title: Pocztą\nstatus: investigating\n\nPaczki jadą pocztą.\n"


def test_a_push_publishes_and_keeps_nothing(run: Checkout) -> None:
    before = run.kept("rev-parse", "main")
    assert goes(run, "push") == {"publish": 0}
    assert "<html" in run.page
    assert run.kept("rev-parse", "main") == before
    assert "written, but nobody saw it as a visitor" in run.summary
    assert "revert the newest commit" in run.summary


def test_the_form_as_it_is_writes_publishes_and_keeps_a_message(run: Checkout) -> None:
    """On a telephone: open, press the button."""
    assert set(goes(run, "workflow_dispatch").values()) == {0}
    kept = run.kept("show", "--stat", "--format=%s %an", "main")
    assert kept.startswith("Tell customers: investigating ania")
    assert "content/updates/" in kept
    assert run.newest() in run.page


HOSTILE = (
    "Prosimy o cierpliwość",
    "--deploy -C /",
    "$(touch hit) `touch hit` ; touch hit",
    "\"'; touch hit #",
    "${{ secrets.AWS_SECRET_ACCESS_KEY }}",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_the_form_are_words(run: Checkout, words: str) -> None:
    ended = goes(run, "workflow_dispatch", what="own words (only what stands below)",
                     words=words)  # fmt: skip
    assert not list(run.root.parent.rglob("hit"))
    if set(ended.values()) == {0}:
        file = max((run.root / "content" / "updates").glob("*.md"))
        assert words in file.read_text("utf-8")
    else:  # words that could mislead customers are refused before anything is kept
        assert ended["write the message"] != 0
        assert "publish" not in ended
    assert SECRET not in run.git("log", "-p", "--all")


@pytest.mark.parametrize(
    ("what", "then"),
    [*zip(INPUTS["what"]["options"], cycle(INPUTS["next"]["options"]), strict=False)],
)
def test_every_choice_of_the_form_works(run: Checkout, what: str, then: str) -> None:
    ended = goes(run, "workflow_dispatch", words="Dzwonimy.", what=what, next=then)
    assert set(ended.values()) == {0}, ended


def test_a_message_is_kept_although_another_was_pushed_meanwhile(run: Checkout) -> None:
    """What a form's run pushes starts no run: its page has to say both."""
    ended = goes(
        run,
        "workflow_dispatch",
        meanwhile=lambda: somebody_pushes(
            run, "content/updates/2026-11-22T1050.pl.md", THEIRS
        ),
    )
    assert set(ended.values()) == {0}
    assert run.subjects == ["Tell customers: investigating", "Theirs", "words"]
    assert run.newest() in run.page
    assert "Paczki jadą pocztą." in run.page


def test_a_run_publishes_the_newest_words_whatever_commit_started_it(
    run: Checkout,
) -> None:
    somebody_pushes(run, "content/updates/2026-11-22T1050.pl.md", THEIRS)
    assert goes(run, "push") == {"publish": 0}
    assert "Paczki jadą pocztą." in run.page


def test_a_message_is_kept_although_others_are_pushed_again_and_again(
    run: Checkout,
) -> None:
    count = refused_pushes(run, 4)
    assert set(goes(run, "workflow_dispatch").values()) == {0}
    assert count.read_text().count("no") == 4
    assert run.subjects == ["Tell customers: investigating", "words"]


def test_a_message_that_cannot_be_kept_is_published_and_a_re_run_keeps_it_once(
    run: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    count = refused_pushes(run, 1000)
    ended = goes(run, "workflow_dispatch")
    assert ended == {"write the message": 0, "keep the message": 1, "publish": 0}
    assert count.read_text()
    assert (
        "::error::the message is not in content/updates yet" in capfd.readouterr().err
    )
    assert run.newest() in run.page
    refused_pushes(run, 0)
    for _ in range(2):
        assert set(goes(run, "workflow_dispatch").values()) == {0}
        assert run.subjects == ["Tell customers: investigating", "words"]
        assert run.newest() in run.page
    goes(run, "workflow_dispatch", number="11")
    assert len(run.subjects) == 3


def test_a_message_that_contradicts_a_pushed_one_goes_out_all_the_same(
    run: Checkout,
) -> None:
    """Two write the same file, as two forms in the same minute do."""

    def the_same_file() -> None:
        file = max((run.root / "content" / "updates").glob("*.pl.md"))
        somebody_pushes(run, str(file.relative_to(run.root)), THEIRS)

    ended = goes(run, "workflow_dispatch", meanwhile=the_same_file)
    assert ended == {"write the message": 0, "keep the message": 1, "publish": 0}
    assert run.newest() in run.page
    assert "Theirs" in run.subjects
    assert not (run.root / ".git" / "rebase-merge").exists()


def test_a_host_that_failed_loses_no_message(run: Checkout) -> None:
    run.copy.write_text("a file where the folder should be")
    ended = goes(run, "workflow_dispatch")
    assert ended["publish"] != 0
    assert ended["keep the message"] == 0
    assert "Tell customers" in run.subjects[0]
    assert "the page was not published" in run.summary
    assert "revert" not in run.summary, "no host took anything"


def test_the_form_asks_for_no_typing_and_holds_no_key_to_dns() -> None:
    """The telephone's app keeps its button grey until every field has a value."""
    for about in INPUTS.values():
        assert about["required"] == "false" or about["default"]
        assert about["type"] != "choice" or about["default"] in about["options"]
    assert JOB["if"] == f"github.ref == format('refs/heads/{{0}}', {DEFAULT})"
    assert JOB["environment"] == "page"
    text = FILE.read_text("utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    }  # fmt: skip
    for used in re.findall(r"uses: (\S+)", text):
        assert used == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used)


def test_only_the_step_that_keeps_a_message_holds_the_token() -> None:
    assert CHECKOUT["persist-credentials"] == "false"
    holders = [step["name"] for step in JOB["steps"] if "github.token" in str(step)]
    assert holders == ["keep the message"]


def test_no_run_of_the_form_waits_where_another_could_take_its_place() -> None:
    """GitHub keeps one waiting run of a group, and drops the older ones."""
    group = WORKFLOW["concurrency"]["group"]
    assert "'workflow_dispatch' && github.run_id ||" in group
    assert WORKFLOW["concurrency"]["cancel-in-progress"] == "false"
