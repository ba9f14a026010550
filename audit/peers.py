"""What a shop would use instead, on the same content, measured by the same tools.

``statuspage`` comes from PyPI: its own template is rendered with our words. cState and
Upptime live on GitHub alone, so this program cannot fetch them; their figures were
measured beforehand, and are marked so.
"""

import gzip
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen
from jinja2.sandbox import SandboxedEnvironment
from playwright.sync_api import Browser

from audit import lighthouse, nu
from audit.outcome import Outcome, say
from audit.serving import compressed
from audit.sites import Site
from audit.tools import CACHE, Tools
from audit.walk import AXE, PHONE, RULES
from fallback.wire.web.listen import Answer, Request, listening

_LOCK = Path(__file__).with_name("peer.txt")
_PEER = "statuspage-0.8.1"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}

_HEAD = """\

## Peers on the same content

The same 20 messages. The peer's fonts and pictures come from third parties that this
machine cannot reach, which flatters its performance.
"""

_MEASURED_BEFOREHAND = """\

Measured beforehand, in November 2026, with the same tools on the same kind of machine,
because neither is on a package registry. cState: `cstate/cstate` 1fb3e0d with
`cstate/example` 92a2e8a on Hugo 0.111.3, Polish, one open incident with our text.
Upptime: `upptime/status-page` d2acedf, with GitHub's interface answering, and silent.

| measured beforehand | cState | Upptime | Upptime, GitHub silent |
|---|---:|---:|---:|
| HTML, gzip, bytes | 8,534 | 2,158 | 2,158 |
| requests, of these to third parties | 3, 0 | 22, 8 | 21, 6 |
| bytes over the wire | 19,626 | 57,988 | 56,673 |
| Lighthouse | 99, 95, 100, 100 | 74, 98, 96, 91 | – |
| axe light, places | 12 | 3 | 5 |
| axe dark, places | 18 | 3 | 5 |
| vnu errors, warnings | 5, 3 | 0, 5 | 0, 5 |
| e-mail and phone links | 2 | 0 | 0 |
| words kept without script | 94 % | 62 % | 0 % |
| live update without reload | no | no | no |"""


@frozen
class Seen:
    """What one page costs, and what the tools say of it."""

    html: int
    requests: int
    foreign: int
    light: int
    dark: int
    links: int
    errors: int
    warnings: int
    scores: str


def beside(tools: Tools, browser: Browser, site: Site) -> Outcome:
    """Measure our page of *site* beside the peer's with the same messages."""
    ours = _seen(tools, browser, site.public)
    theirs = _seen(tools, browser, _peer(site))
    lines = [
        *_HEAD.splitlines(),
        "",
        f"| measured now | fallback, plain | {_PEER.replace('-', ' ')} (PyPI) |",
        "|---|---:|---:|",
    ]
    for name, figure in (
        ("HTML, gzip, bytes", lambda seen: f"{seen.html:,}"),
        (
            "requests, of these to third parties",
            lambda seen: f"{seen.requests}, {seen.foreign}",
        ),
        (
            "Lighthouse: performance, accessibility, best practices, SEO",
            lambda seen: seen.scores,
        ),
        ("axe light, places", lambda seen: str(seen.light)),
        ("axe dark, places", lambda seen: str(seen.dark)),
        ("vnu errors, warnings", lambda seen: f"{seen.errors}, {seen.warnings}"),
        ("e-mail and phone links", lambda seen: str(seen.links)),
    ):
        lines.append(f"| {name} | {figure(ours)} | {figure(theirs)} |")
    return Outcome((*lines, *_MEASURED_BEFOREHAND.splitlines()))


def _seen(tools: Tools, browser: Browser, folder: Path) -> Seen:
    def respond(request: Request) -> Answer:
        name = urlsplit(request.target).path.lstrip("/") or "index.html"
        path = folder / name
        if not path.is_file():
            return Answer(404, (("Content-Type", "text/plain"),), b"nothing is here\n")
        kind = f"{_TYPES.get(path.suffix, 'text/plain')}; charset=utf-8"
        answer = Answer(200, (("Content-Type", kind),), path.read_bytes())
        return compressed(answer, request)

    asked: list[str] = []
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    with listening(respond, "127.0.0.1") as listener:
        page = context.new_page()
        page.add_init_script(tools.axe)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(listener.url)
        light = len(page.evaluate(AXE, list(RULES)))
        page.emulate_media(color_scheme="dark")
        dark = len(page.evaluate(AXE, list(RULES)))
        links = page.locator("main a[href^=mailto], main a[href^=tel]").count()
        context.close()
        scored = lighthouse.scored(tools, listener.url)
    said = nu.complaints(tools, [str(folder / "index.html")])
    errors = sum(each["type"] == "error" for each in said)
    scores = ", ".join(str(scored.scores[name]) for name in lighthouse.LEAST)
    say(f"  {folder.name}: {scores}")
    sent = [url for url in asked if not url.startswith("data:")]
    return Seen(
        html=len(gzip.compress((folder / "index.html").read_bytes(), 6, mtime=0)),
        requests=len(sent),
        foreign=sum(not url.startswith(listener.url) for url in sent),
        light=light,
        dark=dark,
        links=links,
        errors=errors,
        warnings=len(said) - errors,
        scores=scores,
    )


def _peer(site: Site) -> Path:
    """Return a folder with the peer's page, rendered with the messages of *site*."""
    sources = _fetched()
    out = site.source / "peer"
    out.mkdir()
    for name in ("style.css", "statuspage.js", "translations.ini"):
        (out / name).write_bytes((sources / name).read_bytes())
    feed = json.loads((site.public / "_fallback" / "feed.json").read_bytes())
    newest, *updates = [
        {"created": item["date_published"], "body": item["content_html"]}
        for item in feed["items"]
    ]
    logo = "https://raw.githubusercontent.com/jayfk/statuspage/master/template"
    template = (sources / "template.html").read_text("utf-8")
    page = SandboxedEnvironment().from_string(template)
    rendered = page.render(
        config={
            "title": "Kwiaty u Ani",
            "footer": "Kwiaty u Ani",
            "logo": f"{logo}/logo.png",
            "favicon": f"{logo}/favicon.png",
        },
        panels={"major outage": ["Sklep"]},
        systems={"Sklep": {"status": "major outage"}},
        incidents=[
            {
                **newest,
                "title": feed["items"][0].get("title", ""),
                "closed": False,
                "severity": "major outage",
                "systems": ["Sklep"],
                "updates": updates,
            }
        ],
    )
    (out / "index.html").write_text(rendered, "utf-8")
    return out


def _fetched() -> Path:
    """Return the peer's own template, fetched once; nothing of it is installed."""
    home = CACHE / "peer"
    archive = home / f"{_PEER}.tar.gz"
    if not archive.is_file():
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--disable-pip-version-check", "--require-hashes", "-r", str(_LOCK)),
                *("-d", str(home)),
            ],
            check=True,
            stdout=sys.stderr,
        )
    with tarfile.open(archive) as packed:
        packed.extractall(home, filter="data")
    return home / _PEER / "statuspage" / "template"
