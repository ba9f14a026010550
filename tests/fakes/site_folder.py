"""A site folder on disk, as an owner has it: fallback.toml and words."""

from pathlib import Path

TOML = """\
[shop]
name = "Kwiaty u Ani"
url = "https://kwiaty.example"
timezone = "Europe/Warsaw"
languages = ["pl", "en"]

[contact]
email = "kwiaty.awaria@elsewhere.example"
phone = "+48600100200"

[primary]
contains = "Dodaj do koszyka"

[network]
canaries = []
allow_private = true

"""

OUTAGE = """\
title: {words}
started: 2026-11-22 03:00
status: investigating

## Co się stało

Nasz sklep nie działa. {words}.
"""


def write_site(root: Path, *hosts: str, words: str = "Awaria serwera") -> Path:
    """Write a site whose ``[[hosts]]`` tables have the lines *hosts*."""
    (root / "content").mkdir(parents=True, exist_ok=True)
    tables = "".join(f"[[hosts]]\n{lines}\n\n" for lines in hosts)
    (root / "fallback.toml").write_text(TOML + tables, "utf-8")
    say(root, words)
    return root


def say(root: Path, words: str) -> None:
    """Change what is being told."""
    path = root / "content" / "outage.pl.md"
    path.write_text(OUTAGE.format(words=words), "utf-8")


def folder(path="public-copy", **more):
    return _lines(kind="folder", path=str(path), **more)


def bucket(name, endpoint, **more):
    """Return a table whose keys are those of ``tests.servers.s3``."""
    return _lines(
        kind="s3",
        bucket=name,
        endpoint=endpoint,
        access_key="env:TEST_S3_KEY",
        secret_key="env:TEST_S3_SECRET",
        **more,
    )


def netlify(name, endpoint, **more):
    """Return a table whose token is in ``TEST_NETLIFY_TOKEN``."""
    token = "env:TEST_NETLIFY_TOKEN"
    return _lines(kind="netlify", site=name, endpoint=endpoint, token=token, **more)


def _lines(**settings):
    return "\n".join(f'{key} = "{value}"' for key, value in settings.items())
