"""Makes a site at Netlify, lets it answer for the shop's names, and takes it away.

A site is ours when it shows a page of ours, or nothing at all. Names are given to it
before DNS knows of it; a certificate for them needs DNS first, unless the owner brings
one (docs.netlify.com, "Secure domains with HTTPS").
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from attrs import frozen

from fallback.core.config import Config, HostTable, Network
from fallback.core.errors import Refused, Rejected
from fallback.core.hosts.provision import Outcome, Provision, Step
from fallback.core.hosts.publishing import FRONT, Manifest, is_our_page
from fallback.core.model import MANIFEST
from fallback.core.text import T, Text
from fallback.hosts.netlify import Settings
from fallback.wire.dns import nameservers
from fallback.wire.netlify import Netlify, Site, account, missing
from fallback.wire.secrets import reveal
from fallback.wire.web import certificate
from fallback.wire.web.certificate import Certificate

BALANCERS = ("apex-loadbalancer.netlify.com", "75.2.60.5", "99.83.190.102")
"""Where an apex leads (docs.netlify.com, "Configure external DNS"); the second address
is what the load balancer's name resolves to beside the documented one."""

_POLICY = """\
a personal access token (app.netlify.com > User settings > Applications)
with an expiration date; Netlify has no narrower one"""


def connect(table: HostTable, config: Config) -> "NetlifyProvisioner":
    """Return what makes the site of *table*.

    Raises ``CredentialsRefused``, or ``Rejected`` for a certificate that cannot work.
    """
    settings = cast(Settings, table.settings)
    return NetlifyProvisioner(
        account(settings.token, settings.endpoint, config),
        settings.site.lower().removesuffix(".netlify.app"),
        _own_certificate(settings, config),
        table.url,
        config.network,
    )


def _own_certificate(settings: Settings, config: Config) -> Certificate | None:
    if not (settings.certificate and settings.private_key and settings.ca):
        return None
    key = reveal(settings.private_key, config.root)
    return certificate.opened(settings.certificate, key, settings.ca)


@frozen
class NetlifyProvisioner:
    """See ``fallback.core.ports.Provisioner``. ``word`` is the site's id or name."""

    netlify: Netlify
    word: str
    certificate: Certificate | None
    url: str
    network: Network

    def setup(self, names: Sequence[str]) -> Provision:
        """See ``fallback.core.ports.Provisioner.setup``."""
        site, made = self._site()
        steps = [made, self._untouched_pages(site)]
        todo = [*self._stolen_token(site)]
        domain, aliases = domains(names)
        assigned = self._assigned(site, domain, aliases)
        if isinstance(assigned, Text):
            return Provision(
                tuple(steps), (assigned, *todo), self._settings(site), _POLICY
            )
        steps.append(assigned)
        if self.certificate is None:
            todo.insert(0, _no_certificate())
        else:
            steps.append(self._certified(site, self.certificate))
            todo[:0] = _uncovered(self.certificate, (domain, *aliases))
        return Provision(tuple(steps), tuple(todo), self._settings(site), _POLICY)

    def pointing_here(self) -> Collection[str]:
        """See ``fallback.core.ports.Provisioner.pointing_here``.

        Some operators of DNS write an alias down as addresses, so those that the site
        has now count, too.
        """
        site = self.netlify.site(self.word)
        own = site.address if site else f"{self.word}.netlify.app"
        here = [own, *BALANCERS]
        for rtype in ("A", "AAAA"):
            found = nameservers.resolve(own, rtype, self.network)
            if found is None:
                break  # nobody answers, and asking on would only take longer
            here += found.rdatas
        return here

    def attached(self) -> Mapping[str, Text]:
        """See ``fallback.core.ports.Provisioner.attached``: DNS alone leads here."""
        return {}

    def teardown(self) -> Provision:
        """See ``fallback.core.ports.Provisioner.teardown``."""
        what = T("site {name}", name=self.word)
        site = self.netlify.site(self.word)
        if site is None:
            return Provision((Step(what, Outcome.ABSENT),))
        self._refuse_foreign(site)
        self.netlify.remove(site)
        return Provision((Step(what, Outcome.REMOVED),))

    def _site(self) -> tuple[Site, Step]:
        what = T("site {name}", name=self.word)
        found = self.netlify.site(self.word)
        if found is not None:
            self._refuse_foreign(found)
            return found, Step(what, Outcome.FOUND)
        if self.netlify.is_id(self.word):
            raise missing(self.word)
        try:
            return self.netlify.make(self.word), Step(what, Outcome.MADE)
        except Rejected as refused:
            raise Refused(
                T("the site {name} cannot be made, somebody may have that name: {why}",
                  name=self.word, why=refused.what),
                next=T("choose another name as site of this host in fallback.toml"),
            ) from refused  # fmt: skip

    def _refuse_foreign(self, site: Site) -> None:
        """Raise ``Refused`` for a site that shows, or will show, somebody's work."""
        if not site.published and not site.repository:
            return
        files = self.netlify.files(site)
        for path in (MANIFEST, FRONT):
            digest = files.get(path) or self.netlify.sha(site, path)
            body = self.netlify.body(site, path, digest) if digest else b""
            if Manifest.peek(body) is not None or is_our_page(body):
                return
        raise Refused(
            T("the site {name} shows something that fallback did not publish",
              name=site.name),
            customers_see=T("what was there before: nothing was touched"),
            next=T("choose another name as site of this host in fallback.toml"),
        )  # fmt: skip

    def _untouched_pages(self, site: Site) -> Step:
        what = T("pages are published as they are, without pretty URLs")
        if not site.rewrites_pages:
            return Step(what, Outcome.FOUND)
        self.netlify.keep_pages_as_they_are(site)
        return Step(what, Outcome.MADE)

    def _assigned(
        self, site: Site, domain: str, aliases: tuple[str, ...]
    ) -> Step | Text:
        """Give *site* its names; a refusal is what a person has to do about it."""
        names = ", ".join((domain, *aliases))
        what = T("names {names}", names=names)
        if site.custom_domain == domain and set(aliases) <= set(site.aliases):
            return Step(what, Outcome.FOUND)
        both = dict.fromkeys((*site.aliases, *aliases))
        try:
            self.netlify.assign(site, domain, tuple(n for n in both if n != domain))
        except Rejected as refused:
            return T(
                "Netlify does not take the names {names} ({why}): add them yourself at"
                " app.netlify.com > Domain management, where it says which TXT record"
                " proves that they are yours",
                names=names,
                why=refused.what,
            )
        return Step(what, Outcome.MADE)

    def _certified(self, site: Site, own: Certificate) -> Step:
        what = T("certificate of your own, until {day}", day=f"{own.ends:%Y-%m-%d}")
        if _end(self.netlify.certificate(site)) == own.ends:
            return Step(what, Outcome.FOUND)
        try:
            self.netlify.certify(site, own.certificate, own.key, own.chain)
        except Rejected as refused:
            raise Rejected(
                T("Netlify does not take the certificate: {why}", why=refused.what),
                next=T("let it name every domain of the site, the primary one too"),
            ) from refused
        return Step(what, Outcome.MADE)

    def _settings(self, site: Site) -> dict[str, str]:
        return {} if self.url else {"url": f"https://{site.address}"}

    def _stolen_token(self, site: Site) -> list[Text]:
        """Say what else the token opens: it must never move DNS (our own rule)."""
        others, zones = self.netlify.reach(site)
        if not others and not zones:
            return []
        return [
            T("give the page a Netlify account of its own, and a token of that: whoever"
              " steals this one can change {things}, too",
              things=", ".join([*others, *(f"DNS {zone}" for zone in zones)][:6])),
        ]  # fmt: skip


def domains(names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the primary domain and the aliases by which a site answers for *names*.

    From the apex or the ``www`` of its primary domain Netlify redirects to the other
    (docs.netlify.com, "Apex domains and www subdomains"), with a 301 that browsers keep
    when the shop is back. So the primary one has no such twin among *names*.
    """
    wanted = [name.rstrip(".").lower() for name in names]
    for name in wanted:
        if _twin(name) not in wanted:
            return name, tuple(other for other in wanted if other != name)
    return f"status.{wanted[0].removeprefix('www.')}", tuple(wanted)


def _twin(name: str) -> str:
    return name.removeprefix("www.") if name.startswith("www.") else f"www.{name}"


def _end(found: object) -> datetime | None:
    if not isinstance(found, dict):
        return None
    try:
        return datetime.fromisoformat(str(found.get("expires_at")))
    except ValueError:
        return None


def _no_certificate() -> Text:
    return T(
        "Netlify makes a certificate for the shop's names only once DNS points at it,"
        " and until then browsers refuse https: get one by DNS validation (DNS-01) in"
        " peace, write its files as certificate, private_key and ca of this host"
    )


def _uncovered(own: Certificate, names: Sequence[str]) -> list[Text]:
    missing_names = [name for name in names if not own.covers(name)]
    if not missing_names:
        return []
    return [
        T("get a certificate that speaks for {names}, too",
          names=", ".join(missing_names)),
    ]  # fmt: skip
