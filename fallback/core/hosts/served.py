"""What hosts serve, beside what was published: what a watcher tells, and when.

A publish takes its time to arrive everywhere, so what looks wrong is told when it is
seen twice. It is told once, and again only after it has changed.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from attrs import evolve, field, frozen

from fallback.core.check.host_readiness import EXPIRED
from fallback.core.errors import FallbackError
from fallback.core.hosts.handshakes import ENDS_SOON
from fallback.core.hosts.publishing import Manifest
from fallback.core.model import Digest
from fallback.core.text import T, Text

SCHEMA = 1
EVERY = timedelta(minutes=10)
AGAIN = timedelta(minutes=1)
"""How soon a host is asked again that seemed to serve something wrong."""

DIFFERS, OLDER, SILENT = "differs", "older", "silent"
"""Stable words for what can be wrong; certificates carry their last day."""
_CERTIFICATE = "certificate"


@frozen
class Shown:
    """What one host showed: its manifest, and what of it is not as that says.

    ``failure`` is the stable word for no answer at all; then nothing else is known.
    ``held`` is what a folder without an address holds, by path, and no visitor saw.
    """

    label: str
    url: str
    manifest: Manifest | None = None
    problem: Text | None = None
    certificate_ends: datetime | None = None
    failure: str = ""
    held: Mapping[str, Digest] | None = None

    @property
    def place(self) -> str:
        """Return how a person knows it."""
        return self.url or self.label


@frozen
class Published:
    """What was last published from this folder, and with which sequence.

    ``builds`` are the ids of all that is known to have gone out from here.
    """

    manifest: Manifest
    sequence: int
    builds: frozenset[str] = frozenset()

    def explains(self, held: Manifest) -> bool:
        """Return whether a deploy from here can have put *held* on a host."""
        ours = {self.manifest.build, *self.builds}
        return held.build in ours and held.sequence <= self.sequence


@frozen
class HostState:
    """What is remembered of one host.

    ``seen`` is what was wrong at the latest look, ``told`` what a person knows of;
    ``problem`` says the former in English. ``live``: a page of ours was seen there,
    and ``pin`` knows that page again.
    """

    url: str = ""
    seen: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    problem: str = ""
    certificate_ends: str = ""
    live: bool = False
    pin: str = ""

    def as_json(self, label: str) -> Mapping[str, object]:
        """Return the object of this host in ``watch --once --json``."""
        return {
            "host": label,
            "url": self.url,
            "ok": not self.seen,
            "problem": self.problem or None,
            "certificate_ends": self.certificate_ends or None,
        }


@frozen
class Memory:
    """Everything that is remembered between two looks; ``asked`` is the latest."""

    asked: datetime | None = None
    hosts: Mapping[str, HostState] = field(factory=dict)

    def due(self, at: datetime) -> bool:
        """Return whether hosts are to be asked at *at*; a clock set back asks."""
        if self.asked is None or at < self.asked:
            return True
        unsure = any(set(each.seen) - set(each.told) for each in self.hosts.values())
        return at - self.asked >= (AGAIN if unsure else EVERY)

    @property
    def live(self) -> frozenset[str]:
        """Return the labels of the hosts at which a page of ours was seen."""
        return frozenset(label for label, each in self.hosts.items() if each.live)

    def untold(self, before: "Memory") -> "Memory":
        """Return the memory in which a person knows no more than *before*."""
        hosts = {}
        for label, each in self.hosts.items():
            known = before.hosts.get(label, HostState())
            hosts[label] = evolve(each, told=known.told, pin=known.pin)
        return Memory(self.asked, hosts)

    def to_json(self) -> bytes:
        """Return the memory as one line of JSON with a schema number."""
        body = {
            "schema": SCHEMA,
            "asked": self.asked and self.asked.isoformat(),
            "hosts": {
                label: {
                    "url": each.url,
                    "seen": list(each.seen),
                    "told": list(each.told),
                    "problem": each.problem,
                    "certificate_ends": each.certificate_ends,
                    "live": each.live,
                    "pin": each.pin,
                }
                for label, each in self.hosts.items()
            },
        }
        return json.dumps(body, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> "Memory":
        """Return what ``to_json`` wrote; damaged memory is none.

        Raises ``FallbackError`` when a newer program wrote it.
        """
        try:
            body = json.loads(text)
            if body["schema"] > SCHEMA:
                raise FallbackError(
                    T("what the watcher remembers was written by a newer fallback"),
                    next=T("update fallback on this machine"),
                )
            asked = body["asked"]
            return cls(
                datetime.fromisoformat(asked) if asked else None,
                {
                    str(label): HostState(
                        str(each["url"]),
                        tuple(map(str, each["seen"])),
                        tuple(map(str, each["told"])),
                        str(each["problem"]),
                        str(each["certificate_ends"]),
                        bool(each["live"]),
                        str(each.get("pin", "")),
                    )
                    for label, each in body["hosts"].items()
                },
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()


@frozen
class News:
    """One thing to tell a person now; ``event`` is its stable English name."""

    event: str
    text: Text


def troubles(
    shown: Sequence[Shown],
    ours: Published | None,
    at: datetime,
    *,
    online: bool | None,
    live: Collection[str] = (),
) -> dict[str, dict[str, Text] | None]:
    """Return what is wrong with each host, by label; ``None``: it cannot be known.

    *online* tells whether anything else answered: a watcher without a network must not
    blame a host. *live* are the hosts at which a page of ours was seen before: where
    nothing was ever published, nothing is missing.
    """
    found: dict[str, dict[str, Text] | None] = {}
    for one in shown:
        if one.failure and one.failure != EXPIRED and not online:
            found[one.label] = None
        else:
            found[one.label] = dict(
                (
                    *_certificate(one, at),
                    *_served(one, ours, live=one.label in live),
                    *_beside(one, shown),
                )
            )
    return found


def _certificate(one: Shown, at: datetime) -> Iterator[tuple[str, Text]]:
    if one.failure == EXPIRED:
        yield "certificate-ended", T("the certificate of {url} has ended", url=one.url)
    ends = one.certificate_ends
    if ends is not None and ends - at <= ENDS_SOON:
        day = f"{ends:%F}"
        yield (
            f"certificate-{day}",
            T("the certificate of {url} ends on {day}", url=one.url, day=day),
        )


def _served(
    one: Shown, ours: Published | None, *, live: bool
) -> Iterator[tuple[str, Text]]:
    if one.failure == EXPIRED:
        return  # that is said of the certificate
    if one.failure:
        yield SILENT, T("{url} does not answer ({why})", url=one.url, why=one.failure)
    elif one.held is not None:
        if ours is not None and not _holds(one.held, ours.manifest):
            yield DIFFERS, _foreign(one)
    elif one.problem is not None:
        yield DIFFERS, one.problem
    elif one.manifest is None:
        if live or ours is not None:
            yield DIFFERS, _foreign(one)
    elif ours is not None:
        yield from _against(one, one.manifest, ours)


def _against(one: Shown, held: Manifest, ours: Published) -> Iterator[tuple[str, Text]]:
    """Compare with what was published from here; newer words are somebody else's."""
    if held.build == ours.manifest.build:
        if _digests(held) != _digests(ours.manifest):
            yield DIFFERS, _foreign(one)
    elif held.sequence < ours.sequence:
        yield OLDER, T("{url} still shows an earlier page", url=one.url)
    elif held.sequence == ours.sequence:
        yield DIFFERS, _foreign(one)


def _holds(held: Mapping[str, Digest], manifest: Manifest) -> bool:
    """Return whether every file of *manifest* is there as it says."""
    return all(held.get(p) == facts.digest for p, facts in manifest.files.items())


def _foreign(one: Shown) -> Text:
    if one.held is not None:
        return T("{host} holds something else than was published", host=one.label)
    return T("{url} shows something that was not published", url=one.url)


def _digests(manifest: Manifest) -> dict[str, str]:
    return {path: facts.digest for path, facts in manifest.files.items()}


def _beside(one: Shown, shown: Sequence[Shown]) -> Iterator[tuple[str, Text]]:
    """Yield what the other hosts make doubtful: words elsewhere that are newer."""
    held = one.manifest
    for other in shown:
        theirs = other.manifest
        if held is None or theirs is None or held.build == theirs.build:
            continue
        if held.sequence < theirs.sequence:
            yield (
                OLDER,
                T("{url} shows an earlier page than {other}",
                  url=one.url, other=other.url),
            )  # fmt: skip
        elif held.sequence == theirs.sequence:
            yield (
                DIFFERS,
                T(
                    "{url} shows another page than {other}",
                    url=one.url,
                    other=other.url,
                ),
            )


def remembered(
    before: Memory,
    shown: Sequence[Shown],
    found: Mapping[str, Mapping[str, Text] | None],
    at: datetime,
    ours: Published | None,
) -> tuple[Memory, tuple[News, ...]]:
    """Return what to remember after a look, and what to tell now.

    A page that is whole may still be a stranger's. So the page of each host is pinned,
    and one that no deploy from here explains is told, once: it may be a colleague's, or
    of a CI.
    """
    hosts: dict[str, HostState] = {}
    news: list[News] = [*_changed(before, shown, ours)]
    for one in shown:
        earlier = before.hosts.get(one.label, HostState(one.url))
        wrong = found[one.label]
        if wrong is None:
            hosts[one.label] = earlier
            continue
        fresh = [
            word
            for word in wrong
            if word not in earlier.told
            and (word in earlier.seen or word.startswith(_CERTIFICATE))
        ]
        news += [News("host-trouble", wrong[word]) for word in fresh]
        if earlier.told and not wrong:
            news.append(_well(one, earlier.told))
        kept = tuple(word for word in earlier.told if word in wrong)
        ends = one.certificate_ends
        hosts[one.label] = HostState(
            one.url,
            tuple(wrong),
            (*kept, *fresh),
            "; ".join(str(text) for text in wrong.values()),
            ends.isoformat() if ends else "",
            live=earlier.live or one.manifest is not None,
            pin=_pin(one.manifest) or earlier.pin,
        )
    return Memory(at, hosts), tuple(news)


def _changed(
    before: Memory, shown: Sequence[Shown], ours: Published | None
) -> Iterator[News]:
    """Yield what is shown now and nobody here knows of; for one page once."""
    known = {each.pin for each in before.hosts.values()}
    for one in shown:
        held, pin = one.manifest, _pin(one.manifest)
        if held is None or pin in known or (ours and ours.explains(held)):
            continue
        if ours is not None:
            if held.sequence <= ours.sequence:
                continue  # that is a trouble, and told as one
            text = T("{url} shows newer words than were published from this folder; if"
                     " nobody of yours published them, nor your CI, see who can write"
                     " there", url=one.url)  # fmt: skip
        elif before.hosts.get(one.label, HostState()).pin:
            text = T("{url} shows other words than before; if nobody of yours published"
                     " them, nor your CI, see who can write there",
                     url=one.url)  # fmt: skip
        else:
            continue
        known.add(pin)
        yield News("host-changed", text)


def _pin(manifest: Manifest | None) -> str:
    """Return what knows *manifest* again, whatever build it says it is."""
    if manifest is None:
        return ""
    spelled = json.dumps(
        [manifest.build, manifest.sequence, sorted(_digests(manifest).items())]
    )
    return sha256(spelled.encode()).hexdigest()


def _well(one: Shown, told: Sequence[str]) -> News:
    if all(word.startswith(_CERTIFICATE) for word in told):
        text = T("the certificate of {url} is renewed", url=one.url)
    else:
        text = T("{url} shows what was published again", url=one.place)
    return News("host-well", text)
