"""The form that moves names: run as GitHub and GitLab run it, on BIND and on Ceph."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import evolve, frozen

from tests.actions.site_on_bind import DOMAIN, Site, site_at
from tests.actions.test_shared_state import STATE
from tests.hosts.conftest import _no_cloud, ceph
from tests.servers.bind import SECRETS
from tests.servers.ceph import Ceph
from tests.servers.s3 import KEY, SECRET
from tests.workflows.forge import Checkout, GitHub, GitLab, cloned, pushed

__all__ = ["_no_cloud", "ceph"]  # fixtures

SAFE = {
    "CLOUDFLARE_API_TOKEN": SECRETS["fallback"],  # BIND's key, by the form's name
    "FALLBACK_STATE_KEY": KEY,
    "FALLBACK_STATE_SECRET": SECRET,
}
REDIRECT = GitHub(".github/workflows/redirect.yml", SAFE)
LAB = GitLab(SAFE)
SHOW = "show redirect (change nothing)"
THERE = "redirect (lead customers to the page)"
SHOW_BACK = "show restore (change nothing)"
BACK = "restore (put the names back as they were)"


@frozen
class Desk:
    """A shop's site on BIND, and how a run of the form in a new checkout of it ends."""

    site: Site
    folder: Path
    go: Callable[[Checkout, dict[str, str]], int]

    def runs(
        self, move: str, domain: str = "", accept: str = ""
    ) -> tuple[int, Checkout]:
        """Run the form on a machine of its own: nothing is left of the one before."""
        number = len(list(self.folder.iterdir()))
        made = cloned(self.folder / str(number))
        text = (self.site.root / "fallback.toml").read_text("utf-8")
        (made.root / "fallback.toml").write_text(text, "utf-8")
        (made.root / ".gitignore").write_text(".fallback/\n/requirements\n")
        (made.root / "requirements").symlink_to(
            Path(__file__).parents[2] / "requirements"
        )
        typed = {"move": move, "domain": domain, "accept": accept}
        return self.go(pushed(made), typed), made


def by_github(made: Checkout, typed: dict[str, str]) -> int:
    ended = REDIRECT.goes(made, **typed)
    assert ended.pop("install") == 0
    return ended["move"]


def by_gitlab(made: Checkout, typed: dict[str, str]) -> int:
    ended = LAB.plays(made, "redirect", **typed)
    return 2 if ended is None else ended


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, ceph: Ceph) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("moves")
    with ExitStack() as stack:
        made = site_at(folder, "rfc2136", stack)
        made.shop.kill()
        file = made.root / "fallback.toml"
        text = file.read_text("utf-8")
        state = STATE.format(bucket=ceph.make_bucket(), endpoint=ceph.secure)
        text = text.replace('path = "public-copy"', f'path = "{made.root}/public-copy"')
        text = text.replace("env:TSIG", "env:CLOUDFLARE_API_TOKEN")
        state = state.replace("env:STATE", "env:FALLBACK_STATE")
        file.write_text(f'{text}ca_file = "{ceph.ca}"\n{state}', "utf-8")
        yield made


@pytest.fixture(params=[by_github, by_gitlab], ids=["GitHub", "GitLab"])
def desk(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Desk:
    folder = tmp_path / "runs"
    folder.mkdir()
    return Desk(site, folder, request.param)


def web(site: Site) -> set[tuple[str, str, int, str]]:
    """Return the zone's records without the marker, which stays and counts."""
    return {r for r in site.bind.records() if not r[0].startswith("_fallback")}


def test_the_names_go_there_and_back_from_machines_that_are_thrown_away(
    desk: Desk,
) -> None:
    before = web(desk.site)
    code, shown = desk.runs(SHOW)
    assert code == 0
    assert web(desk.site) == before
    code, there = desk.runs(THERE, DOMAIN)
    assert code == 0
    assert web(desk.site) != before
    code, _ = desk.runs(SHOW_BACK, accept="shop-not-back")
    assert code == 0
    code, back = desk.runs(BACK, DOMAIN, "shop-not-back")
    assert code == 0
    assert web(desk.site) == before
    if desk.go is by_github:
        assert f"+ www.{DOMAIN}. 60 IN A " in there.summary
    assert begins(desk, shown, "this would be done, and nothing was changed")
    assert "customers see no change" in told(desk, shown)
    assert begins(desk, there, "customers are led to the page")
    assert f"http://{DOMAIN}" in told(desk, there)
    assert "run this form again and choose: restore" in told(desk, there)
    assert begins(desk, back, "customers are led to the shop")
    assert "run this form again and choose: redirect" in told(desk, back)


def told(desk: Desk, run: Checkout) -> str:
    """Return what the service shows last of *run*."""
    return run.summary if desk.go is by_github else run.log_end


def begins(desk: Desk, run: Checkout, heading: str) -> bool:
    shown = f"## {heading}" if desk.go is by_github else heading.upper()
    return told(desk, run).startswith(f"{shown}\n")


@pytest.mark.parametrize(
    "domain", ["", pytest.param("--dry-run", marks=pytest.mark.torture), "$(id)"]
)
def test_without_the_domain_no_name_moves(desk: Desk, domain: str) -> None:
    before = web(desk.site)
    code, run = desk.runs(THERE, domain)
    assert code == 2
    assert web(desk.site) == before
    if desk.go is by_github or not domain:
        assert begins(desk, run, "no name was moved")


def test_a_refusal_says_what_would_be_typed_to_answer_for_it(desk: Desk) -> None:
    before = web(desk.site)
    desk.site.shop.revive()
    try:
        shown = [desk.runs(move, DOMAIN) for move in (SHOW, THERE)]
    finally:
        desk.site.shop.kill()
    assert [code for code, _ in shown] == [5, 5]
    assert web(desk.site) == before
    first, second = (run for _, run in shown)
    assert begins(desk, first, "it would be refused, and nothing was changed")
    assert begins(desk, second, "no name was moved")
    assert "in its last field: shop-answers" in told(desk, second)


@pytest.mark.parametrize("accept", ["* --dry-run", "shop-answers;id"])
def test_what_is_answered_for_is_the_code_of_a_refusal(desk: Desk, accept: str) -> None:
    """Anything else is no option and no pattern: the program refuses it."""
    before = web(desk.site)
    code, _ = desk.runs(THERE, "other.example", accept)
    assert code == 2
    assert web(desk.site) == before


def test_a_way_back_that_dies_with_the_machine_is_none(desk: Desk) -> None:
    """Without a shared state it is refused, with the records that a person can type."""
    text = (desk.site.root / "fallback.toml").read_text("utf-8")
    alone = desk.folder.parent / "alone"
    alone.mkdir()
    (alone / "fallback.toml").write_text(text.partition("[state]")[0], "utf-8")
    before = web(desk.site)
    code, run = evolve(desk, site=evolve(desk.site, root=alone)).runs(THERE, DOMAIN)
    assert code == 5
    assert web(desk.site) == before
    if desk.go is by_github:
        assert "this machine is thrown away after the run" in run.summary
        assert "by hand, in the panel of the DNS operator" in run.summary
    assert "customers see no change" in told(desk, run)


def test_the_forms_choices_are_those_that_the_job_knows() -> None:
    options = REDIRECT.inputs["move"]["options"]
    assert options == [SHOW, THERE, SHOW_BACK, BACK]
    assert REDIRECT.inputs["move"]["default"] == SHOW, "one that changes nothing"
    for about in REDIRECT.inputs.values():
        assert about["required"] == "false" or about["default"]
    concurrency = REDIRECT.workflow["concurrency"]
    assert (concurrency["group"], concurrency["cancel-in-progress"]) == (
        "redirect",
        "false",
    )


def test_the_job_that_moves_names_publishes_nothing_and_may_write_nothing() -> None:
    assert REDIRECT.workflow["permissions"] == {"contents": "read"}
    assert REDIRECT.job["steps"][0]["with"]["persist-credentials"] == "false"
    holders = [
        step["name"] for step in REDIRECT.job["steps"] if "secrets." in str(step)
    ]
    assert holders == ["move"]
    programs = [step.get("run", "") for step in REDIRECT.job["steps"]]
    assert not [each for each in programs if "deploy" in each or "build" in each]
