"""Small built sites: what a host is given, without the page's own rendering."""

import json
from hashlib import sha256

from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest

PAGE = '<!doctype html><meta name="generator" content="fallback"><title>{}</title>{}'

TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "xml": "application/atom+xml; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


def built_file(path, body, cache="public, max-age=0, must-revalidate"):
    body = body.encode() if isinstance(body, str) else body
    kind = TYPES.get(path.rpartition(".")[2], "application/octet-stream")
    return BuiltFile(path, body, kind, cache, Digest(sha256(body).hexdigest()))


def page(words, filler=""):
    return PAGE.format(words, f"<p>{words}</p>{filler}")


def small_site(words="we are away", *, sequence=1000, extra=None, cache=None):
    """Return a whole site that says *words*; *extra* holds more bodies by path."""
    bodies = {
        "index.html": page(words),
        "404.html": page(words),
        "robots.txt": "User-agent: *\nAllow: /\n",
        "sw.js": "self.addEventListener('fetch', () => {})\n",
        "_fallback/en.html": page(f"{words} (en)"),
        "_fallback/feed.json": json.dumps({"items": [{"id": "1", "title": words}]}),
        "_fallback/log/older.html": page("older"),
        **(extra or {}),
    }
    files = [
        built_file(path, body, *([cache[path]] if cache and path in cache else []))
        for path, body in bodies.items()
        if body is not None
    ]
    return with_manifest(files, sequence)


def with_manifest(files, sequence):
    listed = {
        file.path: {
            "sha256": file.digest,
            "content_type": file.content_type,
            "cache_control": file.cache_control,
        }
        for file in files
    }
    build = sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:16]
    body = json.dumps(
        {"schema": 1, "build": build, "sequence": sequence, "files": listed},
        indent=1,
        sort_keys=True,
    )
    manifest = built_file(MANIFEST, body + "\n", "no-cache")
    return BuiltSite(build, sequence, (*files, manifest))


def digests(site):
    """Return what a host that holds *site* reads back."""
    return {file.path: file.digest for file in site.files}
