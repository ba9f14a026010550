"""How a site's own repository publishes: the files that its CI service reads.

This repository's own are the pattern, and are tested where they stand. A shop's holds
only words and settings, so there the program is fetched: by a commit, which is at once
its version and its digest.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from fallback.core.config import Config, references
from fallback.core.text import Sayable, T

PUBLISH = ".github/workflows/publish.yml"
REDIRECT = ".github/workflows/redirect.yml"
GITLAB = ".gitlab-ci.yml"
GITLAB_REDIRECT = ".gitlab/redirect.yml"
NETLIFY = "netlify.toml"
FORMS = (PUBLISH, REDIRECT, GITLAB, GITLAB_REDIRECT, NETLIFY)
"""The files, by their paths in a repository."""

EXTRAS = ("cloudflare", "image", "octodns", "sftp")
"""What a site may need beside the usual: each has a lock of its own."""

_INSTALL = "requirements/install"
_SECRETS = re.compile(r"(?:^ +(\w+): \$\{\{ secrets\.\1 \}\}\n)+", re.MULTILINE)
_EMPTY = re.compile(r"^( +)env:\n(?=\1\S)", re.MULTILINE)
_ENGLISH = 'FALLBACK_LANG: ""'
_LAST_RULE = "# Everything else is the shop's"
_BRANCH = "branches: [main]"
_EXTRAS = re.compile(r'(extras): ".*"', re.IGNORECASE)


@frozen
class Program:
    """Where the program comes from: ``https://github.com/OWNER/REPO``, at a commit."""

    address: str
    commit: str

    @property
    def action(self) -> str:
        """Return it as GitHub's ``uses:`` wants it: of GitHub's own repositories.

        What is kept anywhere else is ``UNKNOWN`` there.
        """
        address = urlsplit(self.address.removesuffix(".git"))
        if address.netloc != "github.com" or address.path.count("/") != 2:
            return UNKNOWN.action
        return f"{address.path[1:]}@{self.commit}"

    @property
    def install(self) -> str:
        """Return the command that brings it into ``.program`` and installs it."""
        return (
            f"git init -q .program && git -C .program fetch -q --depth 1 {self.address}"
            f" {self.commit} && git -C .program checkout -q FETCH_HEAD &&"
            f" .program/{_INSTALL}"
        )


BLANK = "OWNER/fallback"
"""What stands for the program's repository until somebody writes it."""
COMMIT = "COMMIT"
"""And what stands for the commit of it."""
UNKNOWN = Program(f"https://github.com/{BLANK}", COMMIT)
"""Stands where nobody could tell: a run with it fails at once, and names it."""


_SAID = (
    T("What is there to say?"),
    T("we see it and look for the cause"),
    T("we know what it is"),
    T("it takes longer than we said"),
    T("what customers can do meanwhile"),
    T("some of it works again"),
    T("everything works again"),
    T("only what stands below"),
    T("publish what is there once more"),
    T("In your own words (may stay empty)"),
    T("When do customers hear from you again?"),
    T("in half an hour"),
    T("in an hour"),
    T("in two hours"),
    T("the next time it is nine in the morning"),
    T("say nothing about it"),
    T("What is to be done?"),
    T("change nothing"),
    T("lead customers to the page"),
    T("put the names back as they were"),
    T("To move names, type the shop's domain, such as kwiaty.example"),
    T("Only to answer for a refusal yourself, its code"),
)
"""What a form says to whoever fills it in; what it answers stands before brackets."""


@frozen
class Tongue:
    """The owner's ``language``, and what says a sentence in it."""

    language: str = "en"
    speak: Callable[[Sayable], str] = str

    def on(self, text: str) -> str:
        """Return the form *text* in it; the program answers in it, too."""
        if self.language == "en":
            return text
        for said in _SAID:
            text = text.replace(f"description: {said}\n",
                                f"description: {self.speak(said)}\n")  # fmt: skip
            text = text.replace(f" ({said})\n", f" ({self.speak(said)})\n")
        return text.replace(_ENGLISH, f'FALLBACK_LANG: "{self.language}"')


def forms(
    texts: Mapping[str, str],
    program: Program,
    config: Config,
    tongue: Tongue | None = None,
    branch: str = "main",
) -> dict[str, str]:
    """Return the files of a site with the settings *config*, by path, in *tongue*.

    *texts* are this repository's own, by path (``FORMS``); *branch* is the default one
    of the site's, which GitHub wants to be named where a push is waited for. Each job
    is given the secrets that its part of the settings refers to by ``env:``, and no
    other; the job that moves names gets those of ``[[dns]]`` and ``[state]``. There are
    no forms that move names where no machine can (``moved_by_machine``).
    """
    hosts, dns = config.hosts, config.dns
    publish = _Job(
        _names(table.settings for table in hosts),
        _extras(table.kind for table in hosts),
    )
    redirect = _Job(
        _names([*(table.settings for table in dns), config.state.settings]),
        _extras(table.provider for table in dns),
    )
    tongue = tongue or Tongue()
    gitlab = publish.extended(texts[GITLAB])
    made = {
        PUBLISH: tongue.on(
            publish.on_github(texts[PUBLISH], program).replace(
                _BRANCH, f"branches: [{json.dumps(branch, ensure_ascii=False)}]"
            )
        ),
        GITLAB: tongue.on(gitlab.replace(f"- {_INSTALL}\n", f"- {program.install}\n")),
        NETLIFY: _with_workers(
            texts[NETLIFY].replace(_INSTALL, program.install), config.shop.workers or ()
        ),
    }
    if moved_by_machine(config):
        made |= {
            REDIRECT: tongue.on(redirect.on_github(texts[REDIRECT], program)),
            GITLAB_REDIRECT: tongue.on(redirect.extended(texts[GITLAB_REDIRECT])),
        }
    return made


def moved_by_machine(config: Config) -> bool:
    """Say whether a machine that is thrown away can move any name of *config*.

    What a person types in a panel it cannot, nor what a file of another machine holds.
    """
    return any(table.provider not in ("manual", "zonefile") for table in config.dns)


def _with_workers(text: str, workers: Iterable[str]) -> str:
    """Return *text* with a rule for each of *workers* that has none yet.

    Without one Netlify answers with the page, and the worker stays in browsers.
    """
    rules, end, last = text.partition(_LAST_RULE)
    for path in dict.fromkeys(workers):
        said = json.dumps(path)
        if f"from   = {said}\n" not in rules:
            rules += (
                f"[[redirects]]\nfrom   = {said}\nto     = {said}\nstatus = 200\n\n"
            )
    return f"{rules}{end}{last}"


@frozen
class Tied:
    """What ``place`` needs and no other machine has: the file or keyring in ``what``.

    ``login`` tells that it is the file of an SSH key, in whose stead a password can be
    given.
    """

    place: str
    what: str
    login: bool = False


def tied(config: Config) -> tuple[Tied, ...]:
    """Return what keeps the forms of *config* from working: no CI service can see it.

    Only ``env:`` reaches a job of theirs.
    """
    parts = [
        *((table.label, table.settings) for table in config.hosts),
        *((table.provider, table.settings) for table in config.dns),
        ("[state]", config.state.settings),
    ]
    secrets = [
        Tied(place, str(reference))
        for place, settings in parts
        for reference in references(settings)
        if reference.scheme != "env"
    ]
    keys = [
        Tied(table.label, key, login=True)
        for table in config.hosts
        if table.kind == "sftp" and (key := getattr(table.settings, "key", ""))
    ]
    return (*keys, *secrets)


@frozen
class _Job:
    secrets: tuple[str, ...]
    extras: tuple[str, ...]

    def on_github(self, text: str, program: Program) -> str:
        text = text.replace("uses: ./\n", f"uses: {program.action}\n")
        return _EMPTY.sub("", _SECRETS.sub(self._known, self.extended(text)))

    def extended(self, text: str) -> str:
        return _EXTRAS.sub(rf'\1: "{" ".join(self.extras)}"', text)

    def _known(self, found: re.Match[str]) -> str:
        margin = found[0][: len(found[0]) - len(found[0].lstrip())]
        return "".join(
            f"{margin}{name}: ${{{{ secrets.{name} }}}}\n" for name in self.secrets
        )


def _names(settings: Iterable[object]) -> tuple[str, ...]:
    """Return the variables that *settings* refer to, in their order."""
    found = (
        reference.name
        for each in settings
        for reference in references(each)
        if reference.scheme == "env"
    )
    return tuple(dict.fromkeys(found))


def _extras(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({kind for kind in kinds if kind in EXTRAS}))
