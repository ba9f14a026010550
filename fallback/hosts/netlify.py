"""A site at Netlify: one deploy switches everything, or nothing.

A publish is a draft first, which no visitor sees. What the site shows is read again
right before the draft is made live, and looked at once more afterwards: of two
publishes at the same time the newer words stay. The API has no condition for this
step, so whoever is killed between these two looks can leave older words over newer
ones, until the next publish.

Netlify reads ``_redirects`` and ``_headers`` from the deploy. They are part of every
built site; a ``netlify.toml`` beside them would say each header twice, joined by a
comma, so none is sent. Every address of the site then answers 503 at its front, the
status address too, and 200 only where the page's own files are.
"""

import re
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from attrs import field, frozen

from fallback.core.config import Config, SecretRef
from fallback.core.errors import AdapterError, Refused, Rejected, Unavailable, Unknown
from fallback.core.hosts.capabilities import Capabilities
from fallback.core.hosts.known import Known
from fallback.core.hosts.publishing import (
    FRONT,
    LEFTOVERS,
    Facts,
    Manifest,
    Removal,
    leftovers_body,
    parse_leftovers,
    refuse_empty,
    refuse_foreign,
    refuse_older,
    removal,
)
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest, Receipt
from fallback.core.text import T, Text
from fallback.wire import deadline
from fallback.wire.netlify import (
    ENDPOINT,
    WIDTH,
    Deploy,
    Netlify,
    Site,
    account,
    digest_of,
    missing,
)
from fallback.wire.parallel import each

_TRIES = 2
_FAILED = frozenset({"error", "rejected"})
_ASKING = frozenset({"prepared", "uploading", "uploaded", "ready"})
_AGAIN_WITHIN = timedelta(seconds=10)
_READY_WITHIN = timedelta(seconds=50)
_LIVE_WITHIN = timedelta(seconds=3)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=100), timedelta(seconds=1)
_SEQUENCE = re.compile(r"fallback build [0-9a-f]+ sequence (\d{1,15})\b")
_STAYS = T("the page that was there before")


@frozen
class Settings:
    """What ``[[hosts]]`` with ``kind = "netlify"`` takes; the last three are setup's.

    ``certificate`` is the shop's own with ``ca``, the authorities above it, both PEM.
    """

    site: str
    token: SecretRef
    endpoint: str = ENDPOINT
    certificate: Path | None = None
    private_key: SecretRef | None = None
    ca: Path | None = None

    def complaints(self) -> Iterator[tuple[str, Text]]:
        """Yield what is wrong beyond the types, as (key, sentence)."""
        if not re.fullmatch(r"[A-Za-z0-9-]+(\.netlify\.app)?", self.site):
            yield "site", T("a site is its id, or a name of letters, digits and -")
        if not self.endpoint.startswith(("https://", "http://")):
            yield "endpoint", T("an endpoint begins with https://")
        given = (self.certificate, self.private_key, self.ca)
        if any(given) and not all(given):
            key = ("certificate", "private_key", "ca")[given.index(None)]
            yield key, T("certificate, private_key and ca are given together")


def connect(settings: Settings, config: Config) -> "NetlifyHost":
    """Return the host, its secret revealed. Raises ``CredentialsRefused``."""
    return NetlifyHost(
        account(settings.token, settings.endpoint, config),
        settings.site,
        settings.certificate is not None,
    )


@frozen
class NetlifyHost:
    """See ``fallback.core.ports.Host``. ``word`` is the site's id or its name."""

    netlify: Netlify
    word: str
    certified: bool = False

    @property
    def caps(self) -> Capabilities:
        """See ``fallback.core.ports.Host.caps``.

        A rule may name any status (docs.netlify.com, "Redirect options", whose examples
        are others than 503); that a POST gets it, too, is seen with Netlify's own
        program only. Netlify's own certificate needs DNS to point at it first; one of
        the owner's, sent by ``setup``, does not.
        """
        return Capabilities(
            front=503, deep=503, post=503, retry_after=True, tls_ahead=self.certified
        )

    def publish(self, site: BuiltSite) -> Receipt:
        """See ``fallback.core.ports.Host.publish``."""
        refuse_empty(site)
        _refuse_names(site)
        shown = self._shown()
        held = self._held(shown, site)
        plan = removal(site, held.manifest, held.leftovers)
        release = Release.of(site, held, plan)
        changed = release.changed(site, held)
        if not changed and not plan.now:
            return Receipt(skipped=tuple(file.path for file in site))
        if shown.rewrites_pages:
            self.netlify.keep_pages_as_they_are(shown)
        deploy = self._begun(shown, release)
        deploy = self._when(shown, deploy, _ASKING)
        sent = self._send(shown, deploy, release)
        deploy = self._when(shown, deploy, frozenset({"ready"}))
        self._make_live(shown, deploy, site)
        written = changed | sent
        return Receipt(
            tuple(file.path for file in site if file.path in written),
            tuple(file.path for file in site if file.path not in written),
            plan.now,
        )

    def read_back(self) -> Mapping[str, Digest]:
        """See ``fallback.core.ports.Host.read_back``."""
        shown = self._shown()
        files = self.netlify.files(shown)
        body = self._body(shown, MANIFEST, files)
        manifest = Manifest.parse(body)
        if body is None or manifest is None:
            return {}
        paths = list(manifest.files)

        def get(path: str) -> bytes | None:
            return self._body(shown, path, files)

        bodies = dict(zip(paths, each(get, paths, width=WIDTH), strict=True))
        return {
            path: Digest(sha256(there).hexdigest())
            for path, there in {**bodies, MANIFEST: body}.items()
            if there is not None
        }

    def known_as(self) -> Known:
        """See ``fallback.core.ports.Named.known_as``."""
        return self._shown().known

    def _shown(self) -> Site:
        found = self.netlify.site(self.word)
        if found is None:
            raise missing(self.word)
        return found

    def _body(self, shown: Site, path: str, files: Mapping[str, str]) -> bytes | None:
        """Return what *shown* has at *path*; *files* is what the API lists of it."""
        digest = files.get(path.lower()) or self.netlify.sha(shown, path)
        return self.netlify.body(shown, path, digest) if digest else None

    def _held(self, shown: Site, site: BuiltSite) -> "Held":
        """Return what *shown* holds; raises ``Refused`` if *site* may not follow it."""
        files = self.netlify.files(shown)
        manifest = Manifest.parse(self._body(shown, MANIFEST, files))
        refuse_older(site, manifest)
        if manifest is None:
            refuse_foreign(site, self._body(shown, FRONT, files))
            return Held(files)
        remembered = self._body(shown, LEFTOVERS, files)
        ours = (*manifest.files, MANIFEST)
        unlisted = [path for path in ours if path.lower() not in files]

        def sha(path: str) -> str | None:
            return self.netlify.sha(shown, path)

        for path, digest in zip(
            unlisted, each(sha, unlisted, width=WIDTH), strict=True
        ):
            if digest is not None:
                files[path.lower()] = digest
        return Held(files, manifest, parse_leftovers(remembered))

    def _begun(self, shown: Site, release: "Release") -> Deploy:
        """Announce *release* as a draft.

        An answer that was lost is looked for among the site's deploys, by its title. It
        is announced again only when there is none: one draft more, which nobody sees.
        """
        until = time.monotonic() + _AGAIN_WITHIN.total_seconds()
        for attempt in range(1, _TRIES + 1):
            lost: AdapterError = Unknown(
                T("Netlify does not say which deploy it began"), next=_again()
            )
            try:
                begun = self.netlify.begin(shown, release.files, release.title)
            except (Unknown, Unavailable) as error:
                begun, lost = None, error
            if begun is None:
                titled = (d for d in self.netlify.deploys(shown) if release.is_(d))
                found = next(titled, None)
                begun = found and self.netlify.deploy(shown, found.id)
            if begun is not None:
                return begun
            if attempt == _TRIES or time.monotonic() > until:
                lost.customers_see = _STAYS
                raise lost
        raise AssertionError

    def _when(self, shown: Site, deploy: Deploy, states: Collection[str]) -> Deploy:
        """Return *deploy* once it is in one of *states*.

        Raises ``Rejected`` with Netlify's reason when it fails, ``Unavailable`` when it
        takes too long; visitors have seen nothing of it.
        """
        until = time.monotonic() + deadline.left(_READY_WITHIN).total_seconds()
        pause = _FIRST_PAUSE
        while deploy.state not in states:
            if deploy.state in _FAILED:
                raise Rejected(
                    T("Netlify cannot deploy it: {why}",
                      why=deploy.error or deploy.state),
                    customers_see=_STAYS,
                    next=T("look at the deploy {id} at app.netlify.com", id=deploy.id),
                )  # fmt: skip
            if time.monotonic() + pause.total_seconds() > until:
                raise _still_at(deploy)
            time.sleep(pause.total_seconds())
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            try:
                deploy = self.netlify.deploy(shown, deploy.id)
            except Unavailable as error:
                if time.monotonic() + pause.total_seconds() < until:
                    raise
                raise _still_at(deploy) from error  # it answered, until time was up
        return deploy

    def _send(self, shown: Site, deploy: Deploy, release: "Release") -> set[str]:
        """Upload what Netlify asks for; return the paths."""
        asked = [path for path, sha in release.files.items() if sha in deploy.required]

        def send(path: str) -> None:
            body = release.bodies.get(path)
            if body is None:  # of the generation before: Netlify itself has it
                body = self.netlify.body(shown, path, release.files[path])
            self.netlify.upload(deploy, path, body)

        each(send, asked, width=WIDTH)
        return set(asked)

    def _make_live(self, shown: Site, deploy: Deploy, site: BuiltSite) -> None:
        """Show *deploy*, unless newer words came meanwhile.

        An answer that was lost is read again: whether the site shows it is what counts.
        """
        lost: AdapterError | None = None
        for _ in range(_TRIES):
            now = self._shown()
            if now.published not in (shown.published, deploy.id):
                files = self.netlify.files(now)
                refuse_older(site, Manifest.parse(self._body(now, MANIFEST, files)))
            try:
                self.netlify.show(now, deploy.id)
            except (Unknown, Unavailable) as error:
                lost = error
            if self._is_live(deploy):
                return self._make_way(now, deploy, site)
        raise lost or Unavailable(
            T("Netlify goes on showing another deploy"),
            customers_see=T("the page of another deploy"),
            next=_again(),
        )

    def _is_live(self, deploy: Deploy) -> bool:
        until, pause = time.monotonic() + _LIVE_WITHIN.total_seconds(), _FIRST_PAUSE
        while self._shown().published != deploy.id:
            if time.monotonic() > until:
                return False
            time.sleep(pause.total_seconds())
            pause = pause * 2
        return True

    def _make_way(self, now: Site, deploy: Deploy, site: BuiltSite) -> None:
        """Give the place back to newer words that came between reading and showing."""
        for other in self.netlify.deploys(now):
            if _overtaken(site, deploy, other):
                self.netlify.show(now, other.id)
                raise Refused(
                    T("a newer page was published there at the same time"),
                    customers_see=T("the newer page"),
                    next=T("fetch the newest words and deploy again"),
                )


def _overtaken(site: BuiltSite, ours: Deploy, other: Deploy) -> bool:
    """Return whether *other* has newer words, and was shown after *ours* was begun."""
    said = _SEQUENCE.match(other.title)
    if said is None or int(said[1]) <= site.sequence or other.id == ours.id:
        return False
    if ours.created is None or other.published is None:
        return False
    return other.state == "ready" and other.published >= ours.created


def _refuse_names(site: BuiltSite) -> None:
    """Raise ``Rejected`` for names that no deploy can have, or only one of a pair.

    Netlify's CLI refuses ``#`` and ``?``; paths differ by more than their capitals.
    """
    seen: set[str] = set()
    for file in site.files:
        if "#" in file.path or file.path.lower() in seen:
            raise Rejected(
                T("Netlify cannot keep a file called {path}", path=file.path),
                customers_see=T("no change: what is published stays"),
                next=T("choose another name for it"),
            )
        seen.add(file.path.lower())


def _still_at(deploy: Deploy) -> Unavailable:
    return Unavailable(
        T("Netlify is still at the deploy: {state}", state=deploy.state),
        customers_see=_STAYS,
        next=_again(),
    )


def _again() -> Text:
    return T("deploy again in a minute")


@frozen
class Held:
    """What a site shows: SHA-1 by path in small letters, and what of it is ours."""

    files: Mapping[str, str]
    manifest: Manifest | None = None
    leftovers: tuple[str, ...] = ()


@frozen
class Release:
    """What a deploy consists of: SHA-1 by path, and the bodies that we have."""

    files: Mapping[str, str]
    bodies: Mapping[str, bytes] = field(repr=False)
    title: str

    @classmethod
    def of(cls, site: BuiltSite, held: Held, plan: Removal) -> "Release":
        """Return *site*, with what it no longer has but visitors may still ask for."""
        bodies = {file.path: file.body for file in site}
        if plan.later:
            bodies[LEFTOVERS] = leftovers_body(plan.later)
        files = {path: digest_of(body) for path, body in bodies.items()}
        for path in plan.later:
            if path.lower() in held.files:
                files[path] = held.files[path.lower()]
        run = secrets.token_hex(4)
        title = f"fallback build {site.build_id} sequence {site.sequence} run {run}"
        return cls(files, bodies, title)

    def is_(self, deploy: Deploy) -> bool:
        """Return whether *deploy* is this very one, not an earlier of the same site."""
        return deploy.title == self.title

    def changed(self, site: BuiltSite, held: Held) -> set[str]:
        """Return the paths of *site* whose body or headers are not there yet."""
        known = held.manifest.files if held.manifest else {}

        def same(file: BuiltFile) -> bool:
            if held.files.get(file.path.lower()) != self.files[file.path]:
                return False
            return file.path == MANIFEST or known.get(file.path) == Facts.of(file)

        return {file.path for file in site if not same(file)}
