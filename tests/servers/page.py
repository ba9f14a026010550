"""A small published page and a host that answers with it, for any name."""

import json
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path

from fallback.core.model import MANIFEST
from fallback.wire.web.listen import Listener, listening
from fallback.wire.web.page_server import Folder, respond_from

BODY = (
    '<!doctype html><meta name="generator" content="fallback">'
    "<h1>Kwiaty u Ani</h1><p>Wrócimy.</p>"
)


def publish(folder: Path, *, body: str = BODY, sequence: int = 1) -> Path:
    """Make *folder* hold a page and its manifest, as a publish would."""
    page = body.encode()
    manifest = {
        "schema": 1,
        "build": sha256(page).hexdigest()[:16],
        "sequence": sequence,
        "files": {
            "index.html": {
                "sha256": sha256(page).hexdigest(),
                "content_type": "text/html; charset=utf-8",
                "cache_control": "no-cache",
            }
        },
    }
    (folder / MANIFEST).parent.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_bytes(page)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def serving(
    folder: Path, address: str = "127.0.0.1", port: int = 0
) -> AbstractContextManager[Listener]:
    """Answer every name with the page in *folder*: 503, as a good host does."""
    return listening(respond_from(Folder(folder)), address, port)
