"""Publishing from a telephone: whether the forms for it are there, and can work."""

from collections.abc import Iterator

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T, Text
from fallback.core.wizard.forms import BLANK, Tied


@frozen
class Forms:
    """What the repository of the words holds for the CI service that it is kept at.

    ``publish`` is where people open the form that publishes the words, ``redirect`` the
    file that moves names; each is empty where there is none. ``blank`` are files that
    do not say yet where the program comes from.
    """

    service: str
    publish: str = ""
    redirect: str = ""
    blank: tuple[str, ...] = ()


@frozen
class Phone:
    """The ``forms`` of a site, and what they would need.

    ``movable``: a machine that is thrown away could move names. ``tied`` is what the
    settings take from this machine alone.
    """

    forms: Forms
    movable: bool = False
    tied: tuple[Tied, ...] = ()


def phone_findings(phone: Phone | None) -> Iterator[Finding]:
    """Yield what a person with nothing but a telephone would miss on the day.

    Nothing for words that are kept at no such service: then nobody counts on it.
    """
    if phone is None:
        return
    forms = phone.forms
    if not forms.publish:
        yield _missing(
            forms,
            T("your words are at {service}, and no form there publishes them",
              service=forms.service),
            T("on the day nobody could tell your customers anything by telephone"),
        )  # fmt: skip
        return
    if phone.movable and not forms.redirect:
        yield _missing(
            forms,
            T("no form at {service} redirects your names", service=forms.service),
            T("on the day it would take a computer that has the keys"),
        )
    for file in forms.blank:
        yield _unusable(
            forms,
            T("{file} does not say yet where this program comes from", file=file),
            T("write it there in place of {word}, and push it", word=BLANK),
        )
    for each in phone.tied:
        yield _unusable(
            forms,
            T("{what} of {place} is on this machine only",
              what=each.what, place=each.place),
            T('put password = "env:NAME" and known_host in its place, and give NAME as'
              " a secret at {service}", service=forms.service)
            if each.login
            else T("refer to it as env:NAME, and give NAME as a secret at {service}",
                   service=forms.service),
        )  # fmt: skip


def _missing(forms: Forms, seen: Text, why: Text) -> Finding:
    return Finding(
        "form-missing",
        Severity.INFO,
        forms.service,
        seen,
        why,
        T("run fallback init in the site's folder: it writes what is missing; push it"),
    )


def _unusable(forms: Forms, seen: Text, remedy: Text) -> Finding:
    return Finding(
        "form-unusable",
        Severity.WARNING,
        forms.service,
        seen,
        T("the forms are there, and would fail on the day"),
        remedy,
    )
