"""Two sites with the same updates: one of ours, one for Hugo, as small as it can be."""

import random
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

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


def ours(folder: Path, updates: int, languages: str = "") -> Path:
    """Write the example shop with *updates* updates into *folder*.

    It speaks *languages*, as ``fallback.toml`` lists them, or those of the example.
    """
    shutil.copytree(ROOT / "content", folder / "content")
    settings = (ROOT / "fallback.toml").read_text("utf-8")
    if languages:
        settings = settings.replace('["pl", "en"]', languages)
        for code in ("pl", "en"):
            if f'"{code}"' not in languages:  # it tells nothing in it either
                settings = settings.replace("hours = {", "# hours = {")
                (folder / "content" / f"outage.{code}.md").unlink()
    (folder / "fallback.toml").write_text(settings, "utf-8")
    log = folder / "content" / "updates"
    shutil.rmtree(log)
    log.mkdir()
    for number in range(updates):
        one_more(folder, number)
    return folder


def one_more(folder: Path, number: int) -> None:
    """Write update *number* into a site of ours."""
    path = folder / "content" / "updates" / f"{_moment(number):%Y-%m-%dT%H%M}.en.md"
    path.write_text(
        f"title: Update {number}\nat: {_moment(number).isoformat()}\n\n"
        + _TEXT.format(part=number % 10)
    )


def in_other_words(folder: Path) -> None:
    """Let no two updates of *folder* say the same: fifty words each, from the README.

    Words without a sense are harder to compress than any owner's.
    """
    vocabulary = sorted(set(re.findall(r"[a-z]{2,}", (ROOT / "README.md").read_text())))
    for path in (folder / "content" / "updates").iterdir():
        words = random.Random(path.name).choices(vocabulary, k=50)
        head = path.read_text("utf-8").partition("\n\n")[0]
        path.write_text(f"{head}\n\n{' '.join(words)}.\n", "utf-8")


def forget(folder: Path) -> None:
    """Take away what earlier builds left in *folder*.

    It is put aside, not deleted: ext4 passes over the inodes of deleted files for
    minutes, and whoever creates files then is slower for each of them.
    """
    for name in ("public", ".fallback", "resources"):
        left = folder / name
        if left.exists():
            left.rename(mkdtemp(prefix="gone-", dir=folder.parent))


def hugo(folder: Path, updates: int) -> Path:
    """Write a minimal Hugo site of the same updates: a paginated log and its feed."""
    (folder / "layouts").mkdir(parents=True)
    (folder / "content" / "updates").mkdir(parents=True)
    (folder / "hugo.toml").write_text(_HUGO)
    (folder / "layouts" / "home.html").write_text(_HUGO_HOME)
    for number in range(updates):
        one_more_of_hugo(folder, number)
    return folder


def one_more_of_hugo(folder: Path, number: int) -> None:
    """Write update *number* into a site of Hugo's."""
    (folder / "content" / "updates" / f"{number}.md").write_text(
        f"---\ntitle: Update {number}\ndate: {_moment(number).isoformat()}\n---\n"
        + _TEXT.format(part=number % 10)
    )
