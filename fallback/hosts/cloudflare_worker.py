"""A worker of Cloudflare's with the page as its assets: it can answer everything.

Assets are sent first, under their hashes, where nobody sees them; one call then
switches script, list and assets at once. The worker itself is
``cloudflare_worker.js`` beside this file.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.config import Config, SecretRef
from fallback.core.errors import Refused, Rejected, Unavailable, Unknown
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.known import Known
from fallback.core.hosts.publishing import Manifest, refuse_empty, refuse_older
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest, Receipt
from fallback.core.text import T, Text
from fallback.wire.cloudflare.release import Release
from fallback.wire.cloudflare.workers import (
    DOMAIN,
    ENDPOINT,
    Asset,
    Script,
    Session,
    script,
)
from fallback.wire.secrets import reveal

_ACCOUNT = re.compile(r"[0-9a-f]{32}")
_SCRIPT = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TRIES = 2


@frozen
class Settings:
    """What ``[[hosts]]`` with ``kind = "cloudflare_worker"`` takes."""

    account: str
    script: str
    token: SecretRef
    endpoint: str = ENDPOINT
    custom_domains: bool = False

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield what is wrong beyond the types, as (key, sentence)."""
        if not _ACCOUNT.fullmatch(self.account):
            yield "account", T("an account has 32 digits and letters from a to f")
        if not _SCRIPT.fullmatch(self.script):
            yield "script", T("a worker's name has small letters, digits and hyphens")
        if not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")


def opened(settings: Settings, config: Config) -> Script:
    """Return the script of *settings*. Raises ``CredentialsRefused``."""
    token = reveal(settings.token, config.root)
    return script(
        settings.account,
        settings.script,
        token,
        settings.token,
        settings.endpoint,
        config.network,
    )


def connect(settings: Settings, config: Config) -> "WorkerHost":
    """Return the host, its secret revealed. Raises ``CredentialsRefused``."""
    return WorkerHost(opened(settings, config), status_hosts(settings, config))


def status_hosts(settings: Settings, config: Config) -> tuple[str, ...]:
    """Return the host names of this host's own status address.

    Never one of the shop's: there the front page says 503, like any other.
    """
    urls = [table.url for table in config.hosts if table.settings == settings]
    found = {(urlsplit(url).hostname or "").lower() for url in urls}
    shops = {name.lower().rstrip(".") for t in config.dns for name in t.names}
    return tuple(sorted(found - shops - {config.shop.domain.lower(), ""}))


@frozen
class WorkerHost:
    """See ``fallback.core.ports.Host``."""

    script: Script
    status_hosts: tuple[str, ...]

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``.

        A certificate ahead of DNS takes a zone that is at Cloudflare: a custom domain
        there makes one (``workers/configuration/routing/custom-domains``).
        """
        return Capabilities(
            front=503, deep=503, post=503, retry_after=True, tls_ahead=True
        )

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        refuse_empty(site)
        modules = self.script.modules()
        held = self._checked(modules, site)
        release = Release.of(site, held or Release(), self.status_hosts)
        if _is(modules, release):
            return Receipt(skipped=tuple(file.path for file in site))
        bodies = {one.hash: file.body for file, one in _assets(site, release)}
        session, release = self._begun(release, bodies)
        token = self.script.send(session, bodies)
        self._switch(site, release, token)
        return _receipt(site, release, held or Release(), session)

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``.

        The version's own list says what it holds. What somebody else put up instead,
        with our list left in it, only a visitor could see.
        """
        modules = self.script.modules()
        held = Release.parse(modules) if modules is not None else None
        manifest = Manifest.parse(held.manifest) if held else None
        if held is None or manifest is None:
            return {}
        found = {p: held.files[p].digest for p in manifest.files if p in held.files}
        return {**found, MANIFEST: Digest(sha256(held.manifest).hexdigest())}

    def known_as(self) -> Known:
        """See ``fallback.core.ports.Named.known_as``.

        Its own is nobody else's even while it does not answer there. A route leads
        names here, too, and is not among them: its zone decides.
        """
        below = self.script.account_domain()
        own = f"{self.script.name}.{below}" if below else ""
        return Known(
            DOMAIN, own.lower(), frozenset(map(str.lower, self.script.domains()))
        )

    def _checked(
        self, modules: Mapping[str, bytes] | None, site: BuiltSite
    ) -> Release | None:
        """Return what *modules* hold; raises ``Refused`` if *site* may not follow."""
        if modules is None:
            return None
        held = ours(self.script, modules)
        refuse_older(site, Manifest.parse(held.manifest))
        return held

    def _begun(
        self, release: Release, bodies: Mapping[str, bytes]
    ) -> tuple[Session, Release]:
        """Announce the assets; leftovers that the vendor has lost are let go."""
        session = self.script.begin(release.assets)
        lost = session.asked - bodies.keys()
        if lost:
            release = release.without(lost)
            session = self.script.begin(release.assets)
        if session.asked - bodies.keys():
            raise Rejected(
                T("Cloudflare asks for files that are not part of the page"),
                next=T("deploy again"),
            )
        return session, release

    def _switch(self, site: BuiltSite, release: Release, token: str) -> None:
        """Deploy *release*, and again if an older one came in between.

        The vendor compares nothing, so two that deploy at once are told apart by
        looking before and after. Raises ``Refused`` when the newer words are not ours.
        """
        for _ in range(_TRIES):
            before = self._checked(self.script.modules(), site)
            self._put(release, token)
            after = self._checked(self.script.modules(), site)
            if after in (release, before):  # a reading may lag behind an answer
                return

    def _put(self, release: Release, token: str) -> None:
        """Deploy *release*. An answer that was lost is no failure: it is read again."""
        try:
            self.script.put(release.modules(), token)
        except (Unknown, Unavailable):
            if not _is(self.script.modules(), release):
                raise


def _is(modules: Mapping[str, bytes] | None, release: Release) -> bool:
    """Return whether *modules* are exactly *release*, whatever else the vendor adds."""
    there = modules or {}
    return all(there.get(n) == text.encode() for n, text in release.modules().items())


def ours(script: Script, modules: Mapping[str, bytes]) -> Release:
    """Return what *modules* hold; raises ``Refused`` if somebody else wrote them."""
    held = Release.parse(modules)
    if held is None:
        raise Refused(
            T("there is a worker called {script} already that fallback did not write",
              script=script.name),
            customers_see=T("what was there before: nothing was touched"),
            next=T("give the page a worker of its own: another name for script"),
        )  # fmt: skip
    return held


def _assets(site: BuiltSite, release: Release) -> Iterator[tuple[BuiltFile, Asset]]:
    for file in site:
        if file.path != MANIFEST:
            yield file, release.files[file.path].asset


def _receipt(
    site: BuiltSite, release: Release, held: Release, session: Session
) -> Receipt:
    """Say what changed: other bodies or headers, and what the vendor had lost."""
    written = [
        file.path
        for file in site
        if file.path == MANIFEST
        or file.path not in held.files
        or release.whole(file.path) != held.whole(file.path)
        or release.files[file.path].asset.hash in session.asked
    ]
    return Receipt(
        tuple(written),
        tuple(file.path for file in site if file.path not in written),
        tuple(sorted(held.files.keys() - release.files.keys())),
    )
