"""The last builds that were published from this folder, so that one can come back.

Bodies lie by their digest and are shared between builds, manifests by build; a list
says in which order they went out, and which one is out now. The list is written last
and read first, so a kill in between loses nothing that it names. What cannot be kept is
no reason not to publish.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from fallback.core.errors import Refused
from fallback.core.hosts.publishing import Manifest, is_safe
from fallback.core.model import MANIFEST, BuiltFile, BuiltSite
from fallback.core.text import T
from fallback.wire import durable
from fallback.wire.parallel import each

FOLDER = "builds"
PUBLISHED = "published.json"
"""What this very folder, and no other copy of it, has published."""
KEPT = 6
"""The one that is out now, and five that can come back."""
SCHEMA = 1
_WIDTH = 16


@frozen
class Build:
    """One build that went out; ``published`` is unknown when a kill came before it."""

    build: str
    sequence: int
    published: datetime | None = None


@frozen
class History:
    """The builds in the order in which they went out, and the one that is out now."""

    builds: tuple[Build, ...] = ()
    current: str = ""

    def before(self) -> Build | None:
        """Return the build that went out before the current one; ``None``: none did."""
        names = [each.build for each in self.builds]
        at = names.index(self.current) if self.current in names else len(names)
        return self.builds[at - 1] if at else None

    def named(self, name: str) -> Build | None:
        """Return the one build whose id begins with *name*; ``None``: not one."""
        found = [each for each in self.builds if each.build.startswith(name)]
        return found[0] if len(found) == 1 else None

    def going_out(self, build: Build) -> "History":
        """Return the history in which *build* is the newest, and out now.

        What was out until now stands right before it: that is where a rollback leads,
        even when there were rollbacks before.
        """
        if build.build == self.current:
            return self
        others = [each for each in self.builds if each.build != build.build]
        others.sort(key=lambda each: each.build == self.current)
        return History((*others, build)[-KEPT:], build.build)

    def went_out(self, name: str, at: datetime) -> "History":
        """Return the history in which *name* is out, since *at* unless before that."""
        builds = tuple(
            evolve(each, published=each.published or at) if each.build == name else each
            for each in self.builds
        )
        return History(builds, name)


@frozen
class Builds:
    """What is kept in *folder*; whoever writes holds the site's lock."""

    folder: Path

    @property
    def _list(self) -> Path:
        return self.folder / "published.json"

    def read(self) -> History:
        """Return the history; empty when there is none that can be read.

        Raises ``Refused`` when a newer program wrote it.
        """
        try:
            found = json.loads(self._list.read_bytes())
            if found["schema"] > SCHEMA:
                raise Refused(
                    T("the earlier builds were kept by a newer fallback"),
                    customers_see=T("no change: what is published stays"),
                    next=T("update fallback on this machine"),
                )
            builds = tuple(_parsed(each) for each in found["builds"])
            return History(builds, str(found["current"]))
        except (OSError, ValueError, KeyError, TypeError):
            return History()

    def write(self, history: History) -> None:
        """Remember *history*, durably. Raises ``OSError``."""
        body = {
            "schema": SCHEMA,
            "current": history.current,
            "builds": [_spelled(each) for each in history.builds],
        }
        durable.replace(self._list, json.dumps(body, indent=1).encode() + b"\n")

    def keep(self, site: BuiltSite) -> None:
        """Keep the files of *site*, durably. Raises ``OSError``."""
        files = [file for file in site.files if file.path != MANIFEST]
        missing = {f.digest: f for f in files if not self._holds(f)}
        each(self._keep, missing.values(), width=_WIDTH)
        manifest = self._manifest(site.build_id)
        body = site.file(MANIFEST).body
        if not manifest.exists() or manifest.read_bytes() != body:
            durable.replace(manifest, body)

    def _keep(self, file: BuiltFile) -> None:
        durable.replace(self._body(file.digest), file.body)

    def _holds(self, file: BuiltFile) -> bool:
        """Say whether the body is there, as far as its size tells; reading decides."""
        try:
            return self._body(file.digest).stat().st_size == len(file.body)
        except OSError:
            return False

    def manifest(self, build: str) -> Manifest | None:
        """Return the manifest of *build*; ``None`` when it cannot be read."""
        try:
            return Manifest.parse(self._manifest(build).read_bytes())
        except OSError:
            return None

    def files(self, build: str) -> Sequence[BuiltFile]:
        """Return the files of *build* as they went out, the manifest apart.

        Raises ``Refused`` when one of them is missing or is not what it was.
        """
        manifest = self.manifest(build)
        if manifest is None:
            raise _spoilt(build, f"{build}.json")
        found = []
        for path, facts in manifest.files.items():
            try:
                body = self._body(facts.digest).read_bytes()
            except OSError:
                raise _spoilt(build, path) from None
            if sha256(body).hexdigest() != facts.digest:
                raise _spoilt(build, path)
            about = (facts.content_type, facts.cache_control, facts.digest)
            found.append(BuiltFile(path, body, *about))
        return found

    def prune(self, history: History) -> None:
        """Delete what no build of *history* needs. Never raises.

        A manifest that cannot be read may need anything, so then no body goes.
        """
        with suppress(OSError):
            for path in (self.folder / "manifests").glob("*.json"):
                if path.stem not in {each.build for each in history.builds}:
                    path.unlink()
            manifests = [self.manifest(each.build) for each in history.builds]
            known = [manifest for manifest in manifests if manifest is not None]
            if len(known) < len(manifests):
                return
            needed = {facts.digest for m in known for facts in m.files.values()}
            for path in (self.folder / "bodies").iterdir():
                if path.name not in needed:
                    path.unlink()

    def _manifest(self, build: str) -> Path:
        return self.folder / "manifests" / f"{build}.json"

    def _body(self, digest: str) -> Path:
        return self.folder / "bodies" / digest


def last_sequence(state: Path) -> int | None:
    """Return the newest sequence that was published from the folder *state* is of."""
    try:
        return int(json.loads((state / PUBLISHED).read_bytes())["sequence"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _spoilt(build: str, path: str) -> Refused:
    return Refused(
        T("the build {build} is no longer whole: {path} is missing or damaged",
          build=build, path=path),
        customers_see=T("no change: what is published stays"),
        next=T("name another one: fallback deploy --rollback=BUILD; or bring the words"
               " back and run: fallback deploy"),
    )  # fmt: skip


def _parsed(found: Any) -> Build:
    name = str(found["build"])
    if not is_safe(name) or "/" in name:
        raise ValueError(name)
    at = found.get("published")
    published = datetime.fromisoformat(at) if at else None
    return Build(name, int(found["sequence"]), published)


def _spelled(build: Build) -> dict[str, Any]:
    published = build.published.isoformat() if build.published else None
    return {
        "build": build.build,
        "sequence": build.sequence,
        "published": published,
    }
