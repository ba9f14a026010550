"""Faults of what is made ready before the day: the rehearsal and the target."""

import json
from datetime import UTC, datetime, timedelta

from fallback.core.wizard.offers import NOWHERE
from tests.lab.seeds import seed
from tests.lab.world import World

_KEPT = ".fallback/drill.json"


def _kept(change):
    def rewrite(path):
        said = json.loads(path.read_text("utf-8"))
        change(said)
        path.write_text(json.dumps(said), "utf-8")

    return lambda there: there.file(_KEPT, rewrite)


@seed("drill-never", "the redirect was never rehearsed")
def _(there: World) -> None:
    there.file(_KEPT, lambda path: path.unlink())


def _failed(said):
    said["ok"] = False
    said["steps"][2]["state"] = "failed"


seed("drill-failed", "the last rehearsal did not go the whole way")(_kept(_failed))
seed("drill-old", "the last rehearsal was half a year ago")(
    _kept(lambda said: said.update(at="2026-05-01T10:00:00+00:00"))
)
seed("drill-age", "the last rehearsal was the day before yesterday")(
    _kept(
        lambda said: said.update(at=(datetime.now(UTC) - timedelta(days=2)).isoformat())
    )
)


@seed("drill-unfinished", "a rehearsal was cut off before it was taken back")
def _(there: World) -> None:
    def cut(root):
        state = root.parent / "state"
        there = (*root.rglob("journal.jsonl"), *state.rglob("journal.jsonl"))
        for path in (each for each in there if "drill" in str(each.parent.name)):
            lines = path.read_text("utf-8").splitlines(keepends=True)
            path.write_text("".join(lines[:2]), "utf-8")

    there.site.append(cut)


@seed("target-unknown", "nobody has said yet where the names shall lead")
def _(there: World) -> None:
    there.setting('["NET.50.10"]', f'"{NOWHERE}"')
