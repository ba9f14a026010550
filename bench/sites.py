"""Two sites with the same updates: one of ours, one for Hugo, as small as it can be."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]

_TEXT = (
    "We replaced the **broken disk** and are copying the shop back, about {part} of 10"
    " parts are done. Orders can be placed by phone meanwhile; the next message comes"
    " within the hour.\n"
)

_HUGO = """\
baseURL = "https://shop.example/"
title = "Shop"
timeZone = "UTC"
disableKinds = ["section", "taxonomy", "term", "sitemap", "404"]
[pagination]
pagerSize = 40
[[cascade]]
[cascade.target]
kind = "page"
[cascade.build]
render = "never"
list = "always"
"""

_HUGO_HOME = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ .Site.Title }}</title>
{{ range (.Paginate .Site.RegularPages).Pages }}
<article><h2>{{ .Title }}</h2>
<time datetime="{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}">{{ .Date }}</time>
{{ .Content }}</article>{{ end }}{{ template "_internal/pagination.html" . }}</html>
"""


def _moment(number: int) -> datetime:
    # in the past: Hugo leaves out what is dated in the future
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)


def ours(folder: Path, updates: int) -> Path:
    """Write the example shop with *updates* updates into *folder*."""
    shutil.copytree(ROOT / "content", folder / "content")
    shutil.copytree(ROOT / "themes", folder / "themes")
    shutil.copy(ROOT / "fallback.toml", folder)
    log = folder / "content" / "updates"
    shutil.rmtree(log)
    log.mkdir()
    for number in range(updates):
        (log / f"{_moment(number):%Y-%m-%dT%H%M}.en.md").write_text(
            f"title: Update {number}\nat: {_moment(number).isoformat()}\n\n"
            + _TEXT.format(part=number % 10)
        )
    return folder


def hugo(folder: Path, updates: int) -> Path:
    """Write a minimal Hugo site of the same updates: a paginated log and its feed."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "content" / "updates").mkdir(parents=True)
    (folder / "hugo.toml").write_text(_HUGO)
    (folder / "layouts" / "home.html").write_text(_HUGO_HOME)
    for number in range(updates):
        (folder / "content" / "updates" / f"{number}.md").write_text(
            f"---\ntitle: Update {number}\ndate: {_moment(number).isoformat()}\n---\n"
            + _TEXT.format(part=number % 10)
        )
    return folder
