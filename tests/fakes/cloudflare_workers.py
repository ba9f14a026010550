"""Cloudflare's Workers API on loopback: stateful, strict, and misbehaving on demand.

Written from the vendor's documentation (``fallback.wire.cloudflare.workers`` names the
pages): what it does not describe is refused. A fault is asked for with ``misbehave``;
``hits`` remembers that it was met.

status:N[:seconds] (an error, with Retry-After) · lose (carries the call out, then hangs
up) · hang (never answers) · drip (a byte now and then) · revoke (the token ends here)
"""

import json
import re
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha256
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

from tests.fakes.cloudflare_http import Handler, RefusedError, refused

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
SUBDOMAIN = "kwiaty"

_METADATA = {"main_module", "compatibility_date", "assets", "bindings", "tags"}
_CONFIG = {"html_handling", "not_found_handling", "run_worker_first"}
_JAVASCRIPT = "application/javascript+module"
_PER_BUCKET = 2


@define
class Version:
    """What was deployed: (content type, body) by module, hash by asset path."""

    number: int
    main: str
    modules: dict
    assets: dict
    metadata: dict


@define
class Session:
    manifest: dict
    missing: set


@define
class Fake:
    port: int = 0
    tokens: dict = field(factory=lambda: {TOKEN: "user"})
    expires_on: str = "2027-03-01T00:00:00Z"
    subdomain: str = SUBDOMAIN
    bodies: dict = field(factory=dict)
    scripts: dict = field(factory=dict)
    public: set = field(factory=set)
    domains: dict = field(factory=dict)
    zones: dict = field(factory=dict)
    sessions: dict = field(factory=dict)
    complete: dict = field(factory=dict)
    calls: list = field(factory=list)
    received: list = field(factory=list)
    script: list = field(factory=list)
    only: str = ""
    hits: list = field(factory=list)
    number: int = 0
    ends: threading.Event = field(factory=threading.Event)
    lock: threading.RLock = field(factory=threading.RLock)

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}/client/v4"

    def misbehave(self, *faults, only=""):
        """Meet the next calls that hold *only* with *faults*, one each."""
        with self.lock:
            self.script, self.only, self.hits = list(faults), only, []

    def fault(self, line):
        with self.lock:
            self.calls.append(line)
            if self.only not in line or not self.script:
                return "pass"
            self.hits.append(self.script.pop(0))
            return self.hits[-1]

    def next(self):
        self.number += 1
        return self.number

    # what the vendor answers

    def answer(self, method, target, headers, body):
        """Return (status, result) of one call; raises ``RefusedError``."""
        parts = urlsplit(target)
        if not parts.path.startswith("/client/v4/"):
            raise RefusedError(404, 7000, "No route for that URI")
        path = parts.path.removeprefix("/client/v4")
        query = parse_qs(parts.query)
        bearer = re.fullmatch(r"Bearer (\S+)", headers.get("Authorization", ""))
        if bearer is None:
            raise RefusedError(400, 6003, "Invalid request headers")
        if path == f"/accounts/{ACCOUNT}/workers/assets/upload":
            return self.upload(method, query, bearer[1], headers, body)
        self.authenticated(bearer[1])
        for verb, pattern, does in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                if found.groups() and found[1] != ACCOUNT and "accounts" in path:
                    raise RefusedError(403, 10000, "Authentication error")
                return does(self, found, query, headers, body)
        raise RefusedError(405, 7001, f"{method} not allowed for that URI")

    def authenticated(self, token):
        if token not in self.tokens:
            raise RefusedError(401, 10000, "Authentication error")

    def verify(self, found, *_):
        kind = "account" if found.groups() else "user"
        if kind not in self.tokens.values():
            raise RefusedError(401, 1000, "Invalid API Token")
        return 200, {"id": "t1", "status": "active", "expires_on": self.expires_on}

    def begin(self, found, query, headers, body):
        asked = _json(headers, body)
        if set(asked) != {"manifest"} or not asked["manifest"]:
            raise RefusedError(400, 10001, "a manifest is required")
        for path, about in asked["manifest"].items():
            if set(about) != {"hash", "size"} or not path.startswith("/"):
                raise RefusedError(400, 10001, f"bad entry: {path}")
            if not re.fullmatch(r"[0-9a-f]{32}", about["hash"]):
                raise RefusedError(400, 10001, f"bad hash: {about['hash']}")
        hashes = dict.fromkeys(one["hash"] for one in asked["manifest"].values())
        missing = [known for known in hashes if known not in self.bodies]
        jwt = f"{found[2]}.{self.next()}.jwt"
        if not missing:
            self.complete[jwt] = asked["manifest"]
            return 200, {"jwt": jwt, "buckets": []}
        self.sessions[jwt] = Session(asked["manifest"], set(missing))
        starts = range(0, len(missing), _PER_BUCKET)
        buckets = [missing[at : at + _PER_BUCKET] for at in starts]
        return 200, {"jwt": jwt, "buckets": buckets}

    def upload(self, method, query, jwt, headers, body):
        if method != "POST" or query.get("base64") != ["true"]:
            raise RefusedError(400, 10001, "base64=true is required")
        session = self.sessions.get(jwt)
        if session is None:
            raise RefusedError(403, 10000, "the upload token is not valid")
        for name, filename, _, content in _form(headers, body):
            sent = b64decode(content, validate=True)
            # the extension of the path belongs to the hash, and these have none
            real = sha256(content).hexdigest()[:32]
            wanted = [p for p, a in session.manifest.items() if a["hash"] == name]
            if not wanted or filename != name or name != real:
                raise RefusedError(400, 10001, f"nobody announced {name}")
            if any("." in path for path in wanted):
                raise RefusedError(400, 10001, "the hash lacks the extension")
            if session.manifest[wanted[0]]["size"] != len(sent):
                raise RefusedError(400, 10001, f"another size than announced: {name}")
            self.bodies[name] = sent
            self.received.append(name)
            session.missing.discard(name)
        if session.missing:
            return 202, {}
        done = f"{jwt}.complete"
        self.complete[done] = session.manifest
        return 201, {"jwt": done}

    def put(self, found, query, headers, body):
        parts = {name: (kind, text) for name, _, kind, text in _form(headers, body)}
        kind, text = parts.pop("metadata", ("", b""))
        if kind != "application/json":
            raise RefusedError(400, 10021, "metadata is required")
        metadata = json.loads(text)
        unknown = set(metadata) - _METADATA
        unknown |= set(metadata.get("assets", {}).get("config", {})) - _CONFIG
        if unknown:
            raise RefusedError(400, 10021, f"unknown: {unknown}")
        main = metadata.get("main_module")
        if parts.get(main, ("",))[0] != _JAVASCRIPT:
            raise RefusedError(400, 10021, "no such module: the main one")
        for name in re.findall(r'from "\./([^"]+)"', parts[main][1].decode()):
            if name not in parts:
                raise RefusedError(400, 10021, f"No such module {name}")
        assets = {}
        if "assets" in metadata:
            jwt = metadata["assets"].get("jwt")
            if jwt not in self.complete:
                raise RefusedError(400, 10304, "the assets are not complete")
            assets = {p: one["hash"] for p, one in self.complete[jwt].items()}
        elif metadata.get("bindings"):
            raise RefusedError(400, 10021, "a binding to assets, and no assets")
        version = Version(self.next(), main, parts, assets, metadata)
        self.scripts[found[2]] = version
        return 200, {"id": found[2], "etag": str(version.number), "has_assets": True}

    def content(self, found, *_):
        version = self.existing(found[2])
        mark = "boundary-of-the-vendor"
        lines = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename='
            f'"{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
            + body
            + b"\r\n"
            for name, (kind, body) in version.modules.items()
        )
        kind = f"multipart/form-data; boundary={mark}"
        return 200, (kind, lines + f"--{mark}--\r\n".encode())

    def existing(self, name):
        if name not in self.scripts:
            message = "This Worker does not exist on your account."
            raise RefusedError(404, 10007, message)
        return self.scripts[name]

    def delete(self, found, *_):
        self.existing(found[2])
        del self.scripts[found[2]]
        self.public.discard(found[2])
        return 200, None

    def subdomain_of_account(self, found, *_):
        if not self.subdomain:
            raise RefusedError(404, 10007, "workers.api.error.subdomain_not_found")
        return 200, {"subdomain": self.subdomain}

    def is_public(self, found, *_):
        self.existing(found[2])
        return 200, {"enabled": found[2] in self.public, "previews_enabled": False}

    def make_public(self, found, query, headers, body):
        self.existing(found[2])
        asked = _json(headers, body)
        if set(asked) - {"enabled", "previews_enabled"} or "enabled" not in asked:
            raise RefusedError(400, 10001, "enabled is required")
        (self.public.add if asked["enabled"] else self.public.discard)(found[2])
        return 200, asked

    def list_domains(self, found, query, *_):
        only = query.get("service", [None])[0]
        return 200, [d for d in self.domains.values() if only in (None, d["service"])]

    def attach(self, found, query, headers, body):
        asked = _json(headers, body)
        name = asked["hostname"]
        self.existing(asked["service"])
        zone = next((z for z in self.zones if f".{name}".endswith(f".{z}")), None)
        if zone is None:
            raise RefusedError(400, 100115, "no zone of that name in this account")
        if name in self.zones[zone]:
            message = "Hostname already has externally managed DNS records"
            raise RefusedError(409, 100117, message)
        known = f"d{self.next()}"
        self.domains[name] = {**asked, "id": known, "zone_name": zone}
        return 200, self.domains[name]

    def detach(self, found, *_):
        kept = {n: d for n, d in self.domains.items() if d["id"] != found[2]}
        if len(kept) == len(self.domains):
            raise RefusedError(404, 100114, "no such domain")
        self.domains = kept
        return 200, None

    def deployed(self, name):
        """Return what the runtime runs, for ``tests.servers.worker``."""
        version = self.scripts.get(name)
        if version is None:
            return {"version": 0}
        return {
            "version": version.number,
            "main": version.main,
            "modules": {n: body.decode() for n, (_, body) in version.modules.items()},
            "assets": {
                path: self.bodies[known].decode("latin-1")
                for path, known in version.assets.items()
            },
        }


_OWN = r"/accounts/([^/]+)/workers"
_ROUTES = (
    ("GET", r"/user/tokens/verify", Fake.verify),
    ("GET", r"/accounts/([^/]+)/tokens/verify", Fake.verify),
    ("POST", rf"{_OWN}/scripts/([^/]+)/assets-upload-session", Fake.begin),
    ("GET", rf"{_OWN}/scripts/([^/]+)/content/v2", Fake.content),
    ("GET", rf"{_OWN}/scripts/([^/]+)/subdomain", Fake.is_public),
    ("POST", rf"{_OWN}/scripts/([^/]+)/subdomain", Fake.make_public),
    ("PUT", rf"{_OWN}/scripts/([^/]+)", Fake.put),
    ("DELETE", rf"{_OWN}/scripts/([^/]+)", Fake.delete),
    ("GET", rf"{_OWN}/subdomain", Fake.subdomain_of_account),
    ("GET", rf"{_OWN}/domains", Fake.list_domains),
    ("PUT", rf"{_OWN}/domains", Fake.attach),
    ("DELETE", rf"{_OWN}/domains/([^/]+)", Fake.detach),
)


def _json(headers, body):
    if headers.get("Content-Type") != "application/json":
        raise RefusedError(415, 10001, "JSON is expected")
    return json.loads(body)


def _form(headers, body):
    """Yield (name, file name, type, body) of each part, by Python's own parser."""
    kind = headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        raise RefusedError(415, 10001, "multipart/form-data is expected")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parsed = BytesParser(policy=HTTP).parsebytes(head + body)
    if parsed.defects or not parsed.is_multipart():
        raise RefusedError(400, 10001, f"not a form: {parsed.defects}")
    for part in parsed.iter_parts():
        about = part["Content-Disposition"].params
        yield (
            about["name"],
            about.get("filename"),
            part.get_content_type(),
            part.get_payload(decode=True),
        )


class _Handler(Handler):
    def do(self):
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/deployed/"):
            with fake.lock:
                found = fake.deployed(self.path.removeprefix("/deployed/"))
            return self.reply(200, "application/json", json.dumps(found).encode())
        fault, _, rest = fake.fault(f"{self.command} {self.path}").partition(":")
        if fault == "hang":
            fake.ends.wait()
            return None
        if fault == "revoke":
            fake.tokens.clear()
        if fault == "status":
            number, _, seconds = rest.partition(":")
            more = {"Retry-After": seconds} if seconds else {}
            error = RefusedError(int(number), 10013, "made by the test")
            return self.reply(*refused(error), **more)
        with fake.lock:
            answered = _answered(fake, self.command, self.path, self.headers, body)
        if fault == "lose":
            self.close_connection = True
            return None
        return self.reply(*answered, slowly=fault == "drip")


def _answered(fake, method, target, headers, body):
    try:
        status, result = fake.answer(method, target, headers, body)
    except RefusedError as error:
        return refused(error)
    if isinstance(result, tuple):
        return status, *result
    told = {"success": True, "errors": [], "messages": [], "result": result}
    return status, "application/json", json.dumps(told).encode()


@contextmanager
def cloudflare() -> Iterator[Fake]:
    """Answer on a free loopback port until the block ends."""
    fake = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.fake, fake.port = fake, server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.ends.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
