"""Route 53's REST-XML on the wire, with the ways in which a network fails."""

import time
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any
from xml.sax.saxutils import escape

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.fakes import route53_rules as rules
from tests.fakes.route53_rules import Wrong

_XMLNS = "https://route53.amazonaws.com/doc/2013-04-01/"
_BASE = "/2013-04-01/"
_DRIP = 0.05

_DELEGATION = (
    "<DelegationSet><NameServers><NameServer>ns-2048.awsdns-64.com</NameServer>"
    "</NameServers></DelegationSet>"
)


class Fault(StrEnum):
    """What one call meets."""

    THROTTLED = "400 Throttling"
    BUSY = "400 PriorRequestNotComplete"
    BROKEN = "500, not carried out"
    BROKEN_AFTER = "500, carried out"
    LOST = "no answer, carried out"
    LOST_BEFORE = "no answer, not carried out"
    DRIP = "an answer byte by byte, carried out"
    GARBAGE = "200 and a web page, carried out"


_BEFORE = {
    Fault.THROTTLED: Wrong("Throttling", "Rate exceeded"),
    Fault.BUSY: Wrong("PriorRequestNotComplete", "The request was rejected"),
    Fault.BROKEN: Wrong("InternalFailure", "An internal error", status=500),
}


class Handler(BaseHTTPRequestHandler):
    """One request; the account hangs on the server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    @property
    def account(self) -> Any:
        return self.server.account  # type: ignore[attr-defined]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        try:
            operation, where = _route(self.command, parts.path)
            fault = self.account.met(operation)
            if fault in _BEFORE:
                raise _BEFORE[fault]
            if fault is Fault.LOST_BEFORE:
                self.close_connection = True
                return
            batch = (
                list(_batch(body)) if operation == "ChangeResourceRecordSets" else []
            )
            self._authenticate(body, operation, where, batch)
            text = getattr(self, f"_{operation}")(where, query, batch)
            if fault is Fault.BROKEN_AFTER:
                raise _BEFORE[Fault.BROKEN]
        except Wrong as wrong:
            self._send(wrong.status, self._wrong(wrong))
            return
        match fault:
            case Fault.LOST:
                self.close_connection = True
            case Fault.DRIP:
                self._drip(text)
            case Fault.GARBAGE:
                self._send(200, "<!doctype html><p>Sign in to the hotel's network")
            case _:
                self._send(200, text)

    def _send(self, status: int, text: str) -> None:
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, text: str) -> None:
        """Send one byte now and then, for ever, or until the other side has enough."""
        self.send_response(200)
        self.send_header("Content-Length", str(10**9))
        self.end_headers()
        self.close_connection = True
        end = time.monotonic() + 20
        try:
            for byte in text.encode() + b" " * 10**4:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if time.monotonic() > end:
                    return
                time.sleep(_DRIP)
        except OSError:
            return

    def _wrong(self, wrong: Wrong) -> str:
        """Return the error; the reference shows another form than the service sends."""
        if wrong.code == "InvalidChangeBatch" and self.account.as_documented:
            inside = "".join(f"<Message>{escape(m)}</Message>" for m in wrong.messages)
            return (
                f'<InvalidChangeBatch xmlns="{_XMLNS}"><Messages>{inside}</Messages>'
                "<RequestId>b25f48e8</RequestId></InvalidChangeBatch>"
            )
        said = ", ".join(wrong.messages)
        said = f"[{said}]" if wrong.code == "InvalidChangeBatch" else said
        return (
            f'<ErrorResponse xmlns="{_XMLNS}"><Error><Type>Sender</Type>'
            f"<Code>{wrong.code}</Code><Message>{escape(said)}</Message></Error>"
            "<RequestId>7eb28fd5</RequestId></ErrorResponse>"
        )

    def _authenticate(
        self, body: bytes, operation: str, where: str, batch: list[Any]
    ) -> None:
        """Raise ``Wrong`` unless the request is signed by a user who may do it."""
        words = self.headers.get("Authorization", "")
        fields = dict(part.split("=", 1) for part in words[17:].split(", ") if part)
        key, _, scope = fields.get("Credential", "").partition("/")
        user = self.account.users.get(key)
        if user is None or not words.startswith("AWS4-HMAC-SHA256 "):
            raise Wrong(
                "InvalidClientTokenId", "The security token is invalid", status=403
            )
        if scope.split("/", 1)[1:] != ["us-east-1/route53/aws4_request"]:
            raise Wrong("SignatureDoesNotMatch", "wrong scope", status=403)
        url = self.account.endpoint + self.path
        request = AWSRequest(method=self.command, url=url, data=body)
        for name in fields["SignedHeaders"].split(";"):
            request.headers[name] = self.headers[name]
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        auth = SigV4Auth(Credentials(key, user.secret), "route53", "us-east-1")
        text = auth.string_to_sign(request, auth.canonical_request(request))
        if auth.signature(text, request) != fields["Signature"]:
            raise Wrong("SignatureDoesNotMatch", "The signature differs", status=403)
        resource = f"arn:aws:route53:::{where}" if where else "*"
        if not rules.allows(user.policy, operation, resource, batch):
            said = f"User is not authorized to perform: route53:{operation}"
            raise Wrong("AccessDenied", said, status=403)

    # the operations

    def _zone(self, where: str) -> Any:
        number = where.rpartition("/")[2]
        if number not in self.account.hosted:
            raise Wrong(
                "NoSuchHostedZone", f"No hosted zone found: {number}", status=404
            )
        return self.account.hosted[number]

    def _GetHostedZone(self, where: str, *_: Any) -> str:  # noqa: N802 - Amazon's word
        zone = self._zone(where)
        inside = _hosted_zone(zone) + _DELEGATION
        return _document("GetHostedZoneResponse", inside)

    def _ListHostedZonesByName(self, _: str, query: dict[str, str], *__: Any) -> str:  # noqa: N802
        start = (
            rules.order((rules.spelled(query.get("dnsname", "")), "", ""))[0],
            query.get("hostedzoneid", ""),
        )
        found = sorted(
            (rules.order((zone.name, "", ""))[0], zone.id)
            for zone in self.account.hosted.values()
        )
        most = min(int(query.get("maxitems", 100)), self.account.page)
        rest = [each for each in found if each >= start]
        inside = "".join(_hosted_zone(self.account.hosted[n]) for _, n in rest[:most])
        inside = f"<HostedZones>{inside}</HostedZones><MaxItems>{most}</MaxItems>"
        inside += f"<IsTruncated>{_bool(len(rest) > most)}</IsTruncated>"
        if len(rest) > most:
            following = self.account.hosted[rest[most][1]]
            inside += f"<NextDNSName>{following.name}</NextDNSName>"
            inside += f"<NextHostedZoneId>{following.id}</NextHostedZoneId>"
        return _document("ListHostedZonesByNameResponse", inside)

    def _ListResourceRecordSets(  # noqa: N802
        self, where: str, query: dict[str, str], *_: Any
    ) -> str:
        zone = self._zone(where)
        if "type" in query and "name" not in query:
            raise Wrong("InvalidInput", "type without name")
        start = rules.order(
            (
                rules.spelled(query["name"]) if "name" in query else "",
                query.get("type", ""),
                query.get("identifier", ""),
            )
        )
        most = min(int(query.get("maxitems", rules.PAGE)), self.account.page)
        with self.account.lock:
            rest = [
                p for p in sorted(zone.sets, key=rules.order) if rules.order(p) >= start
            ]
            sets = "".join(_set(zone.sets[at]) for at in rest[:most])
        inside = f"<ResourceRecordSets>{sets}</ResourceRecordSets>"
        inside += f"<IsTruncated>{_bool(len(rest) > most)}</IsTruncated>"
        inside += f"<MaxItems>{most}</MaxItems>"
        if len(rest) > most:
            name, rtype, identifier = rest[most]
            inside += f"<NextRecordName>{name}</NextRecordName>"
            inside += f"<NextRecordType>{rtype}</NextRecordType>"
            if identifier:
                inside += f"<NextRecordIdentifier>{identifier}</NextRecordIdentifier>"
        return _document("ListResourceRecordSetsResponse", inside)

    def _ListResourceRecordSetProtections(  # noqa: N802
        self, where: str, *_: Any
    ) -> str:
        inside = "".join(
            f"<ResourceRecordSetProtection><RecordName>{name}</RecordName>"
            f"<RecordType>{rtype}</RecordType><Comment>{escape(comment)}</Comment>"
            "</ResourceRecordSetProtection>"
            for (name, rtype), comment in self._zone(where).protected.items()
        )
        inside = (
            f"<ResourceRecordSetProtections>{inside}</ResourceRecordSetProtections>"
        )
        return _document("ListResourceRecordSetProtectionsResponse", inside)

    def _ChangeResourceRecordSets(  # noqa: N802
        self, where: str, _: dict[str, str], batch: list[tuple[str, rules.Set]]
    ) -> str:
        number = self.account.change(self._zone(where), batch)
        return _document("ChangeResourceRecordSetsResponse", _change(number, "PENDING"))

    def _GetChange(self, where: str, *_: Any) -> str:  # noqa: N802
        number = where.rpartition("/")[2]
        status = self.account.status(number)
        if status is None:
            raise Wrong("NoSuchChange", f"no change {number}", status=404)
        return _document("GetChangeResponse", _change(number, status))


def _route(method: str, path: str) -> tuple[str, str]:
    """Return the operation, and the resource as its ARN ends."""
    if not path.startswith(_BASE):
        raise Wrong("UnknownOperationException", path, status=404)
    match method, path.removeprefix(_BASE).rstrip("/").split("/"):
        case "GET", ["hostedzonesbyname"]:
            return "ListHostedZonesByName", ""
        case "GET", ["hostedzone", number]:
            return "GetHostedZone", f"hostedzone/{number}"
        case "GET", ["hostedzone", number, "rrset"]:
            return "ListResourceRecordSets", f"hostedzone/{number}"
        case "GET", ["hostedzone", number, "rrsetprotection"]:
            return "ListResourceRecordSetProtections", f"hostedzone/{number}"
        case "POST", ["hostedzone", number, "rrset"]:
            return "ChangeResourceRecordSets", f"hostedzone/{number}"
        case "GET", ["change", number]:
            return "GetChange", f"change/{number}"
    raise Wrong("UnknownOperationException", path, status=404)


def _batch(body: bytes) -> Iterator[tuple[str, rules.Set]]:
    """Yield the changes that *body* asks for."""
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise Wrong("MalformedInput", str(error)) from error
    for change in root.iter(f"{{{_XMLNS}}}Change"):
        found = change.find(f"{{{_XMLNS}}}ResourceRecordSet")
        assert found is not None
        made: rules.Set = {}
        for child in found:
            tag = child.tag.rpartition("}")[2]
            if tag == "ResourceRecords":
                made[tag] = [record[0].text or "" for record in child]
            elif tag == "AliasTarget":
                made[tag] = {c.tag.rpartition("}")[2]: c.text for c in child}
            else:
                made[tag] = int(child.text or 0) if tag == "TTL" else child.text
        made["Name"] = rules.spelled(made["Name"])
        yield change.findtext(f"{{{_XMLNS}}}Action", ""), made


def _document(tag: str, inside: str) -> str:
    return f'<{tag} xmlns="{_XMLNS}">{inside}</{tag}>'


def _hosted_zone(zone: Any) -> str:
    linked = ""
    if zone.service:
        linked = (
            f"<LinkedService><ServicePrincipal>{zone.service}</ServicePrincipal>"
            "</LinkedService>"
        )
    return (
        f"<HostedZone><Id>/hostedzone/{zone.id}</Id><Name>{zone.name}</Name>"
        "<CallerReference>x</CallerReference>"
        f"<Config><PrivateZone>{_bool(zone.private)}</PrivateZone></Config>"
        f"{linked}</HostedZone>"
    )


def _set(made: rules.Set) -> str:
    inside = ""
    for key, value in made.items():
        if key == "ResourceRecords":
            value = "".join(  # noqa: PLW2901
                f"<ResourceRecord><Value>{escape(v)}</Value></ResourceRecord>"
                for v in value
            )
        elif isinstance(value, dict):
            value = "".join(f"<{k}>{escape(v)}</{k}>" for k, v in value.items())  # noqa: PLW2901
        inside += f"<{key}>{value}</{key}>"
    return f"<ResourceRecordSet>{inside}</ResourceRecordSet>"


def _change(number: str, status: str) -> str:
    return (
        f"<ChangeInfo><Id>/change/{number}</Id><Status>{status}</Status>"
        "<SubmittedAt>2026-11-28T10:00:00.000Z</SubmittedAt></ChangeInfo>"
    )


def _bool(value: object) -> str:
    return "true" if value else "false"
