"""An update that reaches the folder reaches the page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fallback.actions.build import build
from fallback.actions.site import load
from fallback.actions.update import UpdateResult, update
from fallback.actions.writing.drafts import Draft
from fallback.core.config import Config
from fallback.core.errors import ContentError, FallbackError, UsageError
from fallback.core.result import silent
from fallback.wire import durable
from tests.fakes.site_folder import folder, write_site

NOW = datetime(2026, 11, 22, 9, 15, 30, tzinfo=UTC)  # 10:15:30 in Warsaw


class StoppedClock:
    """A clock that only goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> timedelta:
        return self.at - NOW

    def sleep(self, span: timedelta) -> None:
        self.at += span


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_site(tmp_path, folder()))


def written(config: Config, draft: Draft, *, publish: bool = False) -> UpdateResult:
    return update(config, draft, publish=publish, say=silent, clock=StoppedClock())


def files(config: Config) -> list[str]:
    return sorted(path.name for path in (config.root / "content/updates").glob("*"))


def test_an_update_is_one_file_with_the_moment_in_its_name_and_header(
    config: Config,
) -> None:
    draft = Draft("Dysk wymieniony.", status="identified", eta="14:30", next="+2h")

    result = written(config, draft)

    assert result.file == "content/updates/2026-11-22T1015.pl.md"
    assert (config.root / result.file).read_text("utf-8") == (
        "---\n"
        "eta: 2026-11-22T14:30+01:00\n"
        "next: 2026-11-22T12:15+01:00\n"
        "status: identified\n"
        "at: 2026-11-22T10:15:30+01:00\n"
        "---\n"
        "\n"
        "Dysk wymieniony.\n"
    )


def test_what_was_typed_is_on_the_page(config: Config) -> None:
    written(config, Draft("Dysk **wymieniony**.", title="Dobra wiadomość"))

    page = build(config, out=None).site.file("index.html").body.decode()

    assert "Dobra wiadomość" in page
    assert "<strong>wymieniony</strong>" in page


def test_a_second_update_in_the_same_minute_has_a_name_of_its_own(
    config: Config,
) -> None:
    for text in ("raz", "dwa", "trzy"):
        written(config, Draft(text))

    assert files(config) == [
        "2026-11-22T1015.pl.md",
        "2026-11-22T101530-2.pl.md",
        "2026-11-22T101530.pl.md",
    ]
    assert build(config, out=None).left_out == ()


def test_updates_in_two_languages_at_once_are_two_updates(config: Config) -> None:
    """Files with one stem are one update: two calls never become one by accident."""
    written(config, Draft("raz"))
    written(config, Draft("two", language="en"))

    assert files(config) == ["2026-11-22T1015.pl.md", "2026-11-22T101530.en.md"]


@pytest.mark.parametrize(
    ("draft", "what", "remedy"),
    [
        (
            Draft("x", eta="soon"),
            '--eta: "soon" is not a moment',
            'write "14:30", "+2h"',
        ),
        (Draft("x", eta="+2 hours"), "--eta:", 'did you mean "2h"'),
        (Draft("x", next="2026-11-21 10:00"), "is past already", 'write "14:30"'),
        (Draft("x", status="fixed"), "fixed is no status", "known here: investigating"),
        (Draft("x", status="resolvd"), "resolvd is no status", "did you mean resolved"),
        (Draft("x", language="de"), "the shop does not speak de", "shop.languages"),
        (Draft("  "), "an update needs words", "write: fallback update"),
        (Draft("status: resolved\n\n"), "an update needs words", "write: fallback"),
    ],
)
def test_what_cannot_be_understood_is_not_written(
    config: Config, draft: Draft, what: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as caught:
        written(config, draft)

    assert what in str(caught.value.what)
    assert remedy in str(caught.value.next)
    assert files(config) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Proszę dzwonić: +48 999 888 777", 1),
        ("Dobra wiadomość.\n\nPrzelew na PL61109010140000071219812874", 3),
    ],
)
def test_words_that_the_page_would_leave_out_are_not_written(
    config: Config, text: str, line: int
) -> None:
    with pytest.raises(ContentError) as caught:
        written(config, Draft(text, status="identified", eta="14:30"))

    assert [(each.file, each.line) for each in caught.value.problems] == [
        ("update", line)
    ]
    assert files(config) == []


def test_somebody_elses_broken_update_is_no_obstacle(config: Config) -> None:
    broken = config.root / "content/updates/2026-11-22T0900.pl.md"
    broken.parent.mkdir()
    broken.write_text("eta: whenever\n\nPrzelew na PL61109010140000071219812874\n")

    written(config, Draft("Dysk wymieniony."))

    assert len(files(config)) == 2


def test_a_header_typed_with_the_words_counts_and_options_win(config: Config) -> None:
    text = "title: Naprawa\nstatus: monitoring\n\nJuż lepiej."

    result = written(config, Draft(text, status="resolved"))

    assert "title: Naprawa\nstatus: resolved\n" in result.text
    assert result.text.endswith("---\n\nJuż lepiej.\n")


def test_a_site_without_any_outage_is_told_to_write_it_first(config: Config) -> None:
    (config.root / "content/outage.pl.md").unlink()

    with pytest.raises(ContentError, match="nothing says what happened"):
        written(config, Draft("x"))


def test_publishing_at_once_puts_it_at_every_host(config: Config) -> None:
    result = written(config, Draft("Dysk wymieniony."), publish=True)

    assert result.code == 0
    page = (config.root / "public-copy/index.html").read_text("utf-8")
    assert "Dysk wymieniony." in page
    assert set(result.as_json()) >= {"file", "hosts", "left_out"}


def test_a_full_disk_is_said_in_words(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, body: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable, "create", full)

    with pytest.raises(FallbackError, match="cannot be written: No space left"):
        written(config, Draft("x"))


def test_a_disk_that_fills_up_leaves_no_half_of_an_update(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command then writes it once, not twice in one language."""
    real, asked = durable.create, []

    def filling(path: Path, body: bytes) -> None:
        asked.append(path)
        if len(asked) == 2:
            raise OSError(28, "No space left on device")
        real(path, body)

    drafts = Draft("Dysk wymieniony."), Draft("The disk is new.", language="en")
    monkeypatch.setattr(durable, "create", filling)
    with pytest.raises(FallbackError, match="cannot be written: No space left"):
        update(config, *drafts, publish=False, say=silent, clock=StoppedClock())

    assert len(asked) == 2
    assert files(config) == []


def test_one_update_in_two_languages_shares_its_name(config: Config) -> None:
    drafts = Draft("Dysk wymieniony."), Draft("The disk is new.", language="en")

    result = update(config, *drafts, publish=False, say=silent, clock=StoppedClock())

    assert files(config) == ["2026-11-22T1015.en.md", "2026-11-22T1015.pl.md"]
    assert [one["language"] for one in result.as_json()["written"]] == ["pl", "en"]


def test_one_broken_language_keeps_the_others_back(config: Config) -> None:
    drafts = Draft("Dysk wymieniony."), Draft("Call +48 999 888 777", language="en")

    with pytest.raises(ContentError) as caught:
        update(config, *drafts, publish=False, say=silent, clock=StoppedClock())

    assert [each.place for each in caught.value.problems] == ["update (en):1"]
    assert files(config) == []


def test_the_languages_in_which_an_update_is_not_are_named_with_their_file(
    config: Config,
) -> None:
    result = written(config, Draft("Dysk."))

    (line,) = (str(each) for each in result.told() if "readers of" in str(each))
    assert line == (
        "readers of English get it in polski, and a note says so; to say it in their"
        " language, write content/updates/2026-11-22T1015.en.md"
    )
    assert result.as_json()["unsaid"] == [
        {
            "language": "en",
            "instead": "pl",
            "file": "content/updates/2026-11-22T1015.en.md",
        }
    ]


def put(config: Config, name: str, text: str) -> None:
    durable.replace(config.root / "content/updates" / name, text.encode())


def test_words_after_the_end_say_that_the_page_stays_open(config: Config) -> None:
    put(config, "2026-11-22T0900.pl.md", "status: resolved\n\nJuż.")

    doubts = [str(each) for each in written(config, Draft("Znowu nie działa.")).doubts]

    assert len(doubts) == 1
    assert "--status investigating" in doubts[0]


def test_another_outage_without_a_start_says_how_to_name_it(config: Config) -> None:
    put(config, "2026-11-22T0900.pl.md", "status: resolved\n\nJuż.")

    draft = Draft("Znowu.", status="identified")
    doubts = [str(each) for each in written(config, draft).doubts]

    assert len(doubts) == 1
    assert "nothing says since when" in doubts[0]
    assert doubts[0].endswith("such as started: 2026-11-22 09:40")


def test_an_update_that_is_dated_ahead_is_named_when_another_is_written(
    config: Config,
) -> None:
    put(config, "x.pl.md", "title: x\nat: 2026-11-30 10:00\nstatus: resolved\n\nJuż.")

    result = written(config, Draft("Dysk."))

    (problem,) = result.ahead
    assert problem.place == "content/updates/x.pl.md:2"
    assert problem.mended == "at: 2026-11-22T10:15+01:00"
    assert any("still to come" in str(each) for each in result.told())
