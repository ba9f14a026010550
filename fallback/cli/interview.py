"""Asks a person for what a new site needs, one question at a time, at a terminal."""

import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from fallback.actions.starting import answering
from fallback.actions.starting.acquaintance import acquainted
from fallback.cli import output
from fallback.cli.call import Call
from fallback.cli.language import say
from fallback.core.config import Kinds, Network
from fallback.core.leaks import leaks
from fallback.core.settings import values
from fallback.core.text import T, Text
from fallback.core.wizard.answers import NO_PROVIDER
from fallback.core.wizard.interview import (
    Doubt,
    Question,
    address_question,
    questions,
    shop_address,
)
from fallback.core.wizard.new_site import Machine
from fallback.core.wizard.proposals import FOLDERS, Seen

SHORT = ("name", "email", "phone")
"""What is asked when customers wait already; everything else can follow."""
_NEEDED = T("without this answer there can be no page")
_WIDEST = 80
_NO = frozenset(("n", "no", "nie", "nu"))


@frozen
class Heard:
    """What a person answered, what was seen, and whether the page comes first."""

    given: Mapping[str, Any]
    seen: Seen
    burning: bool = False


@define
class Interview:
    """One conversation; ``before`` are the answers of one that was interrupted."""

    call: Call
    root: Path
    network: Network
    machine: Machine
    kinds: Kinds
    given: dict[str, Any]
    before: Mapping[str, Any] = field(factory=dict)

    def held(self, *, look: bool) -> Heard:
        """Ask until everything is answered; each answer is kept before the next.

        With *look* the shop is looked at as soon as its address is known.
        """
        self._say(
            T("you have begun here before: Enter keeps what you answered then")
            if self.before
            else T(
                "a few questions; Enter takes what stands in [brackets], and whenever"
                " you stop, the same command goes on from there"
            )
        )
        seen = self._shop(look=look)
        burning = not look or (seen.up is False and self._burns(seen))
        if burning:  # no account can be opened while customers wait
            self.given.setdefault("hosts", list(FOLDERS))
            self.given.setdefault("provider", NO_PROVIDER)
        for question in questions(self.given, seen, self.machine, self.kinds):
            if burning and question.key not in SHORT:
                continue
            self._put(question, self._asked(question))
        return Heard(self.given, seen, burning)

    def _shop(self, *, look: bool) -> Seen:
        """Return what is seen of the shop whose address is given or typed now."""
        usual, told = str(self.before.get("url", "")), "url" in self.given
        while True:
            typed = ""
            if not told:
                question = address_question(usual)
                typed = self._asked(question)
                self._put(question, typed)
            url = self.given["url"]
            if not look:
                return Seen(url)
            self._say(T("looking at {url}", url=url))
            seen = acquainted(url, self.network, either="://" not in typed and not told)
            if seen.url != url or (typed and shop_address(typed) != typed):
                self._put(address_question(), seen.url)
                self._say(T("taken as {url}", url=seen.url))
            if seen.exists is not False or told or usual == seen.url:
                break
            self._say(T("nobody on the internet knows {domain}: is it spelled right?",
                        domain=seen.domain))  # fmt: skip
            usual = seen.url
        for line in seen.told():
            self._say(line)
        return seen

    def _burns(self, seen: Seen) -> bool:
        """Say whether the page has to come first, because the shop is down now."""
        self._say(T("your shop does not answer at this moment ({why})", why=seen.why))
        answer = self.call.ask(
            T("are customers waiting? then three more answers, and the page (yes, no)"),
            instead=T("give: {option}", option="--no-look"),
            default="yes",
        )
        return answer.casefold() not in _NO

    def _asked(self, question: Question) -> str:
        """Return what is typed, asked again until it can be used.

        Enter takes what is offered: what was answered before, what is usual, or what
        was probably meant.
        """
        for line in question.before:
            self._say(line)
        usual = self._earlier(question) or question.usual
        instead = T("give: {option}", option=question.option)
        doubted = ""
        while True:
            typed = self.call.ask(question.text, instead=instead, default=usual)
            if leaks(question.key, typed):
                self._say(T("this looks like a secret, and none is ever kept here"))
                continue
            try:
                question.reader(typed)
            except values.Wrong as wrong:
                if isinstance(wrong, Doubt) and typed == doubted:
                    return typed
                doubted = typed
                usual = wrong.mended.strip('"') or usual
                self._say(wrong.what if typed else _NEEDED)
                if wrong.remedy and not wrong.mended:
                    self._say(wrong.remedy)
            else:
                return typed

    def _earlier(self, question: Question) -> str:
        table = self.before.get(question.table, {}) if question.table else self.before
        value = table.get(question.key, "") if isinstance(table, Mapping) else ""
        return ", ".join(value) if isinstance(value, list) else str(value)

    def _put(self, question: Question, typed: str) -> None:
        """Add an answer to those given, and keep them."""
        try:
            value = question.reader(typed)
        except Doubt:
            value = typed
        kept: Any = list(value) if isinstance(value, tuple) else typed
        if question.key == "url":
            kept = str(value)
        if question.table:
            self.given.setdefault(question.table, {})[question.key] = kept
        else:
            self.given[question.key] = kept
        answering.keep(self.root, self.given)

    def _say(self, text: Text) -> None:
        """Say *text* in lines that fit the terminal, those that go on set in."""
        whole = say(text)
        indent = " " * (len(whole) - len(whole.lstrip()))
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        for row in textwrap.wrap(whole, width, subsequent_indent=f"{indent}  "):
            output.line(sys.stderr, row)
