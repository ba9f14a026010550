"""Where a site stands, from what is remembered and from a look at the page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fallback import stores
from fallback.actions import watch
from fallback.actions.deploy import deploy
from fallback.actions.site import load
from fallback.actions.status import WATCH_KEY, Welcome, is_site, status
from fallback.core.config import Config
from fallback.core.errors import FallbackError
from fallback.core.model import Verdict
from fallback.core.redirect.drill import Report, Step, StepId, StepState
from fallback.core.result import silent
from fallback.core.standing import Place
from fallback.core.watching import State
from fallback.stores import drills
from fallback.wire.clock import SystemClock
from tests.fakes.site_folder import folder, write_site
from tests.servers.visited import visited

NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_site(tmp_path / "site", folder(), folder("other")))


def watched(config: Config, **facts: object) -> None:
    state = State(**{"last_at": NOW, "since": NOW - timedelta(hours=1), **facts})
    stores.connect(config.state, config).put(WATCH_KEY, state.to_json(), None)


def told(config: Config) -> str:
    return "\n".join(str(line) for line in status(config, now=NOW).told())


def test_status_reads_what_the_watcher_writes() -> None:
    assert WATCH_KEY == watch.KEY


def test_a_site_that_was_only_written_says_so(config: Config) -> None:
    assert told(config) == (
        "Kwiaty u Ani (kwiaty.example)\n"
        "  the shop: not watched yet\n"
        "  page live: no\n"
        "  prepared: no: there is no page to lead anybody to\n"
        "  armed: no: nobody watches\n"
        "  if the shop died now: customers would see an error, and nothing else\n"
        "next: publish the page: fallback deploy"
    )


def test_a_page_in_folders_is_not_called_live_and_a_missing_one_is_named(
    config: Config,
) -> None:
    """A folder may be a web server's, or nobody's: without a url nobody can tell."""
    deploy(config, say=silent, clock=SystemClock())
    said = "page live: not seen as a visitor: it is written to {}, without a url"
    assert f"{said.format('folder, folder-2')}\n" in told(config)
    (config.root / "other/index.html").write_text("<title>somebody else</title>")

    assert f"{said.format('folder')}; NOT at: folder-2\n" in told(config)


def test_what_is_seen_and_what_is_only_written_are_told_apart(tmp_path: Path) -> None:
    copy = tmp_path / "site" / "public-copy"
    with visited(copy) as host:
        hosts = folder(url=host.url), folder("other")
        config = load(write_site(tmp_path / "site", *hosts))
        deploy(config, say=silent, clock=SystemClock())
        seen = f"page live: yes: {host.url}; not seen as a visitor: folder-2\n"
        assert seen in told(config)


def test_a_host_that_no_watcher_can_look_at_is_named(tmp_path: Path) -> None:
    bucket = 'kind = "s3"\nbucket = "b"\n'
    config = load(write_site(tmp_path / "site", folder(), bucket))
    assert "  not watched, because they have no url: s3\n" in told(config)
    (site,) = status(config, now=NOW).as_json()["sites"]
    assert site["unwatched"] == ["s3"]


@pytest.mark.parametrize("status_address", [True, False])
def test_a_page_is_live_with_200_and_with_503(
    tmp_path: Path, *, status_address: bool
) -> None:
    """The better hosts answer 503 everywhere, their own address included."""
    copy = tmp_path / "site" / "public-copy"
    with visited(copy, status_address=status_address) as host:
        config = load(write_site(tmp_path / "site", folder(url=host.url)))
        deploy(config, say=silent, clock=SystemClock())
        assert f"page live: yes: {host.url}" in told(config)


def test_the_spare_address_is_looked_at_before_it_is_promised(tmp_path: Path) -> None:
    copy = tmp_path / "site" / "public-copy"
    with visited(copy) as host:
        file = write_site(tmp_path / "site", folder(url=host.url)) / "fallback.toml"
        text = file.read_text("utf-8")
        spare = f"{host.url}/"
        file.write_text(text.replace("[shop]", f'[shop]\nspare = "{spare}"'), "utf-8")
        config = load(tmp_path / "site")
        before = status(config, now=NOW)
        assert before.site.spare == Place("spare", spare, live=False)
        assert f"spare address: {spare} does NOT show the page" in told(config)
        deploy(config, say=silent, clock=SystemClock())
        after = status(config, now=NOW)
        assert f"spare address: {spare} shows the page" in told(config)
    (site,) = after.as_json()["sites"]
    assert site["spare"] == {"url": spare, "live": True}
    assert spare in site["if_it_died"]


def test_a_shop_that_is_down_is_code_10_and_says_since_when(config: Config) -> None:
    watched(config, verdict=Verdict.DOWN, last=Verdict.DOWN)

    result = status(config, now=NOW)

    assert result.code == 10
    assert "the shop: DOWN since 09:15 (seen 10:15)" in told(config)
    assert result.as_json()["sites"] == [
        {
            "site": "kwiaty.example",
            "verdict": "down",
            "since": "2026-11-22T08:15:00+00:00",
            "looked": "2026-11-22T09:15:00+00:00",
            "redirected": False,
            "grade": "nothing",
            "unwatched": [],
            "live": [],
            "spare": None,
            "if_it_died": "customers would see an error, and nothing else",
            "next": "publish the page: fallback deploy",
            "drill": None,
        }
    ]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict.UP, "answers since 09:15 (seen 10:15)"),
        (
            Verdict.DOUBTFUL,
            "not clear: its name leads to no address, as seen from here",
        ),
        (Verdict.UNKNOWN, "unknown: the watcher could not look"),
    ],
)
def test_what_the_watcher_saw_is_told(
    config: Config, verdict: Verdict, said: str
) -> None:
    watched(config, verdict=verdict, last=verdict, why="dns")

    assert said in told(config)
    assert status(config, now=NOW).code == 0


def test_a_watcher_that_stopped_is_not_believed(config: Config) -> None:
    watched(config, verdict=Verdict.UP, last_at=NOW - timedelta(days=3))

    assert "armed: no: the watcher stopped looking" in told(config)


ZONE = """
[[dns]]
provider = "manual"
zone = "kwiaty.example"
names = ["kwiaty.example"]
target = ["192.0.2.80"]
"""


@pytest.mark.parametrize(
    ("days", "state", "prepared", "step"),
    [
        (None, None, "set up for kwiaty.example, and never rehearsed", "drill"),
        (3, StepState.OK, "yes, for kwiaty.example: rehearsed there and back", "check"),
        (3, StepState.FAILED, "set up for kwiaty.example, and not proven", "drill"),
        (91, StepState.OK, "set up for kwiaty.example, and last rehearsed", "drill"),
    ],
)
def test_nothing_is_called_prepared_that_no_drill_has_proved(
    config: Config, days: int | None, state: StepState, prepared: str, step: str
) -> None:
    file = config.root / "fallback.toml"
    file.write_text(file.read_text("utf-8") + ZONE, "utf-8")
    config = load(config.root)
    deploy(config, say=silent, clock=SystemClock())
    watched(config, verdict=Verdict.UP, last=Verdict.UP)
    if days is not None:
        steps = tuple(Step(each, state) for each in StepId)
        report = Report(NOW - timedelta(days=days), "kwiaty.example", ("x",), steps)
        drills.keep(stores.connect(config.state, config), report, "")
    said = told(config)
    assert f"prepared: {prepared}" in said
    assert "    that it works: " in said
    assert said.splitlines()[-1].endswith(f"fallback {step}")
    drill = status(config, now=NOW).as_json()["sites"][0]["drill"]
    assert (drill and drill["age_days"]) == days


def test_a_memory_that_cannot_be_read_is_an_error_in_words(config: Config) -> None:
    stores.connect(config.state, config).put(WATCH_KEY, b'{"schema": 99}', None)

    with pytest.raises(FallbackError, match="newer fallback"):
        status(config, now=NOW)


def test_where_there_is_no_site_the_way_in_is_shown(tmp_path: Path) -> None:
    assert not is_site(tmp_path)
    lines = [str(line) for line in Welcome(tmp_path).told()]

    assert any("fallback demo" in line for line in lines)
    assert lines[-1] == "next: make a site of your own: fallback init DIR"
