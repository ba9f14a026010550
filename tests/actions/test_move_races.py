"""Twelve people move the names of one zone at the same moment: one decision holds.

Each has a machine of their own, or all of them share the site folder. The name server
is a real BIND, and what it holds is looked at when everybody is done.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import field, frozen

from fallback.core.records import Marker
from fallback.core.redirect.journal import Event, decode
from fallback.stores.journal import NAME
from tests.actions.site_on_bind import DOMAIN, ZONE, Site, site_at
from tests.servers import zones
from tests.servers.program import ROOT, environment

TABLE = "Twelve people who redirect or restore one zone at the same moment"
PEOPLE = 12
ROUNDS = [
    pytest.param(folders, rounds, marks=mark, id=f"{folders}, {rounds} rounds")
    for folders, rounds, mark in (
        ("one each", 3, pytest.mark.sampled),
        ("one for all", 2, pytest.mark.sampled),
        ("one each", 97, pytest.mark.torture),
        ("one for all", 98, pytest.mark.torture),
    )
]
GOOD = {"did it", "nothing to do", "refused", "locked"}
MARKER = f"_fallback.{DOMAIN}."


@frozen
class Said:
    """How one run ended: its code, and its JSON."""

    code: int
    body: dict = field(repr=False)

    @property
    def how(self):
        """Say in a word how it ended; a word that is not listed is a mistake."""
        refused = [refusal["code"] for refusal in self.body.get("refused", ())]
        if self.code == 11:
            return "locked"
        if self.code == 5 and refused == ["foreign-marker"]:
            return "refused"
        if self.code == 0 and not self.body["zones"][0]["changes"]:
            return "nothing to do"
        return "did it" if self.code == 0 else f"{self.code}: {self.body}"


@frozen
class Crowd:
    """``site`` is the first person's; the others have copies below ``home``."""

    site: Site
    home: Path
    process: subprocess.Popen

    def folder(self, number):
        return self.home / f"{number}" / "site"

    def journal(self, number):
        return decode((self.folder(number) / ".fallback" / NAME).read_bytes())

    def begin(self):
        """Give everybody a site, and a zone, that nobody has ever moved."""
        self.site.bind.hold(zones.records(zones.parse(ZONE)))
        for number in range(PEOPLE):
            shutil.rmtree(self.home / f"{number}", ignore_errors=True)
            shutil.copytree(self.site.root, self.folder(number))

    def follow(self, first):
        """Give everybody what person *first* has: a synchronised folder, say."""
        for number in set(range(PEOPLE)) - {first}:
            shutil.rmtree(self.folder(number))
            shutil.copytree(self.folder(first), self.folder(number))

    def run(self, verb, people):
        """Let all of *people* type *verb* at once; return what each was told."""
        runs, accept = [], {"redirect": "shop-answers", "restore": "shop-not-back"}
        for turn, number in enumerate(people):
            words = ["-C", str(self.folder(number)), verb, "--confirm", DOMAIN]
            words += ["--json", "--accept", accept[verb]]
            state = {"XDG_STATE_HOME": str(self.home / f"{number}" / "state")}
            runs.append((state, words, str(self.home / f"said-{turn}")))
        self.process.stdin.write(json.dumps(runs).encode() + b"\n")
        self.process.stdin.flush()
        codes = json.loads(self.process.stdout.readline())
        return [
            Said(code, json.loads(Path(file).read_text("utf-8")))
            for code, (_, _, file) in zip(codes, runs, strict=True)
        ]

    def marker(self):
        """Return the number of the decision in force; ``None`` if there is none."""
        found = [
            data for name, _, _, data in self.site.bind.records() if name == MARKER
        ]
        assert len(found) <= 1
        return Marker._FORM.search(found[0])[1] if found else None


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    home = tmp_path_factory.mktemp("crowd")
    with ExitStack() as stack:
        site = site_at(home / "first", "rfc2136", stack)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.actions.crowd"),
                *("-C", site.root, "redirect", "--dry-run", "-q"),
            ],
            env=environment(home, TSIG=site.environment["TSIG"], FALLBACK_LANG="en"),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        while process.stdout.readline() != b"ready\n":
            assert process.poll() is None
        yield Crowd(site, home, process)
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def counted(count, folders, verb, said, *, undone):
    """Count one round, and see that one of all did it; say which."""
    hows = Counter(each.how for each in said)
    count(
        TABLE,
        {"site folder": folders, "verb": verb},
        rounds=1,
        **{"did it": hows["did it"], "nothing to do": hows["nothing to do"]},
        **{"refused, 5": hows["refused"], "locked, 11": hows["locked"]},
        otherwise=sum(hows[how] for how in set(hows) - GOOD),
        undone=int(undone),
    )
    assert set(hows) <= GOOD
    assert hows["did it"] == 1
    assert not undone
    return [each.how for each in said].index("did it")


@pytest.mark.parametrize(("folders", "rounds"), ROUNDS)
def test_of_twelve_at_once_one_decides_and_nobody_undoes_it(
    crowd, count, folders, rounds
):
    crowd.begin()
    before = crowd.site.bind.records()
    everybody = range(PEOPLE) if folders == "one each" else [0] * PEOPLE
    for _ in range(rounds):
        said = crowd.run("redirect", everybody)
        undone = not crowd.site.moved()
        winner = everybody[counted(count, folders, "redirect", said, undone=undone)]
        last = crowd.journal(winner).entries[-1]
        assert (last.event, str(last.epoch)) == (Event.DONE, crowd.marker())
        crowd.follow(winner)
        said = crowd.run("restore", everybody)
        undone = crowd.site.bind.records() != before
        counted(count, folders, "restore", said, undone=undone)
