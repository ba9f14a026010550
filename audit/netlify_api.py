"""What we say to Netlify's API, and what our fake answers, by the vendor's own words.

A whole life is led with the fake: set up, published twice, read back, taken away. Every
call, every key of a body and every answer has to stand in the description of the API
that comes with Netlify's program.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from attrs import frozen
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from audit.outcome import Fault, Outcome
from audit.tools import Tools
from fallback.core.config import Network, SecretRef
from fallback.core.text import T
from fallback.hosts.netlify import NetlifyHost
from fallback.hosts.setup.netlify import NetlifyProvisioner
from fallback.wire.netlify import Netlify
from fallback.wire.web import http, rest
from fallback.wire.web.http import Reply
from tests.fakes.netlify import BASE, TOKEN
from tests.fakes.site import small_site
from tests.servers.netlify import netlify_server

_NOT_DECLARED = {("/sites/{site_id}/files", "per_page")}
"""Beyond the description, and seen in use: a listing is cut without it."""


@frozen
class _Call:
    method: str
    path: str
    query: frozenset[str]
    body: Any
    status: int
    answer: Any


def described(tools: Tools) -> Outcome:
    """Return every difference between what was said and what is described."""
    file = tools.modules / "@netlify" / "open-api" / "dist" / "swagger.json"
    paths = json.loads(file.read_text("utf-8"))["paths"]
    calls = list(_led())
    faults = [
        Fault(f"{call.method} {call.path}", what)
        for call in calls
        for what in _compared(call, paths)
    ]
    line = f"- Netlify's API: {len(calls)} calls held against its own description."
    return Outcome((line,), tuple(faults))


def _led() -> Iterator[_Call]:
    heard: list[_Call] = []

    def ask(url: str, **more: Any) -> Reply:
        reply = http.ask(url, **more)
        parts = urlsplit(url)
        heard.append(
            _Call(
                more["method"],
                parts.path.removeprefix(BASE),
                frozenset(parse_qs(parts.query)),
                _loaded(more["body"]),
                reply.status,
                _loaded(reply.body),
            )
        )
        return reply

    network = Network(canaries=(), allow_private=True, resolvers=("127.0.0.1:9",))
    with netlify_server() as fake, patch.object(rest, "ask", ask):
        credential = str(SecretRef("env", "NETLIFY_TOKEN"))
        api = rest.Api("Netlify", fake.endpoint, network, TOKEN, credential, T("all"))
        netlify = Netlify(api)
        about = NetlifyProvisioner(netlify, "kwiaty", None, "", network)
        about.setup(["kwiaty.example", "www.kwiaty.example"])
        host = NetlifyHost(netlify, "kwiaty")
        for number, words in enumerate(("first", "second"), 1):
            site = small_site(words, sequence=number)  # type: ignore[no-untyped-call]
            host.publish(site)
        host.read_back()
        about.teardown()
    return iter(heard)


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _compared(call: _Call, paths: Mapping[str, Any]) -> Iterator[str]:
    found = next(
        (path for path in paths if _pattern(path).fullmatch(call.path)
         and call.method.lower() in paths[path]),
        None,
    )  # fmt: skip
    if found is None:
        yield "there is no such call"
        return
    about = paths[found][call.method.lower()]
    known = [*about.get("parameters", ()), *paths[found].get("parameters", ())]
    declared = {one["name"] for one in known if one["in"] == "query"}
    for name in call.query - declared:
        if (found, name) not in _NOT_DECLARED:
            yield f"no parameter {name} in the query"
    bodies = [one["schema"] for one in known if one["in"] == "body"]
    if isinstance(call.body, dict) and bodies and "/files/" not in call.path:
        yield from _judged(call.body, bodies[0], "sends")
    answers = about["responses"]
    if call.status < 400 and str(call.status) not in answers:
        yield f"answers {call.status}, described are {sorted(answers)}"
    schema = answers.get(str(call.status), {}).get("schema")
    if schema and call.answer is not None and "/files/" not in call.path:
        yield from _judged(call.answer, schema, "answers")


def _pattern(path: str) -> re.Pattern[str]:
    """Return what matches *path*; a file's path is the one part with slashes in it."""
    part = re.sub(r"\{(file_path|path)\}", "(.+)", path)
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", part))


def _judged(value: Any, schema: Mapping[str, Any], verb: str) -> Iterator[str]:
    for error in Draft4Validator(schema).iter_errors(_without_nulls(value)):
        yield f"{verb} something else: {error.message[:120]}"
    items = value if isinstance(value, list) else [value]
    known = _keys(schema.get("items", schema))
    for item in items:
        for key in set(item) - known:
            yield f"{verb} {key}, which is not described"


def _keys(schema: Mapping[str, Any]) -> set[str]:
    parts = [schema, *schema.get("allOf", ())]
    return {key for part in parts for key in part.get("properties", ())}


def _without_nulls(value: Any) -> Any:
    """Leave out what is null: the description knows no nulls, the API sends them."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value
