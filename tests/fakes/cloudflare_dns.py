"""Cloudflare's DNS API on loopback: transactional, strict, and misbehaving on demand.

Written from the vendor's documentation, below developers.cloudflare.com:
``api/resources/dns`` (records, batch), ``api/resources/zones``,
``dns/manage-dns-records`` (record types, TTL, attributes, batch limits, what may stand
beside what) and ``dns/proxy-status``. What they do not describe is refused. Records
come in any order, numbers as floats, and a list ends with an empty page unless
``counts`` is on.

A fault is asked for with ``misbehave``; ``hits`` remembers that it was met.

status:N[:seconds] (an error, with Retry-After) · drop (hangs up at once) · lose
(carries the call out, then hangs up) · hang (never answers) · drip (a byte now and
then) · garbage (a page instead of JSON)
"""

import copy
import json
import random
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

from fallback.core.records import RRset
from tests.fakes.cloudflare_http import Handler, RefusedError, refused
from tests.servers import zones

TOKEN = "8M7wS6hCpXVc-DoRnPPY_UCWPgy8aea4Wy6kCe5T"
EDITOR = frozenset({"Zone:Read", "DNS:Edit"})
NOT_API = ("SOA", "NS")
"""What Cloudflare makes itself and does not show at the top of a zone."""

_FIELDS = {"name", "type", "ttl", "content", "data", "proxied", "comment"}
_FIELDS |= {"tags", "settings", "private_routing"}
_DATA = {"HTTPS", "SVCB"}
_PROXIABLE = {"A", "AAAA", "CNAME"}
_KNOWN = {"A", "AAAA", "CNAME", "HTTPS", "SVCB", "TXT", "MX", "CAA", "NS"}
_LIST = {"name.exact", "type", "page", "per_page", "order", "direction"}
_IDENTICAL = 81058, "An identical record already exists."
_VALIDATION = 1004


@define
class Fake:
    """One account with one zone. ``published`` is told what name servers say now.

    ``meanwhile`` is what somebody does between our reading and our next batch.
    """

    port: int = 0
    zone_id: str = "023e105f4ecef8ad9ca31a8372d0c353"
    zone: str = zones.NAME
    status: str = "active"
    type: str = "full"
    name_servers: list = field(factory=lambda: ["ns1.kwiaty.example"])
    tokens: dict = field(factory=lambda: {TOKEN: EDITOR})
    records_by_id: dict = field(factory=dict)
    flattened: dict = field(factory=dict)
    edge: tuple = ("104.16.0.1",)
    others: tuple = ()
    expires: str = ""
    account_owned: bool = False
    published: Callable | None = None
    meanwhile: Callable | None = None
    per_page: int = 100
    limit: int = 200
    paid: bool = True
    counts: bool = False
    full_deletes: bool = True
    seed: int = 20261122
    calls: list = field(factory=list)
    batches: list = field(factory=list)
    script: list = field(factory=list)
    only: str = ""
    hits: list = field(factory=list)
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

    # what people see and do

    def fill(self, text):
        """Hold the records of a master file."""
        for name, rtype, ttl, rdata in sorted(zones.records(zones.parse(text))):
            if rtype not in NOT_API or name != f"{self.zone}.":
                self.add(name, rtype, ttl, rdata)

    def add(self, name, rtype, ttl, rdata, **more):
        """Somebody adds a record in the panel."""
        with self.lock:
            body = {"name": name.rstrip("."), "type": rtype, "ttl": ttl, **more}
            self.create(self.records_by_id, body | content(rtype, rdata))

    def at(self, name, rtype):
        """Return the raw records of a key, in the order of their data."""
        with self.lock:
            found = [
                record
                for record in self.records_by_id.values()
                if (record["name"], record["type"]) == (name.rstrip("."), rtype)
            ]
        return sorted(found, key=lambda record: record["content"])

    def edit(self, name, rtype, rrset):
        """Somebody deletes the records of a key and adds others."""
        with self.lock:
            for record in self.at(name, rtype):
                del self.records_by_id[record["id"]]
            for rdata in rrset.rdatas if rrset else ():
                self.add(name, rtype, int(rrset.ttl.total_seconds()), rdata)
            self.tell({(name.rstrip("."), rtype)})

    def change(self, name, rtype, **fields):
        """Somebody edits the first record of a key in place: its id survives."""
        with self.lock:
            self.at(name, rtype)[0].update(fields)
            self.tell({(name.rstrip("."), rtype)})

    def records(self):
        """Return every record as name servers would have it without a proxy."""
        with self.lock:
            return frozenset(
                (
                    f"{r['name']}.",
                    r["type"],
                    300 if r["ttl"] == 1 else r["ttl"],
                    data(r),
                )
                for r in self.records_by_id.values()
            )

    def everything(self):
        """Return every record with all its traits, but for ids and dates."""
        with self.lock:
            kept = [
                {k: v for k, v in r.items() if k != "id" and not k.endswith("_on")}
                for r in self.records_by_id.values()
            ]
        return sorted(kept, key=lambda record: json.dumps(record, sort_keys=True))

    # what the vendor answers

    def answer(self, method, target, headers, body):
        """Return the answer to one call; raises ``RefusedError``."""
        parts = urlsplit(target)
        query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
        may = self.authenticated(headers)
        path = parts.path.removeprefix("/client/v4")
        if (method, path) == ("GET", "/zones"):
            return self.list_zones(query, may)
        if (method, path) == ("GET", "/user/tokens/verify"):
            return self.verify()
        found = re.fullmatch(r"/zones/([^/]+)/dns_records(/batch)?", path)
        if found is None or parts.path == path:
            raise RefusedError(404, 7000, "No route for that URI")
        if found[1] != self.zone_id or not may & {"DNS:Edit", "DNS:Read"}:
            raise RefusedError(403, 10000, "Authentication error")
        if (method, found[2]) == ("GET", None):
            return self.list_records(query)
        if (method, found[2]) == ("POST", "/batch"):
            if "DNS:Edit" not in may:
                raise RefusedError(403, 10000, "Authentication error")
            return self.batch(headers, body)
        raise RefusedError(405, 7001, f"{method} not allowed for that URI")

    def authenticated(self, headers):
        if headers.get("X-Auth-Email") or headers.get("X-Auth-Key"):
            raise RefusedError(400, 6003, "Invalid request headers")
        bearer = re.fullmatch(r"Bearer (\S+)", headers.get("Authorization", ""))
        if bearer is None:
            raise RefusedError(400, 6003, "Invalid request headers")
        if bearer[1] not in self.tokens:
            raise RefusedError(401, 10000, "Authentication error")
        return self.tokens[bearer[1]]

    def list_zones(self, query, may):
        if set(query) - {"name", "page", "per_page", "status"}:
            raise RefusedError(400, 1001, f"unknown parameter in {query}")
        if "Zone:Read" not in may:
            raise RefusedError(403, 9109, "Unauthorized to access requested resource")
        wanted = query.get("name", self.zone) == self.zone
        zone = {
            "id": self.zone_id,
            "name": self.zone,
            "status": self.status,
            "type": self.type,
            "paused": False,
            "development_mode": 0.0,
            "name_servers": self.name_servers,
            "account": {"id": "1", "name": "Ania"},
            "meta": {},
            "owner": {},
            "plan": {"id": "free"},
            "created_on": "2026-01-01T00:00:00Z",
            "modified_on": "2026-01-01T00:00:00Z",
        }
        others = [zone | {"id": "9" * 32, "name": name} for name in self.others]
        found = [zone] if wanted else []
        return self.page([*found, *([] if "name" in query else others)], query)

    def verify(self):
        """Say of the token itself what ``api/resources/user`` documents."""
        if self.account_owned:
            raise RefusedError(401, 1000, "Invalid API Token")
        ends = {"expires_on": self.expires} if self.expires else {}
        return {
            "result": {"id": "ed17574386854bf78a67040be0a770b0"}
            | ends
            | {"status": "active"}
        }

    def list_records(self, query):
        if unknown := set(query) - _LIST:
            raise RefusedError(400, 1001, f"unknown parameter {unknown}")
        found = [
            shown(record)
            for record in self.records_by_id.values()
            if query.get("name.exact", record["name"]).lower() == record["name"]
            and query.get("type", record["type"]) == record["type"]
        ]
        # any order, and the same for every page of one list
        random.Random(self.seed + len(self.batches)).shuffle(found)
        return self.page(found, query)

    def page(self, found, query):
        number = int(query.get("page", 1))
        size = min(int(query.get("per_page", 100)), self.per_page)
        here = found[(number - 1) * size : number * size]
        info = {"page": number, "per_page": size, "count": len(here)}
        if self.counts:
            info["total_count"] = len(found)
            info["total_pages"] = -(-len(found) // size)
        return {"result": here, "result_info": info}

    def batch(self, headers, body):
        if headers.get("Content-Type") != "application/json":
            raise RefusedError(415, 9207, "Content-type must be application/json")
        asked = json.loads(body)
        if not asked or set(asked) - {"deletes", "patches", "puts", "posts"}:
            raise RefusedError(400, 9207, "Request body is invalid")
        if sum(map(len, asked.values())) > self.limit:
            raise RefusedError(400, _VALIDATION, "too many operations in one batch")
        self.batches.append(asked)
        fresh = copy.deepcopy(self.records_by_id)
        touched = set()
        done = {}
        for verb, does in (
            ("deletes", self.delete),
            ("patches", self.patch),
            ("puts", self.put),
            ("posts", self.create),
        ):
            done[verb] = []
            for each in asked.get(verb, ()):
                one = does(fresh, each)
                touched.add((one["name"], one["type"]))
                cut = verb == "deletes" and not self.full_deletes
                done[verb].append({"id": one["id"]} if cut else shown(one))
        self.records_by_id = fresh  # all of it, or nothing
        self.tell(touched)
        return {"result": done}

    def delete(self, records, asked):
        if set(asked) != {"id"}:
            raise RefusedError(400, 9207, "Request body is invalid")
        if asked["id"] not in records:
            raise RefusedError(404, 81044, "Record does not exist.")
        return records.pop(asked["id"])

    def patch(self, records, asked):
        if asked.get("id") not in records:
            raise RefusedError(404, 81044, "Record does not exist.")
        old = records[asked["id"]]
        kept = {name: old[name] for name in _FIELDS if name in old}
        return self.put(records, kept | asked)

    def put(self, records, asked):
        if asked.get("id") not in records:
            raise RefusedError(404, 81044, "Record does not exist.")
        del records[asked["id"]]
        rest = {name: value for name, value in asked.items() if name != "id"}
        return self.create(records, rest, asked["id"])

    def create(self, records, asked, known=None):
        """Add a record; what is not said is the default, also in a PUT."""
        self.check(asked)
        record = {
            "id": known or uuid.uuid4().hex,
            "proxied": False,
            "proxiable": asked["type"] in _PROXIABLE,
            "comment": None,
            "tags": [],
            "settings": {},
            "meta": {},
            "created_on": "2026-11-22T10:00:00Z",
            "modified_on": "2026-11-22T10:00:00Z",
            **asked,
        }
        if record["type"] in _DATA:
            about = record["data"]
            record["content"] = (
                f"{about['priority']} {about['target']} {about['value']}".strip()
            )
        if record["proxied"]:
            record["ttl"] = 1
        self.exclude(records, record)
        records[record["id"]] = record
        self.alike(records, record)
        return record

    def check(self, asked):
        name, rtype, ttl = (asked.get(key) for key in ("name", "type", "ttl"))
        if set(asked) - _FIELDS or rtype not in _KNOWN or not isinstance(name, str):
            raise RefusedError(400, 9207, f"Request body is invalid: {asked}")
        if name != self.zone and not name.endswith(f".{self.zone}"):
            raise RefusedError(400, 9000, "DNS name is invalid.")
        if not isinstance(ttl, int) or not (ttl == 1 or 60 <= ttl <= 86400):
            raise RefusedError(400, 9021, "Invalid TTL. Must be between 60 and 86400.")
        if asked.get("proxied") and rtype not in _PROXIABLE:
            raise RefusedError(400, 9004, "This record type cannot be proxied.")
        if len(asked.get("comment") or "") > 100:
            raise RefusedError(400, _VALIDATION, "the comment is too long")
        if asked.get("tags") is not None and not self.paid:
            raise RefusedError(400, _VALIDATION, "tags are for paid plans")
        wants = "data" if rtype in _DATA else "content"
        if wants not in asked or {"data", "content"} <= set(asked):
            raise RefusedError(400, _VALIDATION, f"{rtype} is made of {wants}")
        if wants == "data" and set(asked["data"]) != {"priority", "target", "value"}:
            raise RefusedError(400, _VALIDATION, "data is priority, target and value")
        _check_address(rtype, asked.get("content"))

    def exclude(self, records, record):
        """Refuse what cannot stand beside what is there."""
        beside = [r for r in records.values() if r["name"] == record["name"]]
        types = {r["type"] for r in beside}
        for other in beside:
            same = (other["type"], other["content"]) == (
                record["type"],
                record["content"],
            )
            if same and (other["ttl"], other["proxied"]) == (
                record["ttl"],
                record["proxied"],
            ):
                raise RefusedError(400, *_IDENTICAL)
            if same:
                raise RefusedError(400, 81057, "The record already exists.")
        top = record["name"] == self.zone
        alone = types & _PROXIABLE if top else types
        if record["type"] == "CNAME" and alone:
            said = "An A, AAAA, or CNAME record with that host already exists."
            raise RefusedError(400, 81053, said)
        if "CNAME" in types and (record["type"] in _PROXIABLE or not top):
            said = "A CNAME record with that host already exists."
            raise RefusedError(400, 81054, said)

    def alike(self, records, record):
        """If any address of a name is proxied, all of them are."""
        if record["type"] not in ("A", "AAAA"):
            return
        here = [
            r
            for r in records.values()
            if r["name"] == record["name"] and r["type"] in ("A", "AAAA")
        ]
        if any(r["proxied"] for r in here):
            for each in here:
                each.update(proxied=True, ttl=1)

    def tell(self, touched):
        """Let the name servers say what the records mean."""
        if self.published is None:
            return
        keys = {(name, "TXT") for name, rtype in touched if rtype == "TXT"}
        keys |= {
            (name, rtype) for name, _ in touched for rtype in (*_PROXIABLE, *_DATA)
        }
        said = {key: self.served(*key) for key in keys}
        # an address beside a CNAME would be ignored: what is gone goes first
        for (name, rtype), rrset in sorted(
            said.items(), key=lambda each: bool(each[1])
        ):
            self.published(f"{name}.", rtype, rrset)

    def served(self, name, rtype):
        """Return what a name server says: proxied, flattened, or as it is."""
        here = self.at(name, rtype)
        hidden = [
            r
            for kind in _PROXIABLE
            for r in self.at(name, kind)
            if r["proxied"] or (kind == "CNAME" and name == self.zone)
        ]
        if hidden and rtype in _PROXIABLE:
            if rtype != "A":
                return None
            at_edge = hidden[0]["proxied"]
            said = self.edge if at_edge else self.flattened[hidden[0]["content"]]
            return _rrset(300 if at_edge else hidden[0]["ttl"], said)
        if not here:
            return None
        ttl = 300 if here[0]["ttl"] == 1 else here[0]["ttl"]
        return _rrset(ttl, [data(record) for record in here])


def _check_address(rtype, said):
    reads, code = {"A": (IPv4Address, 9005), "AAAA": (IPv6Address, 9006)}.get(
        rtype, (str, 0)
    )
    try:
        reads(said)
    except ValueError as error:
        raise RefusedError(400, code, str(error)) from error


def _rrset(ttl, rdatas):
    return RRset(timedelta(seconds=ttl), tuple(rdatas))


def content(rtype, rdata):
    """Return canonical data as the API's fields."""
    if rtype in _DATA:
        priority, target, value = (*rdata.split(" ", 2), "")[:3]
        target = target if target == "." else target.rstrip(".")
        return {"data": {"priority": int(priority), "target": target, "value": value}}
    bare = rtype in ("CNAME", "MX", "NS")
    return {"content": rdata.rstrip(".") if bare else rdata}


def data(record):
    """Return a record's canonical data."""
    if record["type"] in ("A", "AAAA", "TXT", "CAA"):
        return record["content"]
    if record["type"] in _DATA:
        about = record["data"]
        target = about["target"].rstrip(".") + "."
        return f"{about['priority']} {target} {about['value']}".strip()
    return record["content"] + "."


def shown(record):
    """Return a record as the API shows it, every number a float."""

    def loose(value):
        if isinstance(value, dict):
            return {name: loose(each) for name, each in value.items()}
        return float(value) if type(value) is int else value

    return loose(record)


class _Handler(Handler):
    def do(self):
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault, _, rest = fake.fault(f"{self.command} {self.path}").partition(":")
        if fault in ("hang", "drop"):
            self.close_connection = True
            if fault == "hang":
                fake.ends.wait()
            return None
        if fault == "status":
            number, _, seconds = rest.partition(":")
            more = {"Retry-After": seconds} if seconds else {}
            error = RefusedError(int(number), 10013, "made by the test")
            return self.reply(*refused(error), **more)
        if self.path.endswith("/batch") and fake.meanwhile is not None:
            does, fake.meanwhile = fake.meanwhile, None
            does()
        with fake.lock:
            answered = _answered(fake, self.command, self.path, self.headers, body)
        if fault == "lose":
            self.close_connection = True
            return None
        if fault == "garbage":
            return self.reply(200, "text/html", b"<h1>one moment</h1>")
        return self.reply(*answered, slowly=fault == "drip")


def _answered(fake, method, target, headers, body):
    try:
        result = fake.answer(method, target, headers, body)
    except RefusedError as error:
        return refused(error)
    told = {"success": True, "errors": [], "messages": [], **result}
    return 200, "application/json", json.dumps(told).encode()


@contextmanager
def cloudflare(text: str = zones.TEXT) -> Iterator[Fake]:
    """Answer on a free loopback port until the block ends."""
    fake = Fake()
    fake.fill(text)
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
