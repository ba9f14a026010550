"""Makes the worker and its address at Cloudflare, and takes them away again.

Until the first publish the worker answers 503 to everything, and marks its name as
ours. Custom domains write into the zone of a living shop, so they are made only for an
owner who asks for them, and never over a record that is there: the vendor refuses that.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.config import Config, HostTable
from fallback.core.errors import CredentialsRefused, Rejected
from fallback.core.hosts.provision import Outcome, Provision, Step
from fallback.core.text import T, Text
from fallback.hosts.cloudflare_worker import Settings, opened, ours
from fallback.wire.cloudflare.release import Release
from fallback.wire.cloudflare.workers import PERMISSION, Script


def connect(table: HostTable, config: Config) -> "WorkerProvisioner":
    """Return what makes the worker of *table*. Raises ``CredentialsRefused``."""
    settings = cast(Settings, table.settings)
    return WorkerProvisioner(
        opened(settings, config), settings.custom_domains, table.url
    )


@frozen
class WorkerProvisioner:
    """See ``fallback.core.ports.Provisioner``."""

    script: Script
    custom_domains: bool
    url: str

    def setup(self, names: Sequence[str]) -> Provision:
        """See ``fallback.core.ports.Provisioner.setup``."""
        token = self._token()
        made = self._worker()
        domain = self.script.account_domain()
        steps = [token, made]
        todo: list[Text] = []
        if domain is None:
            todo.append(
                T("choose a name below workers.dev once, at dash.cloudflare.com >"
                  " Workers & Pages, then run this command again")
            )  # fmt: skip
        else:
            steps.append(self._public(domain))
        done, refused = self._domains(names)
        return Provision(
            steps=(*steps, *done),
            by_hand=(*todo, *refused),
            settings=self._settings(domain),
            policy=f"{PERMISSION}\nAccount Resources: Include > {self.script.account}",
        )

    def pointing_here(self) -> Collection[str]:
        """See ``fallback.core.ports.Provisioner.pointing_here``."""
        domain = self.script.account_domain()
        own = [f"{self.script.name}.{domain}"] if domain else []
        return [*own, *self.script.domains()]

    def attached(self) -> Mapping[str, Text]:
        """See ``fallback.core.ports.Provisioner.attached``.

        A custom domain holds the name's records in its zone, so DNS leads here for as
        long as it is there (``workers/configuration/routing/custom-domains``).
        """
        where = T("the custom domains: {panel}", panel=_panel(self.script.name))
        return dict.fromkeys(self.script.domains(), where)

    def teardown(self) -> Provision:
        """See ``fallback.core.ports.Provisioner.teardown``."""
        modules = self.script.modules()
        if modules is not None:
            ours(self.script, modules)
        what = T("worker {script}", script=self.script.name)
        steps = []
        for hostname, identifier in self._attached().items():
            self.script.detach(identifier)
            steps.append(Step(_custom(hostname), Outcome.REMOVED))
        if modules is None:
            return Provision((*steps, Step(what, Outcome.ABSENT)))
        self.script.delete()
        return Provision((*steps, Step(what, Outcome.REMOVED)))

    def _attached(self) -> Mapping[str, str]:
        """Return what ``setup`` may have attached, and not what the owner did."""
        return self.script.domains() if self.custom_domains else {}

    def _token(self) -> Step:
        """Ask whether the token is good, and until when."""
        about = self.script.token()
        if about.get("status") != "active":
            raise CredentialsRefused(
                T("{vendor} refuses {credential}: {said}",
                  vendor="Cloudflare", credential=self.script.api.credential,
                  said=str(about.get("status"))),
                next=T("give it a token that may: {permission}", permission=PERMISSION),
            )  # fmt: skip
        ends = _day(about.get("expires_on"))
        what = (
            T("token, good until {day}", day=ends)
            if ends
            else T("token, good for ever")
        )
        return Step(what, Outcome.FOUND)

    def _worker(self) -> Step:
        """Put up a worker without a page, unless there is one of ours."""
        what = T("worker {script}", script=self.script.name)
        modules = self.script.modules()
        if modules is not None:
            ours(self.script, modules)
            return Step(what, Outcome.FOUND)
        self.script.put(Release().modules())
        return Step(what, Outcome.MADE)

    def _public(self, domain: str) -> Step:
        what = T("address {url}", url=f"https://{self.script.name}.{domain}")
        if self.script.is_public():
            return Step(what, Outcome.FOUND)
        self.script.make_public()
        return Step(what, Outcome.MADE)

    def _settings(self, domain: str | None) -> Mapping[str, str]:
        if self.url or domain is None:
            return {}
        return {"url": f"https://{self.script.name}.{domain}"}

    def _domains(self, names: Sequence[str]) -> tuple[list[Step], list[Text]]:
        """Attach what the owner asks for; say the rest as something to do."""
        if not self.custom_domains:
            return [], [_not_asked_for(self.script.name, names)]
        there = self._attached()
        status = urlsplit(self.url).hostname or ""
        own = [] if status.endswith(".workers.dev") or not status else [status]
        steps, todo = [], []
        for hostname in dict.fromkeys([*own, *names]):
            if hostname in there:
                steps.append(Step(_custom(hostname), Outcome.FOUND))
                continue
            try:
                self.script.attach(hostname)
            except Rejected as refusal:
                todo.append(_by_hand(self.script.name, hostname, refusal))
            else:
                steps.append(Step(_custom(hostname), Outcome.MADE))
        return steps, todo


def _custom(hostname: str) -> Text:
    return T("custom domain {name}, with its certificate", name=hostname)


def _not_asked_for(script: str, names: Sequence[str]) -> Text:
    return T(
        "for https under {names}, their zone has to be at Cloudflare: write"
        " custom_domains = true below this host, which writes into that zone, or add"
        " them on the day at {place}",
        names=", ".join(names),
        place=_place(script),
    )


def _by_hand(script: str, hostname: str, refusal: Rejected) -> Text:
    return T(
        "nothing was changed for {name} ({why}); on the day, delete its A, AAAA and"
        " CNAME records and add it at {place}",
        name=hostname,
        why=refusal.what,
        place=_place(script),
    )


def _place(script: str) -> str:
    """Return the way through the vendor's own pages, which are in English."""
    return f"{_panel(script)} > Add > Custom domain"


def _panel(script: str) -> str:
    return (
        f"dash.cloudflare.com > Workers & Pages > {script} > Settings >"
        " Domains & Routes"
    )


def _day(moment: object) -> str:
    """Return the day of an RFC 3339 *moment*, or nothing."""
    try:
        return datetime.fromisoformat(str(moment)).strftime("%Y-%m-%d")
    except ValueError:
        return ""
