"""The whole story in a minute on this machine: a small world, and the real product."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from fallback.actions.init import init
from fallback.actions.site import load
from fallback.actions.story import STORY, Broken, Stage, Step
from fallback.core.clock import Clock
from fallback.core.config import FILE_NAME, Config
from fallback.core.errors import FallbackError
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.core.wizard.starter import Answers
from fallback.demo.apart import apart
from fallback.demo.shop import NAME, WORDS
from fallback.demo.site import settings
from fallback.demo.world import PAGE_AT, World, world

_PAUSE = timedelta(seconds=0.5)


@frozen
class StepSeen:
    """How one step went; ``problem`` is what it could not see."""

    step: Step
    told: tuple[Sayable, ...]
    problem: Sayable | None = None

    def as_json(self) -> Mapping[str, Any]:
        """Return the step as JSON."""
        return {
            "step": self.step.id,
            "title": str(self.step.title),
            "ok": self.problem is None,
            "told": [str(line) for line in self.told],
            "problem": None if self.problem is None else str(self.problem),
        }


@frozen
class DemoResult:
    """The steps that were played; the last one is the one that failed, if any did."""

    steps: tuple[StepSeen, ...]
    took: timedelta
    site: str
    url: str

    @property
    def failed(self) -> StepSeen | None:
        """Return the step that could not be verified."""
        return next((step for step in self.steps if step.problem is not None), None)

    @property
    def code(self) -> int:
        """Return 0 only if every step of the story was verified."""
        whole = len(self.steps) == len(STORY)
        return 0 if whole and self.failed is None else 1

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        if self.failed is not None:
            yield T(
                "the step {step} was not verified: {problem}",
                step=self.failed.step.id,
                problem=self.failed.problem or "",
            )
            return
        yield T(
            "all {n} steps verified in {seconds} seconds",
            n=len(self.steps),
            seconds=int(self.took.total_seconds()),
        )
        yield T("next, for your own shop:")
        yield T("  fallback init my-shop       a few questions, a working site")
        yield T("  fallback -C my-shop serve   see your page as a customer gets it")
        yield T("  fallback -C my-shop check   what is ready, and what is not")

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        return {
            "steps": [step.as_json() for step in self.steps],
            "seconds": round(self.took.total_seconds(), 1),
            "site": self.site,
            "url": self.url,
        }


def demo(*, keep: bool, say: Talk, clock: Clock) -> DemoResult:
    """Play the story in a small world on loopback, and return what was seen.

    Nothing outside a temporary folder is written, and nothing but this machine is
    asked. With *keep* the world goes on until Ctrl-C. Raises ``FallbackError`` on a
    machine where the world cannot be had.
    """
    with apart("fallback-demo-") as home, world(home / "shop") as here:
        result = _played(here, say, clock)
        if keep and result.code == 0:
            _stay(here, here.folder, say, clock)
        return result


def _prepared(here: World) -> Config:
    """Write the site as an owner would, then with the settings of the small world."""
    init(
        here.folder,
        Answers(
            NAME,
            here.url,
            "kwiaty.awaria@elsewhere.example",
            "+48600100200",
            WORDS,
            "Europe/Warsaw",
            ("en", "pl"),
        ),
    )
    text = settings(
        url=here.url,
        status_url=here.status.url.rstrip("/"),
        page=PAGE_AT,
        name_server=str(here.name_server),
        canaries=here.canaries,
    )
    (here.folder / FILE_NAME).write_text(text, "utf-8")
    return load(here.folder)


def _played(here: World, say: Talk, clock: Clock) -> DemoResult:
    begun = clock.monotonic()
    stage = Stage(here, _prepared(here), clock)
    steps: list[StepSeen] = []
    for number, step in enumerate(STORY, start=1):
        say("step", T("{n}. {title}", n=number, title=step.title))
        seen = _step(step, stage, say)
        steps.append(seen)
        if seen.problem is not None:
            break
        clock.sleep(_PAUSE)  # so that a person can follow
    took = clock.monotonic() - begun
    url = stage.config.hosts[0].url
    return DemoResult(tuple(steps), took, str(here.folder), url)


def _step(step: Step, stage: Stage, say: Talk) -> StepSeen:
    told: list[Sayable] = []
    seen = StepSeen(step, ())
    try:
        for line in step.play(stage):
            told.append(line)
            say(step.id, T("   {line}", line=line))
    except Broken as broken:
        seen = evolve(seen, problem=broken.what)
    except FallbackError as error:
        seen = evolve(seen, problem=error.what)
    return evolve(seen, told=tuple(told))


def _stay(here: World, folder: Path, say: Talk, clock: Clock) -> None:
    for line in _open(here, folder):
        say("open", line)
    try:
        while True:
            clock.sleep(timedelta(hours=1))
    except KeyboardInterrupt:
        say("closing", T("the small world ends"))


def _open(here: World, folder: Path) -> Iterator[Text]:
    yield T("it goes on until Ctrl-C; open in a browser:")
    yield T("  {url}   the page at its status address", url=here.status.url)
    yield T("  {url}   the page as the shop's names showed it", url=here.page.url)
    yield T("in another terminal: fallback -C {site} status", site=str(folder))
