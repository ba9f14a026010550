"""What a new site is told about: what was written, what is left to do, and in order."""

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from fallback.actions.check import CheckResult
from fallback.core.config import FILE_NAME
from fallback.core.findings import Finding, Severity
from fallback.core.text import Sayable, T, Text
from fallback.core.wizard.forms import BLANK, UNKNOWN, Tied
from fallback.core.wizard.new_site import accounts, secrets
from fallback.core.wizard.offers import NOWHERE
from fallback.core.wizard.proposals import Seen
from fallback.core.wizard.starter import PLACEHOLDER, Answers
from fallback.page.languages import autonym

_SHOWN = 3
"""Critical findings that are told at the end; check tells all of them."""


@frozen
class InitResult:
    """Which files were written, and which were there already and were kept.

    ``wordless`` are languages of the shop that have no ready words; ``spoken`` those
    that have some. ``checked`` and ``card`` are there when the wizard went on to them.
    """

    site: Path
    shown: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    wordless: tuple[str, ...]
    spoken: tuple[str, ...]
    answers: Answers = field(repr=False)
    seen: Seen | None = field(default=None, repr=False)
    checked: CheckResult | None = field(default=None, repr=False)
    card: Path | None = None
    burning: bool = False
    rootless: tuple[str, ...] = ()
    """The files that nobody could tell where this program comes from."""
    tied: tuple[Tied, ...] = ()
    """What keeps the forms of a CI service from publishing, or from moving names."""
    code: int = 0

    @property
    def placeholder(self) -> bool:
        """Say whether nobody has said yet by what the shop is known."""
        return self.answers.contains == PLACEHOLDER

    @property
    def workers(self) -> tuple[str, ...]:
        """Return the service workers that the settings name now."""
        return self.answers.workers if FILE_NAME in self.written else ()

    def told(self) -> Iterator[Sayable]:
        """See ``fallback.core.result.Result``."""
        yield from self._files()
        yield from self._shop()
        if not self.burning:
            yield from self._to_do()
        if self.checked is not None:
            yield from _findings(self.checked)
        if self.card is not None:
            yield T("print this, and put it where you look first: {file}",
                    file=str(self.card))  # fmt: skip
        yield T("next: {next}", next=self.next)

    def _files(self) -> Iterator[Text]:
        if self.written:
            yield T("files written in {folder}: {count}",
                    folder=self.shown, count=len(self.written))  # fmt: skip
        else:
            yield T("nothing to do: the site is there")
        for path in self.kept if self.written else ():
            yield T("kept as it was: {path}", path=path)

    def _shop(self) -> Iterator[Text]:
        if self.workers:
            yield T(
                "what your shop leaves in browsers stands in {file} now: {paths}",
                file=FILE_NAME,
                paths=" ".join(self.workers),
            )
        for language in self.wordless:
            yield T(
                "there are no ready words in {language}: its readers get {other}, and a"
                " note says so, until you write {path}",
                language=autonym(language),
                other=autonym(self.spoken[0]),
                path=f"content/outage.{language}.md",
            )
        if self.placeholder and not self.burning:
            yield T(
                "before you watch the shop: set primary.contains in {file} to words"
                " that only the real shop shows",
                file=FILE_NAME,
            )

    def _to_do(self) -> Iterator[Sayable]:
        if self.rootless:
            yield T("to publish from a telephone, write where this program comes from"
                    " in place of {word} and {commit}, into those of these files that"
                    " you use: {files}", word=BLANK, commit=UNKNOWN.commit,
                    files=", ".join(self.rootless))  # fmt: skip
        for each in self.tied:
            yield _telephone(each)
        if all(table.kind == "folder" for table in self.answers.hosts):
            yield T("the page waits in a folder of this computer: nobody sees it until"
                    " you put that on the web")  # fmt: skip
        if places := accounts(self.answers):
            yield T("you need an account at: {places}", places=", ".join(places))
        needed = secrets(self.answers)
        if needed:
            yield T(
                "you make these keys there; keep them in your password manager, never"
                " in a file here. fallback takes each from the environment variable:"
            )
            for secret in needed:
                yield T("  {name}: {where}", name=secret.variable, where=secret.where)
        table = self.answers.dns
        unknown = table is not None and table.values.get("target") == NOWHERE
        if unknown and self.checked is None:  # which says it, too
            yield T(
                "where your address shall lead is not known yet: fallback setup prints"
                " a name, which goes into {file} in place of {word}",
                file=FILE_NAME,
                word=NOWHERE,
            )

    @property
    def next(self) -> Text:
        """Return the one next command."""
        if self.burning:
            return T("publish the page now: {command}", command=self._command("deploy"))
        hosts = [table.kind for table in self.answers.hosts if table.kind != "folder"]
        folder = "content" if self.shown == "." else f"{self.shown}/content"
        if hosts:
            return T("make the first place: {command}",
                     command=self._command(f"setup {hosts[0]}"))  # fmt: skip
        return T("read {folder}, then run: {command}", folder=folder,
                 command=self._command("deploy"))  # fmt: skip

    def _command(self, words: str) -> str:
        site = "" if self.shown == "." else f"-C {_quoted(self.shown)} "
        return f"fallback {site}{words}"

    def as_json(self) -> Mapping[str, Any]:
        """See ``fallback.core.result.Result``."""
        table = self.answers.dns
        return {
            "site": str(self.site),
            "written": list(self.written),
            "kept": list(self.kept),
            "rootless": list(self.rootless),
            "tied": [{"place": t.place, "what": t.what} for t in self.tied],
            "workers": list(self.workers),
            "wordless": list(self.wordless),
            "hosts": [each.kind for each in self.answers.hosts],
            "provider": table.kind if table else None,
            "accounts": list(accounts(self.answers)),
            "secrets": [each.variable for each in secrets(self.answers)],
            "seen": self.seen.as_json() if self.seen else None,
            "check": self.checked.as_json() if self.checked else None,
            "card": str(self.card) if self.card else None,
            "next": str(self.next),
        }


def _telephone(tied: Tied) -> Text:
    """Say what to do so that *tied* can be used from a telephone, too."""
    if tied.login:
        return T(
            '{place} cannot be published to from a telephone until password = "env:…"'
            " and known_host stand in place of the key {file}, which only this computer"
            " has",
            place=tied.place,
            file=tied.what,
        )
    return T(
        "{place} cannot be used from a telephone until env:NAME stands in place of"
        " {what}, which only this computer has",
        place=tied.place,
        what=tied.what,
    )


def _row(finding: Finding) -> Text:
    return T("  - {what}: {how}", what=finding.seen, how=finding.remedy)


def _quoted(path: str) -> str:
    """Return *path* as it is typed on this computer: one word, whatever it holds."""
    return subprocess.list2cmdline([path]) if os.name == "nt" else shlex.quote(path)


def _findings(checked: CheckResult) -> Iterator[Sayable]:
    """Yield how many findings there are, and what the gravest want."""
    grave = [f for f in checked.findings if f.severity is Severity.CRITICAL]
    lesser = [f for f in checked.findings if f.severity is Severity.WARNING]
    rows = {str(row): row for row in map(_row, grave)}
    if not grave:
        yield T("checked: nothing stands in the way of the page")
    else:
        yield T("checked; to be done before that day: {count}", count=len(rows))
    yield from list(rows.values())[:_SHOWN]
    if lesser or len(rows) > _SHOWN:
        yield T("  and more that could be better: fallback check")
