"""The site that the answers make: what was given, seen and proposed, put together.

Pure: nothing is asked here, and nothing is judged: that is for
``fallback.core.settings.toml``.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.wizard import proposals
from fallback.core.wizard.answers import NO_PROVIDER
from fallback.core.wizard.offers import PROVIDERS, SECOND, Offer, Secret, Table, labels
from fallback.core.wizard.proposals import Seen, offered
from fallback.core.wizard.starter import FOLDERS, PLACEHOLDER, READY, Answers

Given = Mapping[str, Any]


@frozen
class Machine:
    """What this computer tells: the owner's language and time zone."""

    language: str = "en"
    timezone: str = "UTC"


def completed(given: Given, seen: Seen, machine: Machine) -> dict[str, Any]:
    """Return *given* with what is offered for every answer that is missing.

    What nobody can offer stays missing: the caller has asked for it.
    """
    full = dict(given)
    full.setdefault("contains", seen.contains)
    full.setdefault("languages", list(languages(seen, machine)))
    full.setdefault("timezone", proposals.timezone(seen, machine.timezone) or "UTC")
    if seen.front.name:
        full.setdefault("name", seen.front.name)
    if "hosts" not in full:
        kinds = proposals.places(seen)
        asks = any(o.wanted for k in kinds if (o := offered(k)) and k not in full)
        full["hosts"] = list(proposals.FOLDERS if asks else kinds)
    full.setdefault("provider", proposals.provider(seen) or NO_PROVIDER)
    return full


def answers(full: Given, seen: Seen) -> Answers:
    """Return the site that *full*, every answer there is, makes."""
    hosts = _hosts(full)
    return Answers(
        name=full["name"],
        url=full["url"],
        email=full["email"],
        phone=full["phone"],
        contains=full["contains"] or PLACEHOLDER,
        timezone=full["timezone"],
        languages=tuple(full["languages"]),
        workers=seen.workers,
        hosts=hosts,
        dns=_dns(full, seen, hosts),
        network=full.get("network", {}),
    )


def _hosts(full: Given) -> tuple[Table, ...]:
    word = proposals.word_for(_host(full["url"]))
    usual: dict[str, dict[str, object]] = {
        "folder": {"path": FOLDERS[0]},
        SECOND: {"path": FOLDERS[1]},
        "s3": {"bucket": f"{word}-fallback", "region": "eu-central-1"},
        "netlify": {"site": f"{word}-fallback"},
        "cloudflare_worker": {"script": f"{word}-fallback"},
        "sftp": {"key": "~/.ssh/id_ed25519"},
    }
    found = []
    for label in labels(full["hosts"]):
        kind = label.partition("-")[0]
        offer = offered(kind)
        known: dict[str, object] = {**usual.get(label, {})}
        known |= {secret.key: f"env:{secret.variable}" for secret in _secrets(offer)}
        known |= full.get(label, {})
        if kind == "netlify":
            site = str(known["site"]).removesuffix(".netlify.app")
            known.setdefault("url", f"https://{site}.netlify.app")
        found.append(Table(kind, known))
    return tuple(found)


def _dns(full: Given, seen: Seen, hosts: Iterable[Table]) -> Table | None:
    word = str(full["provider"])
    if word == NO_PROVIDER:
        return None
    own: Mapping[str, Any] = full.get(word, {})
    host = _host(full["url"])
    zone = str(own.get("zone") or seen.zone or host.removeprefix("www."))
    tables = {table.kind: table.values for table in hosts}
    target = proposals.target([table.kind for table in hosts], tables)
    offer = PROVIDERS.get(word)
    secrets = {secret.key: f"env:{secret.variable}" for secret in _secrets(offer)}
    known: dict[str, Any] = {
        "zone": zone,
        # a small zone elsewhere has its own www, into which the shop's leads
        "names": proposals.names(zone, host) or [f"www.{zone}"],
        "target": target,
    }
    known |= {"key_name": "fallback"} if word == "rfc2136" else {}
    if proposals.needs_follow(word, own.get("target", target)):
        known |= {"follow": True}
    return Table(word, {**known, **secrets, **own})


def _secrets(offer: Offer | None) -> tuple[Secret, ...]:
    return offer.secrets if offer else ()


def secrets(site: Answers) -> tuple[Secret, ...]:
    """Return the secrets that the settings of *site* name and nobody has written down.

    Only those that are called as we propose: whoever gave another name knows it.
    """
    tables = [*site.hosts, *([site.dns] if site.dns else [])]
    found = {
        secret.variable: secret
        for table in tables
        for secret in _secrets(offered(table.kind) or PROVIDERS.get(table.kind))
        if table.values.get(secret.key) == f"env:{secret.variable}"
    }
    return tuple(found.values())


def accounts(site: Answers) -> tuple[str, ...]:
    """Return where an owner of *site* has to sign up, each place once."""
    found = (offered(table.kind) for table in site.hosts)
    return tuple(dict.fromkeys(o.account for o in found if o and o.account))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def languages(seen: Seen, machine: Machine) -> tuple[str, ...]:
    """Return the languages to offer: the shop's, else the one the owner reads."""
    usual = machine.language if machine.language in READY else "en"
    return seen.front.languages or (usual,)
