"""Cloudflare's Workers API for one script: its modules, its assets, its addresses.

Sources, all under developers.cloudflare.com: ``workers/static-assets/direct-upload``
(sessions, hashes, tokens), ``workers/configuration/multipart-upload-metadata`` (the
script's form), ``api/resources/workers`` (content, subdomain, domains) and
``api/resources/user/subresources/tokens/methods/verify``.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from attrs import frozen

from fallback.core.config import Network, SecretRef
from fallback.core.errors import CredentialsRefused, Rejected, Unavailable
from fallback.core.text import T
from fallback.wire.parallel import each
from fallback.wire.web.multipart import Part, bodies, encoded
from fallback.wire.web.rest import Api

ENDPOINT = "https://api.cloudflare.com/client/v4"
DOMAIN = "workers.dev"
"""Below it each account has a name of its own, and below that each script."""
PERMISSION = T("Account > Workers Scripts > Edit")
"""Where a token is made, as the vendor's own pages call it."""
MAIN = "worker.js"

_BAD_TOKEN = frozenset({6003, 6111, 9109, 10000, 10001})
"""Invalid request headers, invalid format of Authorization, invalid access token,
authentication error, unable to authenticate."""
COMPATIBILITY = "2025-09-01"
"""The runtime behaves as on this day; whoever moves it runs the audit anew."""
ROUTING: Mapping[str, Any] = {
    "html_handling": "none",  # else /index.html is redirected to /
    "not_found_handling": "none",
    "run_worker_first": True,
}
"""How the vendor deals with assets: it leaves every answer to the worker."""
_WIDTH = 3  # buckets at once, as the vendor's own program has it


@frozen
class Asset:
    """One body that the vendor keeps for a script. ``path`` begins with a slash."""

    path: str
    hash: str
    size: int

    @classmethod
    def of(cls, body: bytes) -> "Asset":
        """Return what *body* is known by, its path being its hash.

        The documented hash is of the body in base64 and of the path's extension; such
        a path has none. So no path of a site is ever one of the vendor's, which might
        answer it by itself, with a redirect.
        """
        known = sha256(b64encode(body)).hexdigest()[:32]
        return cls(f"/{known}", known, len(body))


@frozen
class Session:
    """What the vendor asks to be sent: hashes in buckets, and the token to send with.

    Without buckets the token already says that all assets are there.
    """

    buckets: tuple[tuple[str, ...], ...]
    token: str

    @property
    def asked(self) -> frozenset[str]:
        """Return every hash that is asked for."""
        return frozenset(each for bucket in self.buckets for each in bucket)


@frozen
class Script:
    """One script in one account. Each verb raises what ``Api.call`` raises."""

    api: Api
    account: str
    name: str

    def modules(self) -> Mapping[str, bytes] | None:
        """Return the deployed modules by name; ``None``: there is no such script.

        A script of one module may come as it is, without a form around it.
        """
        reply = self.api.reply("GET", f"{self._path}/content/v2", absent=True)
        if reply is None:
            return None
        if reply.truncated:
            raise Unavailable(T("the answer is not JSON, or was cut"))
        found = bodies(reply.body, reply.header("content-type"))
        return found or {MAIN: reply.body}

    def begin(self, assets: Sequence[Asset]) -> Session:
        """Announce *assets* as those of the next version."""
        manifest = {one.path: {"hash": one.hash, "size": one.size} for one in assets}
        found = self.api.call(
            "POST",
            f"{self._path}/assets-upload-session",
            body={"manifest": manifest},
            again=True,
        )["result"]
        buckets = tuple(tuple(bucket) for bucket in found.get("buckets") or ())
        return Session(tuple(filter(None, buckets)), found.get("jwt") or "")

    def send(self, session: Session, known: Mapping[str, bytes]) -> str:
        """Send what *session* asks for, of the bodies *known* by hash.

        Returns the token by which the next version gets the assets.
        """

        def one(bucket: tuple[str, ...]) -> str:
            return self._send(session, {hash_: known[hash_] for hash_ in bucket})

        tokens = each(one, session.buckets, width=_WIDTH) or [session.token]
        complete = [token for token in tokens if token]
        if not complete:
            raise Rejected(
                T("Cloudflare took every file and did not say so at the end"),
                next=T("deploy again"),
            )
        return complete[-1]

    def _send(self, session: Session, bucket: Mapping[str, bytes]) -> str:
        kind = "application/octet-stream"  # the worker has the types of our own table
        parts = [
            Part(hash_, b64encode(body), kind, filename=hash_)
            for hash_, body in bucket.items()
        ]
        body, content_type = encoded(parts)
        answer = self.api.call(
            "POST",
            f"/accounts/{self.account}/workers/assets/upload?base64=true",
            body=body,
            headers={"Content-Type": content_type},
            token=session.token,
            again=True,  # the same body under the same hash
        )
        return str(((answer or {}).get("result") or {}).get("jwt") or "")

    def put(self, modules: Mapping[str, str], assets: str = "") -> None:
        """Deploy *modules*, with the assets that the token *assets* stands for.

        The next request anywhere gets the new version, whole. Raises ``Unknown`` when
        the answer was lost.
        """
        metadata: dict[str, Any] = {
            "main_module": MAIN,
            "compatibility_date": COMPATIBILITY,
        }
        if assets:
            metadata["assets"] = {"jwt": assets, "config": dict(ROUTING)}
            metadata["bindings"] = [{"type": "assets", "name": "ASSETS"}]
        body, content_type = encoded(
            [
                Part("metadata", json.dumps(metadata).encode(), "application/json"),
                *(_module(name, text) for name, text in modules.items()),
            ]
        )
        self.api.call(
            "PUT", self._path, body=body, headers={"Content-Type": content_type}
        )

    def delete(self) -> None:
        """Take the script away, and its assets with it."""
        self.api.call("DELETE", self._path, again=True, absent=True)

    def account_domain(self) -> str | None:
        """Return where the account's scripts live, such as ``ania.workers.dev``."""
        answer = self.api.call(
            "GET", f"/accounts/{self.account}/workers/subdomain", absent=True
        )
        found = ((answer or {}).get("result") or {}).get("subdomain")
        return f"{found}.{DOMAIN}" if found else None

    def is_public(self) -> bool:
        """Return whether the script answers below ``account_domain``."""
        answer = self.api.call("GET", f"{self._path}/subdomain", absent=True)
        return bool(_result(answer).get("enabled"))

    def make_public(self) -> None:
        """Let the script answer there; previews of versions stay unpublished."""
        body = {"enabled": True, "previews_enabled": False}
        self.api.call("POST", f"{self._path}/subdomain", body=body, again=True)

    def domains(self) -> Mapping[str, str]:
        """Return the identifier of each host name that is led to this script."""
        path = f"/accounts/{self.account}/workers/domains?service={quote(self.name)}"
        found = (self.api.call("GET", path) or {}).get("result") or ()
        return {
            one["hostname"]: one["id"] for one in found if one["service"] == self.name
        }

    def attach(self, hostname: str) -> None:
        """Lead *hostname*, of a zone in the account, to this script.

        Makes its DNS record and its certificate. Raises ``Rejected`` when the name has
        records of its own, or no zone here.
        """
        body = {"hostname": hostname, "service": self.name, "environment": "production"}
        path = f"/accounts/{self.account}/workers/domains"
        self.api.call("PUT", path, body=body, again=True)

    def detach(self, identifier: str) -> None:
        """Undo ``attach``."""
        path = f"/accounts/{self.account}/workers/domains/{quote(identifier)}"
        self.api.call("DELETE", path, again=True, absent=True)

    def token(self) -> Mapping[str, Any]:
        """Return what the vendor says of our token: ``status``, ``expires_on``.

        A token may belong to a person or to the account. Raises ``CredentialsRefused``.
        """
        try:
            return _result(self.api.call("GET", "/user/tokens/verify"))
        except CredentialsRefused:
            path = f"/accounts/{self.account}/tokens/verify"
            return _result(self.api.call("GET", path))

    @property
    def _path(self) -> str:
        return f"/accounts/{self.account}/workers/scripts/{self.name}"


def _result(answer: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (answer or {}).get("result") or {}
    return found


def _module(name: str, text: str) -> Part:
    kind = "application/javascript+module" if name == MAIN else "text/plain"
    return Part(name, text.encode(), kind, filename=name)


def script(
    account: str, name: str, token: str, reference: SecretRef, at: str, network: Network
) -> Script:
    """Return *name* in *account*, asked for at *at* with *token*."""
    api = Api(
        vendor="Cloudflare",
        base=at.rstrip("/"),
        network=network,
        token=token,
        credential=str(reference),
        permission=PERMISSION,
        bad_token=_BAD_TOKEN,
    )
    return Script(api, account, name)
