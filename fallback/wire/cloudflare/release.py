"""What one version of the worker on Cloudflare holds, as the modules it is made of.

Static assets cannot be listed by the vendor's API, but a script's modules can be read
back. So a version carries its own list, beside the manifest of the site: both are
switched by the same call as the assets they speak of, and never differ from them.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from attrs import evolve, field, frozen

from fallback.core.errors import Refused
from fallback.core.hosts.publishing import SCHEMA, Facts, Manifest, is_safe, removal
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite, Digest
from fallback.core.text import T
from fallback.page.hosting import http_date
from fallback.wire import shipped
from fallback.wire.cloudflare.workers import MAIN, Asset
from fallback.wire.web.page_server import announced_end, headers_of

SITE_MODULE = "site.txt"
MANIFEST_MODULE = "manifest.txt"
_MADE_BY = "fallback"


@frozen
class Entry:
    """One file of the site: its body's digest and asset, and its own headers."""

    digest: Digest
    asset: Asset
    headers: Mapping[str, str]

    def as_json(self) -> Mapping[str, Any]:
        """Return what the worker reads."""
        return {
            "sha256": self.digest,
            "asset": self.asset.path,
            "size": self.asset.size,
            "headers": dict(self.headers),
        }

    @classmethod
    def parse(cls, found: Mapping[str, Any]) -> "Entry":
        """Return the entry that ``as_json`` wrote."""
        path = str(found["asset"])
        asset = Asset(path, path.removeprefix("/"), int(found["size"]))
        return cls(Digest(str(found["sha256"])), asset, dict(found["headers"]))

    @property
    def facts(self) -> Facts:
        """Return what a manifest would say of it."""
        kind = self.headers.get("Content-Type", "")
        return Facts(self.digest, kind, self.headers.get("Cache-Control", ""))


@frozen
class Release:
    """A whole version. ``leftovers`` are paths that only the last version's site had.

    ``headers`` go with every answer, ``back`` is the announced end as an HTTP-date, at
    ``status_hosts`` the front page answers 200.
    """

    manifest: bytes = b""
    files: Mapping[str, Entry] = field(factory=dict)
    leftovers: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(factory=dict)
    back: str = ""
    status_hosts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, site: BuiltSite, held: "Release", status_hosts: Collection[str]
    ) -> "Release":
        """Return the version that shows *site*, after *held*.

        What only *held*'s site has is kept for one generation.
        """
        files = {file.path: file for file in site}
        end = announced_end(files)
        given = {file.path: dict(headers_of(files, file)) for file in site}
        common = dict(set.intersection(*(set(one.items()) for one in given.values())))
        own = {path: _without(common, one) for path, one in given.items()}
        entries = {file.path: _entry(file, own[file.path]) for file in site}
        fresh = cls(
            manifest=files[MANIFEST].body,
            files=entries,
            headers=dict(sorted(common.items())),
            back=http_date(end) if end else "",
            status_hosts=tuple(sorted(status_hosts)),
        )
        return fresh.after(held, site)

    def after(self, held: "Release", site: BuiltSite) -> "Release":
        """Return this version with what *held* leaves to it for one generation."""
        if held.manifest == self.manifest:  # the same once more is no new generation
            later = held.leftovers
        else:
            later = removal(site, held.living, held.leftovers).later
        kept = {path: held.whole(path) for path in later}
        return evolve(self, files={**kept, **self.files}, leftovers=tuple(later))

    def whole(self, path: str) -> Entry:
        """Return the entry of *path* with every header, the common ones too."""
        entry = self.files[path]
        return evolve(entry, headers={**self.headers, **entry.headers})

    @property
    def living(self) -> Manifest:
        """Return the site's own files, whatever its manifest says."""
        gone = {*self.leftovers, MANIFEST}
        facts = {p: one.facts for p, one in self.files.items() if p not in gone}
        return Manifest("", 0, facts)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """Return every asset once; the manifest is a module, and none of them."""
        found = (one.asset for path, one in self.files.items() if path != MANIFEST)
        return tuple(dict.fromkeys(found))

    def without(self, missing: Collection[str]) -> "Release":
        """Return this version without the leftovers whose hash is in *missing*."""
        stay = [p for p in self.leftovers if self.files[p].asset.hash not in missing]
        gone = set(self.leftovers) - set(stay)
        files = {path: one for path, one in self.files.items() if path not in gone}
        return evolve(self, files=files, leftovers=tuple(stay))

    def modules(self) -> Mapping[str, str]:
        """Return the script's modules: the worker, its site and the manifest."""
        listed = {
            "made_by": _MADE_BY,
            "schema": SCHEMA,
            "headers": dict(self.headers),
            "back": self.back,
            "status_hosts": list(self.status_hosts),
            "leftovers": list(self.leftovers),
            "files": {path: one.as_json() for path, one in self.files.items()},
        }
        return {
            MAIN: shipped.worker(),
            SITE_MODULE: json.dumps(listed, sort_keys=True),
            MANIFEST_MODULE: self.manifest.decode(),
        }

    @classmethod
    def parse(cls, modules: Mapping[str, bytes]) -> "Release | None":
        """Return the version that *modules* are; ``None``: not one of ours.

        Raises ``Refused`` for the version of a newer program.
        """
        try:
            found = json.loads(modules[SITE_MODULE])
            if found["made_by"] != _MADE_BY:
                return None
            if found["schema"] > SCHEMA:
                raise _newer()
            listed = {
                path: Entry.parse(one)
                for path, one in found["files"].items()
                if is_safe(path)
            }
            return cls(
                manifest=modules.get(MANIFEST_MODULE, b""),
                files=listed,
                leftovers=tuple(p for p in found["leftovers"] if p in listed),
                headers=dict(found["headers"]),
                back=str(found["back"]),
                status_hosts=tuple(found["status_hosts"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _newer() -> Refused:
    return Refused(
        T("{file} was written by a newer fallback", file=SITE_MODULE),
        customers_see=T("the page as that program published it"),
        next=T("update fallback on this machine"),
    )


def _entry(file: BuiltFile, headers: Mapping[str, str]) -> Entry:
    asset = Asset("", "", 0) if file.path == MANIFEST else Asset.of(file.body)
    return Entry(file.digest, asset, headers)


def _without(common: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in sorted(headers.items()) if k not in common}
