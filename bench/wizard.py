"""The evening before, counted: what an owner types, opens and has to understand.

The wizard is answered at a real terminal by somebody who takes whatever is offered, and
types only what nobody else can know. Then the page is published and ``check`` asked.
Beside it: the same settings, written by hand after the commented ``fallback.toml`` and
the pages of documentation that one needs to read for them.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from fallback.demo.shop import Shop
from fallback.wire.web.listen import listening
from fallback.wire.web.page_server import Folder, respond_from
from tests.actions.site_on_bind import ZONE
from tests.servers.bind import ALGORITHM, SECRETS, Bind, running
from tests.servers.terminal import opened

ROOT = Path(__file__).parents[1]
JARGON = tomllib.loads(Path(__file__).with_name("jargon.toml").read_text("utf-8"))
SHOP, FIRST, SECOND = "127.0.3.3", "127.0.4.4", "127.0.5.5"
"""Each in a network of its own, as the companies are that stand for them."""
DOMAIN = "kwiaty.example"
_KNOWN_ONLY_TO_OWNERS = {
    "en": ("address of your shop", "e-mail address", "phone number"),
    "pl": ("adres sklepu, tak", "adres e-mail", "numer telefonu"),
}


@define
class Typed:
    """What a person typed: answers that were words, and keys, Enter included."""

    fields: int = 0
    keys: int = 0
    screens: list[str] = field(factory=list)


@frozen
class Laboratory:
    """A shop that is up, name servers and two places, all on loopback."""

    bind: Bind
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://{DOMAIN}:{self.port}"

    @property
    def network(self) -> tuple[str, ...]:
        """The options of a laboratory: nobody types them in the world."""
        settings = (
            f'network.resolvers=["{self.bind.server}"]',
            "network.canaries=[]",
            "network.allow_private=true",
        )
        return tuple(word for each in settings for word in ("--set", each))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FALLBACK_TSIG_SECRET": SECRETS["fallback"],
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TZ": "Europe/Warsaw",
        }


def wizard(folder: Path) -> Iterator[str]:
    """Measure both ways, and yield the lines of the results."""
    with ExitStack() as stack:
        lab = _laboratory(folder, stack)
        usual = {language: _offered(lab, language) for language in ("pl", "en")}
        ready, findings = _ready(lab)
    by_hand = _by_hand(folder / "usual-en" / "shop")
    yield "## What a new site asks of its owner\n"
    yield (
        "By the wizard: at a terminal, taking whatever it offers; the shop's companies"
        " are none of those that hold the page. By hand: the same settings and files,"
        " written after the commented `fallback.toml` and the pages of the"
        " documentation on these two hosts and this provider. A typed field is one"
        " answer or one setting that is not left as it is offered; keys count Enter.\n"
    )
    yield from _table(usual, by_hand)
    yield from _told("pl", usual["pl"])
    yield from _told("en", usual["en"])
    yield (
        f"In the laboratory, with a name server and two places of one's own: "
        f"{ready.fields} typed fields, {ready.keys} keys and no account, then"
        f" `fallback deploy` and `fallback prepare`. `fallback check` finds:\n"
    )
    yield "| critical | warning | good to know |"
    yield "|---:|---:|---:|"
    counted = Counter(found["severity"] for found in findings)
    yield f"| {counted['critical']} | {counted['warning']} | {counted['info']} |"
    yield ""
    for found in findings:
        if found["severity"] == "critical":
            yield f"- FAILED: {found['id']} at {found['subject']}: {found['seen']}"
    if usual["en"].typed.fields >= by_hand.fields:
        yield "- FAILED: by hand is less to type"


def _table(usual: Mapping[str, "Evening"], by_hand: "ByHand") -> Iterator[str]:
    """Yield both ways side by side."""
    typed = usual["en"].typed
    yield "| | the wizard | by hand |"
    yield "|---|---:|---:|"
    yield f"| accounts to open | {usual['en'].accounts} | {usual['en'].accounts} |"
    yield f"| typed fields | {typed.fields} | {by_hand.fields} |"
    yield f"| keys | {typed.keys:,} | {by_hand.keys:,} |"
    for language, name in (("pl", "Polish"), ("en", "English")):
        words = jargon("\n".join(usual[language].typed.screens), language)
        beside = jargon(by_hand.read, "en")
        yield (
            f"| words a florist does not know, in {name}: different ones |"
            f" {len(words)} | {len(beside)}{' (English only)' * (language == 'pl')} |"
        )
        yield (
            f"| the same, each time one is met | {words.total()} | {beside.total():,} |"
        )
    yield ""


def _told(language: str, evening: "Evening") -> Iterator[str]:
    words = jargon("\n".join(evening.typed.screens), language)
    told = ", ".join(f"{word} ({times})" for word, times in words.most_common())
    yield f"In `{language}` the wizard, `check` and the card say: {told or 'none'}.\n"


@frozen
class Evening:
    """One run of the wizard that took everything that was offered."""

    typed: Typed
    accounts: int


def _laboratory(folder: Path, stack: ExitStack) -> Laboratory:
    text = ZONE.replace("127.0.0.3", SHOP).replace("127.0.0.4", SHOP)
    text = text.replace("        MX      10 mail\n", "")
    bind = stack.enter_context(running(folder / "bind", text=text))
    shop = Shop(SHOP)
    shop.revive()
    stack.callback(shop.kill)
    for number, address in (("", FIRST), ("-2", SECOND)):
        public = folder / "ready" / "shop" / f"public-copy{number}"
        public.mkdir(parents=True)
        answer = respond_from(Folder(public))
        stack.enter_context(listening(answer, address, shop.port))
    return Laboratory(bind, shop.port, folder)


def _offered(lab: Laboratory, language: str) -> Evening:
    """Run the wizard as an owner who takes what is offered; then look at the card."""
    folder = lab.folder / f"usual-{language}"
    folder.mkdir()
    known = dict(
        zip(
            _KNOWN_ONLY_TO_OWNERS[language],
            (lab.url, "ania@elsewhere.test", "600100200"),
            strict=True,
        )
    )
    typed = _interview(lab, folder, language, known, ())
    typed.screens += [
        _said(lab, folder / "shop", language, "check"),
        _said(lab, folder / "shop", language, "card", "--text", "--offline"),
    ]
    made = tomllib.loads((folder / "shop" / "fallback.toml").read_text("utf-8"))
    accounts = {host["kind"] for host in made["hosts"]} - {"folder", "sftp"}
    return Evening(typed, len(accounts))


def _ready(lab: Laboratory) -> tuple[Typed, list[Mapping[str, Any]]]:
    """Run the wizard in the laboratory to its end, publish, and return the findings."""
    folder = lab.folder / "ready"
    known = {
        "address of your shop": lab.url,
        "e-mail address": "ania@elsewhere.test",
        "phone number": "600100200",
        "the places": "folder folder",
        "who leads your address": "rfc2136",
        "its address and port": lab.bind.server,
    }
    places = (
        f"folder.url=http://{FIRST}:{lab.port}",
        f"folder-2.url=http://{SECOND}:{lab.port}",
        f"rfc2136.key_algorithm={ALGORITHM}",
    )
    more = tuple(word for each in places for word in ("--set", each))
    typed = _interview(lab, folder, "en", known, more)
    typed.fields += len(places)
    typed.keys += sum(map(len, more))
    _said(lab, folder / "shop", "en", "deploy")
    _said(lab, folder / "shop", "en", "prepare", "--confirm", DOMAIN)
    found = json.loads(_said(lab, folder / "shop", "en", "check", "--json"))
    return typed, found["findings"]


def _interview(
    lab: Laboratory,
    folder: Path,
    language: str,
    known: Mapping[str, str],
    more: Sequence[str],
) -> Typed:
    typed = Typed()
    words = ("init", "shop", *lab.network, *more)
    with opened(words, folder, FALLBACK_LANG=language, **lab.environment) as person:
        while question := person.question():
            begins = next((each for each in known if each in question), "")
            answer = known[begins] if begins and not _mended(question) else ""
            typed.fields += bool(answer)
            typed.keys += len(answer) + 1
            person.type(answer)
        assert person.ended() == 0, person.seen
    typed.screens.append(person.seen)
    return typed


def _mended(question: str) -> bool:
    """Say whether *question* offers what was meant by the answer before it."""
    return "[+" in question


def _said(lab: Laboratory, site: Path, language: str, *words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "fallback", "-C", str(site), *words],
        env={**os.environ, **lab.environment, "FALLBACK_LANG": language},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout


@frozen
class ByHand:
    """What the same site takes without the wizard: settings to write, text to read."""

    fields: int
    keys: int
    read: str


def _by_hand(site: Path) -> ByHand:
    """Count what stands in the settings of *site* and does not stand so by default."""
    made = tomllib.loads((site / "fallback.toml").read_text("utf-8"))
    made.pop("network")  # of the laboratory, not of the world
    rows = list(_rows(made))
    pages = ("before.md", "hosts/s3.md", "hosts/netlify.md", "dns/manual.md")
    docs = [ROOT / "fallback.toml", *(ROOT / "docs" / page for page in pages)]
    return ByHand(
        len(rows),
        sum(len(row) + 1 for row in rows),
        "\n".join(path.read_text("utf-8") for path in docs),
    )


def _rows(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _rows(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                yield from _rows(each)
        elif value != "plain":  # the theme is there already
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}"


def jargon(text: str, language: str) -> Counter[str]:
    """Return how often each word of our own list stands in *text*."""
    found: Counter[str] = Counter()
    for word in JARGON[language]:
        if times := len(_pattern(word).findall(text)):
            found[word.rstrip("*")] += times
    return found


def _pattern(word: str) -> re.Pattern[str]:
    """Return what finds *word*: in any case, unless it is an abbreviation."""
    spelled = re.escape(word).replace(r"\*", r"\w*")
    flags = 0 if word.isupper() else re.IGNORECASE
    return re.compile(rf"(?<![\w./=-]){spelled}(?![\w=-])", flags)
