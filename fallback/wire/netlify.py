"""Netlify's API, as far as publishing and set-up need it.

The calls are those of https://open-api.netlify.com (version 2.60), the order of a
deploy by digest is that of "Get started with the Netlify API" at docs.netlify.com and
of Netlify's own CLI. Paths are compared in small letters, as Netlify keeps them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any, cast
from urllib.parse import quote, urlencode

from attrs import frozen

from fallback.core.config import Config, Network, SecretRef
from fallback.core.errors import Rejected, Unavailable
from fallback.core.hosts.known import Known
from fallback.core.text import T
from fallback.wire.secrets import reveal
from fallback.wire.web.http import FetchFailed, ask
from fallback.wire.web.rest import Api

ENDPOINT = "https://api.netlify.com/api/v1"
DOMAIN = "netlify.app"
"""Below it each site has a name of its own."""
WIDTH = 5
"""How many files are on their way at once, as in Netlify's own CLI."""

_DIFFED_LATER = 100  # the CLI's limit: a longer list is compared after the answer
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RAW = "application/vnd.bitballoon.v1.raw"
_ONE_CALL = timedelta(seconds=10)
_CAP = 4 * 1024 * 1024


@frozen
class Site:
    """One site, as far as we ask. ``published`` is the id of the deploy it shows.

    ``permalink`` is that deploy's own address, which no cache ever gives for another.
    """

    id: str
    name: str
    published: str
    permalink: str
    url: str
    custom_domain: str
    aliases: tuple[str, ...]
    rewrites_pages: bool
    repository: str

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Site":
        """Read the API's ``site``."""
        deploy = found.get("published_deploy") or {}
        html = (found.get("processing_settings") or {}).get("html") or {}
        return cls(
            id=str(found["id"]),
            name=str(found.get("name") or ""),
            published=str(deploy.get("id") or ""),
            permalink=str(deploy.get("deploy_ssl_url") or deploy.get("url") or ""),
            url=str(found.get("ssl_url") or found.get("url") or ""),
            custom_domain=str(found.get("custom_domain") or ""),
            aliases=tuple(found.get("domain_aliases") or ()),
            # absent means Netlify's default, which is on
            rewrites_pages=html.get("pretty_urls") is not False,
            repository=str((found.get("build_settings") or {}).get("repo_url") or ""),
        )

    @property
    def address(self) -> str:
        """Return the host name that is always the site's own."""
        return f"{self.name}.{DOMAIN}"

    @property
    def known(self) -> Known:
        """Return the names by which Netlify knows the site.

        Its branches are at ``branch--name.netlify.app`` (docs.netlify.com, "Branch
        deploys").
        """
        taken = {name.lower() for name in (self.custom_domain, *self.aliases) if name}
        return Known(DOMAIN, self.address.lower(), frozenset(taken), drafts=True)


@frozen
class Deploy:
    """One deploy. ``required`` are the SHA-1 digests of what has to be uploaded."""

    id: str
    state: str
    title: str
    required: frozenset[str]
    error: str
    created: datetime | None
    published: datetime | None

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Deploy":
        """Read the API's ``deploy``."""
        return cls(
            id=str(found["id"]),
            state=str(found.get("state") or ""),
            title=str(found.get("title") or ""),
            required=frozenset(found.get("required") or ()),
            error=str(found.get("error_message") or ""),
            created=_moment(found.get("created_at")),
            published=_moment(found.get("published_at")),
        )


def _moment(written: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return found if found.tzinfo else None


@frozen
class Netlify:
    """The account behind one token. Every verb raises what ``Api.call`` raises."""

    api: Api

    def site(self, word: str) -> Site | None:
        """Return the site whose id, name or ``name.netlify.app`` *word* is."""
        if _ID.fullmatch(word):
            found = self.api.call("GET", f"/sites/{word}", absent=True)
            return Site.of(found) if found else None
        name = word.lower().removesuffix(f".{DOMAIN}")
        asked = urlencode({"name": name, "filter": "all", "per_page": 100})
        listed = self.api.call("GET", f"/sites?{asked}") or ()
        return next((Site.of(one) for one in listed if one.get("name") == name), None)

    def files(self, site: Site) -> dict[str, str]:
        """Return the SHA-1 of each file of the deploy that *site* shows."""
        if not site.published:
            return {}
        call = f"/sites/{site.id}/files?per_page=1000"
        listed = self.api.call("GET", call, absent=True) or ()
        return {_key(one): str(one.get("sha")) for one in listed if _key(one)}

    def sha(self, site: Site, path: str) -> str | None:
        """Return the SHA-1 of one file; some listings leave out what is in folders."""
        if not site.published:
            return None
        found = self.api.call("GET", _file(site, path), absent=True)
        return str(found["sha"]) if found and found.get("sha") else None

    def body(self, site: Site, path: str, digest: str) -> bytes:
        """Return the bytes at *path* of the deploy that *site* shows.

        By the API, else by the deploy's permalink, and believed only when *digest* is
        theirs: no cache and no post-processing can stand between. Raises
        ``Unavailable`` when neither gives it.
        """
        reply = self.api.reply(
            "GET",
            _file(site, path),
            headers={"Accept": _RAW, "Content-Type": _RAW},
            absent=True,
        )
        if reply is not None and _is(reply.body, digest):
            return reply.body
        seen = _asked(f"{site.permalink}/{quote(path)}", self.api.network)
        if _is(seen, digest):
            return seen
        raise Unavailable(
            T("{vendor} does not hand out {file} as it is published there",
              vendor=self.api.vendor, file=path),
            customers_see=T("the page that was there before"),
            next=T("deploy again in a minute"),
        )  # fmt: skip

    def begin(self, site: Site, files: Mapping[str, str], title: str) -> Deploy | None:
        """Announce a draft of *files* (path -> SHA-1), which nobody sees yet.

        ``None`` when the answer says nothing of it. Never repeated here.
        """
        asked = urlencode({"title": title})
        body = {
            "files": {f"/{path}": digest for path, digest in files.items()},
            "draft": True,
            "async": len(files) > _DIFFED_LATER,
        }
        call = f"/sites/{site.id}/deploys?{asked}"
        found = self.api.call("POST", call, body=body)
        return Deploy.of(found) if found else None

    def deploys(self, site: Site) -> Iterator[Deploy]:
        """Yield the latest deploys of *site*, the newest first."""
        for one in self.api.call("GET", f"/sites/{site.id}/deploys?per_page=20") or ():
            yield Deploy.of(one)

    def deploy(self, site: Site, number: str) -> Deploy:
        """Return the deploy with the id *number* as it stands now."""
        return Deploy.of(self.api.call("GET", f"/sites/{site.id}/deploys/{number}"))

    def upload(self, deploy: Deploy, path: str, body: bytes) -> None:
        """Send one file; sending it again is harmless. Slashes stay as they are."""
        call = f"/deploys/{deploy.id}/files/{quote(path)}"
        self.api.call("PUT", call, body=body, again=True)

    def show(self, site: Site, number: str) -> None:
        """Let *site* show the deploy *number*: the one step that visitors notice."""
        self.api.call("POST", f"/sites/{site.id}/deploys/{number}/restore")

    def keep_pages_as_they_are(self, site: Site) -> None:
        """Stop Netlify from rewriting the links of our pages ("pretty URLs").

        A page that is not what was published fails every look at it.
        """
        settings = {"processing_settings": {"html": {"pretty_urls": False}}}
        self.api.call("PATCH", f"/sites/{site.id}", body=settings, again=True)

    def is_id(self, word: str) -> bool:
        """Return whether *word* has the form of an id, and is no name."""
        return _ID.fullmatch(word) is not None

    def reach(self, site: Site) -> tuple[list[str], list[str]]:
        """Return the names of other sites and of DNS zones that the token opens."""
        sites = self.api.call("GET", "/sites?filter=all&per_page=10") or ()
        zones = self.api.call("GET", "/dns_zones") or ()
        return (
            [str(one.get("name")) for one in sites if one.get("id") != site.id],
            [str(zone.get("name")) for zone in zones],
        )

    def make(self, name: str) -> Site:
        """Make an empty site called *name*; ``Rejected`` when the name is taken."""
        return Site.of(self.api.call("POST", "/sites", body={"name": name}))

    def assign(self, site: Site, domain: str, aliases: tuple[str, ...]) -> None:
        """Let *site* answer for *domain* and *aliases*."""
        body = {"custom_domain": domain, "domain_aliases": list(aliases)}
        self.api.call("PATCH", f"/sites/{site.id}", body=body, again=True)

    def certificate(self, site: Site) -> Mapping[str, Any] | None:
        """Return what is known of the certificate of *site*."""
        return cast(
            "Mapping[str, Any] | None",
            self.api.call("GET", f"/sites/{site.id}/ssl", absent=True),
        )

    def certify(self, site: Site, certificate: str, key: str, chain: str) -> None:
        """Let *site* use a certificate of the owner's; all three are PEM.

        In the query, as the API says: its only place for them.
        """
        asked = {"certificate": certificate, "key": key, "ca_certificates": chain}
        call = f"/sites/{site.id}/ssl?{urlencode(asked)}"
        self.api.call("POST", call, again=True)

    def remove(self, site: Site) -> None:
        """Take *site* away, with all of its deploys."""
        self.api.call("DELETE", f"/sites/{site.id}", again=True, absent=True)


def _key(listed: Mapping[str, Any]) -> str:
    return str(listed.get("path") or listed.get("id") or "").lstrip("/").lower()


def _file(site: Site, path: str) -> str:
    return f"/sites/{site.id}/files/{quote(path)}"


def _is(body: bytes, digest: str) -> bool:
    return digest_of(body) == digest


def digest_of(body: bytes) -> str:
    """Return the digest by which Netlify knows *body*."""
    return sha1(body, usedforsecurity=False).hexdigest()


def _asked(url: str, network: Network) -> bytes:
    try:
        return ask(url, network=network, deadline=_ONE_CALL, cap=_CAP).body
    except FetchFailed:
        return b""


def account(token: SecretRef, endpoint: str, config: Config) -> Netlify:
    """Return the account that *token* opens. Raises ``CredentialsRefused``."""
    return Netlify(
        Api(
            vendor="Netlify",
            base=endpoint.rstrip("/"),
            network=config.network,
            token=reveal(token, config.root),
            credential=str(token),
            permission=T("read and change this site (a personal access token)"),
        )
    )


def missing(word: str) -> Rejected:
    """Return what is said when there is no site called *word*."""
    return Rejected(
        T("there is no site {site} in this Netlify account", site=word),
        customers_see=T("nothing of ours"),
        next=T("run: fallback setup netlify, or correct site of this host"),
    )
