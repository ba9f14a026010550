"""Netlify's API and its visitors' side, in memory: strict, misbehaving on demand.

Written from https://open-api.netlify.com (2.60), "Get started with the Netlify API" and
the CLI's own way to deploy. Nothing here was compared with a living Netlify.

A fault is asked for with ``misbehave(kind, method, part of the path, times)`` and is
noted in ``hits`` when it happens:

status:N[:seconds] (with Retry-After) · limit:seconds (429 with X-RateLimit-Reset) ·
lose (carried out, the answer dropped) · reset (not carried out) · cut (closed in the
middle of the body) · drip (one byte a second) · hang
"""

import json
import re
import subprocess
import time
from datetime import UTC, datetime
from hashlib import sha1
from threading import Event, RLock
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import define, field

from tests import need
from tests.fakes.netlify_rules import visited
from tests.fakes.netlify_site import FakeDeploy, FakeSite

TOKEN = "nfp_token_of_the_test"
RAW = "application/vnd.bitballoon.v1.raw"
BASE = "/api/v1"


class Answered(Exception):
    """The request ends here, with this status and object."""

    def __init__(self, status, body=None):
        self.status, self.body = status, body


def refusal(status, message):
    return Answered(status, {"code": status, "message": message})


@define
class Fault:
    kind: str
    method: str
    part: str
    times: int


@define
class FakeNetlify:
    """``processing`` polls lie between the last upload and ``ready``.

    ``listed_folders`` and ``raw`` are what some accounts have been seen to lack.
    ``before`` maps a word of the path to what happens before that POST is served.
    """

    sites: dict = field(factory=dict)
    blobs: dict = field(factory=dict)
    token: str = TOKEN
    processing: int = 1
    fails: str = ""
    per_minute: int | None = None
    listed_folders: bool = True
    raw: bool = True
    taken: set = field(factory=set)
    zones: list = field(factory=list)
    before: dict = field(factory=dict)
    faults: list = field(factory=list)
    hits: list = field(factory=list)
    log: list = field(factory=list)
    begun: list = field(factory=list)
    lock: RLock = field(factory=RLock)
    ends: Event = field(factory=Event)
    port: int = 0
    web_port: int = 0

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}{BASE}"

    def address(self, site):
        """Return where visitors find *site*, whatever DNS says."""
        return f"http://127.0.0.1:{self.web_port}/{site.name}"

    def misbehave(self, kind, method="", part="", times=1):
        self.faults.append(Fault(kind, method, part, times))

    def fault(self, method, path):
        with self.lock:
            for fault in self.faults:
                if fault.times and fault.method in method and fault.part in path:
                    fault.times -= 1
                    self.hits.append(fault.kind)
                    return fault.kind
        return ""

    def make(self, name):
        site = FakeSite(name)
        self.sites[site.id] = site
        return site

    def keep(self, body):
        digest = sha1(body).hexdigest()
        self.blobs[digest] = body
        return digest

    def bodies(self, site):
        """Return what visitors get of *site*, by path."""
        shown = site.deploys.get(site.published)
        return {p: self.blobs[d] for p, d in shown.files.items()} if shown else {}

    def leave(self, site, path, body):
        """Put one file into the published deploy, behind everybody's back."""
        shown = site.deploys.get(site.published)
        if shown is None:
            shown = FakeDeploy(site.id, state="ready", published_at=datetime.now(UTC))
            site.deploys[shown.id] = shown
            site.published = shown.id
        shown.files[path] = self.keep(body)

    # -- the API --------------------------------------------------------------------

    def serve(self, method, target, headers, body):
        """Return (status, object or bytes) of one request."""
        parts = urlsplit(target)
        path, asked = unquote(parts.path).removeprefix(BASE), parse_qs(parts.query)
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"code": 401, "message": "Access Denied: invalid token"}
        if method == "POST":
            for word, act in list(self.before.items()):
                if word in path:
                    del self.before[word]
                    act()
        with self.lock:
            self.log.append((method, path))
            for verb, pattern, serve in ROUTES:
                found = re.fullmatch(pattern, path)
                if verb == method and found:
                    try:
                        return serve(self, asked, headers, body, *found.groups())
                    except Answered as answer:
                        return answer.status, answer.body
        return 404, {"code": 404, "message": "Not Found"}

    def site(self, number):
        if number not in self.sites:
            raise refusal(404, "Not Found")
        return self.sites[number]

    def list_sites(self, asked, headers, body):
        part = asked.get("name", [""])[0]
        found = [s for s in self.sites.values() if part in s.name]
        return 200, [site.told(self.web_port) for site in found]

    def list_zones(self, asked, headers, body):
        return 200, [{"id": zone, "name": zone} for zone in self.zones]

    def create_site(self, asked, headers, body):
        name = _json(body, {"name"}).get("name", "")
        if name in self.taken or any(s.name == name for s in self.sites.values()):
            raise Answered(422, {"errors": {"subdomain": ["must be unique"]}})
        return 201, self.make(name).told(self.web_port)

    def get_site(self, asked, headers, body, number):
        return 200, self.site(number).told(self.web_port)

    def patch_site(self, asked, headers, body, number):
        site = self.site(number)
        keys = {"processing_settings", "custom_domain", "domain_aliases"}
        change = _json(body, keys)
        domain = change.get("custom_domain", site.custom_domain)
        aliases = change.get("domain_aliases", site.aliases)
        for name in (domain, *aliases):
            if name in self.taken:
                raise Answered(422, {"errors": {"custom_domain": ["must be unique"]}})
        site.custom_domain, site.aliases = domain, list(aliases)
        settings = change.get("processing_settings")
        if settings is not None:
            site.pretty_urls = settings["html"]["pretty_urls"]
        return 200, site.told(self.web_port)

    def delete_site(self, asked, headers, body, number):
        del self.sites[self.site(number).id]
        return 204, None

    def get_ssl(self, asked, headers, body, number):
        found = self.site(number).certificate
        return (200, found) if found else (404, {"code": 404, "message": "Not Found"})

    def post_ssl(self, asked, headers, body, number):
        site = self.site(number)
        if not site.custom_domain:
            raise refusal(422, "No custom domain configured")
        given = [asked.get(k, [""])[0] for k in ("certificate", "key")]
        if not any(given):
            raise refusal(422, "bad dns for custom domain")
        if not given[0].startswith("-----BEGIN CERTIFICATE-----") or not given[1]:
            raise refusal(422, "certificate and key do not belong together")
        ends = ends_of(given[0])
        names = [site.custom_domain, *site.aliases]
        site.certificate = {
            "state": "custom",
            "domains": names,
            "expires_at": ends.isoformat(),
            "pem": given[0],
        }
        return 200, {k: v for k, v in site.certificate.items() if k != "pem"}

    def list_files(self, asked, headers, body, number):
        site = self.site(number)
        shown = site.deploys.get(site.published)
        if shown is None:
            raise refusal(404, "Not Found")
        return 200, [
            self.file(path, digest)
            for path, digest in shown.files.items()
            if self.listed_folders or "/" not in path
        ]

    def get_file(self, asked, headers, body, number, path):
        site = self.site(number)
        shown = site.deploys.get(site.published)
        digest = shown.files.get(path.lower()) if shown else None
        if digest is None:
            raise refusal(404, "Not Found")
        if self.raw and headers.get("content-type") == RAW:
            return 200, self.blobs[digest]
        return 200, self.file(path, digest)

    def file(self, path, digest):
        size = len(self.blobs[digest])
        return {"id": f"/{path}", "path": f"/{path}", "sha": digest, "size": size}

    def list_deploys(self, asked, headers, body, number):
        found = sorted(
            self.site(number).deploys.values(), key=lambda d: d.created_at, reverse=True
        )
        return 200, [d.told(self.web_port, required=False) for d in found]

    def create_deploy(self, asked, headers, body, number):
        site = self.site(number)
        now = time.monotonic()
        self.begun = [at for at in self.begun if at > now - 60]
        if self.per_minute is not None and len(self.begun) >= self.per_minute:
            raise refusal(429, "API rate limit exceeded")
        self.begun.append(now)
        wanted = _json(body, {"files", "draft", "async"})
        files = wanted.get("files")
        if not isinstance(files, dict) or not files:
            raise refusal(422, "files: a list of files is expected")
        for path, digest in files.items():
            if not re.fullmatch(r"/[^#?]+", path):
                raise refusal(422, f"Invalid filename {path}")
            if not re.fullmatch(r"[0-9a-f]{40}", str(digest)):
                raise refusal(422, f"{path}: not a SHA1")
        deploy = FakeDeploy(
            site.id,
            {path[1:].lower(): digest for path, digest in files.items()},
            asked.get("title", [""])[0],
            bool(wanted.get("draft")),
        )
        deploy.required = {d for d in files.values() if d not in self.blobs}
        deploy.missing = set(deploy.required)
        if wanted.get("async"):
            deploy.state = "preparing"
        self.advance(site, deploy)
        site.deploys[deploy.id] = deploy
        return 200, deploy.told(self.web_port)

    def get_deploy(self, asked, headers, body, number, which):
        site = self.site(number)
        deploy = site.deploys.get(which)
        if deploy is None:
            raise refusal(404, "Not Found")
        if deploy.state == "preparing":
            deploy.state = "prepared"
        elif deploy.state == "processing":
            deploy.polls += 1
        self.advance(site, deploy)
        return 200, deploy.told(self.web_port)

    def advance(self, site, deploy):
        """Bring *deploy* as far as it can be by now."""
        if deploy.state in ("uploading", "prepared") and not deploy.missing:
            deploy.state = "processing"
        if deploy.state == "processing" and deploy.polls >= self.processing:
            deploy.state, deploy.error = (
                ("error", self.fails) if self.fails else ("ready", "")
            )
            if deploy.state == "ready" and not deploy.draft:
                self.publish(site, deploy)

    def publish(self, site, deploy):
        site.published = deploy.id
        deploy.published_at = datetime.now(UTC)

    def upload(self, asked, headers, body, which, path):
        for site in self.sites.values():
            deploy = site.deploys.get(which)
            if deploy is not None:
                return self.uploaded(site, deploy, path, body)
        raise refusal(404, "Not Found")

    def uploaded(self, site, deploy, path, body):
        digest = sha1(body).hexdigest()
        if deploy.files.get(path.lower()) not in deploy.required:
            raise refusal(422, "this file is not required")
        if deploy.files[path.lower()] != digest:
            raise refusal(422, "the file is not the one that was announced")
        self.blobs[digest] = body
        deploy.missing.discard(digest)
        self.advance(site, deploy)
        return 200, self.file(path, digest)

    def restore(self, asked, headers, body, number, which):
        site = self.site(number)
        deploy = site.deploys.get(which)
        if deploy is None:
            raise refusal(404, "Not Found")
        if deploy.state != "ready":
            raise refusal(422, "this deploy is not ready")
        self.publish(site, deploy)
        return 201, deploy.told(self.web_port)

    # -- the visitors ---------------------------------------------------------------

    def visit(self, method, target):
        """Return (status, headers, body) for /<site's name>/… or /.deploy/<id>/…."""
        _, first, rest = target.split("/", 2)
        for site in self.sites.values():
            number = site.published if site.name == first else ""
            if first == ".deploy" and rest.partition("/")[0] in site.deploys:
                number, _, rest = rest.partition("/")
            if number in site.deploys:
                files = site.deploys[number].files
                bodies = {path: self.blobs[d] for path, d in files.items()}
                return visited(bodies, method, f"/{rest}")
        return 404, [("Content-Type", "text/plain")], b"Not Found - Request ID: 1"


def _json(body, known):
    try:
        found = json.loads(body)
    except ValueError:
        raise refusal(400, "not JSON") from None
    if not isinstance(found, dict) or set(found) - known:
        raise refusal(422, f"only {sorted(known)} are expected")
    return found


def ends_of(pem):
    """Return when a certificate ends, as openssl reads it."""
    said = subprocess.run(
        [need.program("openssl"), "x509", "-noout", "-enddate"],
        input=pem,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    written = said.removeprefix("notAfter=").removesuffix(" GMT")
    return datetime.strptime(written, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)


_SITE, _DEPLOY = r"/sites/([^/]+)", r"/deploys/([^/]+)"
ROUTES = (
    ("GET", "/sites", FakeNetlify.list_sites),
    ("POST", "/sites", FakeNetlify.create_site),
    ("GET", "/dns_zones", FakeNetlify.list_zones),
    ("GET", _SITE, FakeNetlify.get_site),
    ("PATCH", _SITE, FakeNetlify.patch_site),
    ("DELETE", _SITE, FakeNetlify.delete_site),
    ("GET", f"{_SITE}/ssl", FakeNetlify.get_ssl),
    ("POST", f"{_SITE}/ssl", FakeNetlify.post_ssl),
    ("GET", f"{_SITE}/files", FakeNetlify.list_files),
    ("GET", f"{_SITE}/files/(.+)", FakeNetlify.get_file),
    ("GET", f"{_SITE}/deploys", FakeNetlify.list_deploys),
    ("POST", f"{_SITE}/deploys", FakeNetlify.create_deploy),
    ("GET", f"{_SITE}{_DEPLOY}", FakeNetlify.get_deploy),
    ("POST", f"{_SITE}{_DEPLOY}/restore", FakeNetlify.restore),
    ("PUT", f"{_DEPLOY}/files/(.+)", FakeNetlify.upload),
)
