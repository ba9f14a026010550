"""Publishing from a telephone: whether the forms are whole, and can work."""

from collections.abc import Iterator

from attrs import frozen

from fallback.core.findings import Finding, Severity
from fallback.core.text import T
from fallback.core.wizard.forms import BLANK, COMMIT, Tied


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

    ``movable``: a machine that is thrown away could move names. ``untold`` and
    ``unmoved`` are what the settings of hosts, and those of names and state, take from
    where no form can read it.
    """

    forms: Forms
    movable: bool = False
    untold: tuple[Tied, ...] = ()
    unmoved: tuple[Tied, ...] = ()


def phone_findings(phone: Phone | None) -> Iterator[Finding]:
    """Yield what a person with nothing but a telephone would miss on the day.

    Nothing where no form publishes: then nobody counts on one.
    """
    if phone is None or not phone.forms.publish:
        return
    forms = phone.forms
    if phone.movable and not forms.redirect:
        yield Finding(
            "form-missing",
            Severity.INFO,
            forms.service,
            T("a form at {service} publishes your words, and none there redirects your"
              " names", service=forms.service),
            T("on the day it would take a computer that has the keys"),
            T("run fallback init in the site's folder, which writes the form if no file"
              " of that name is there, and push it"),
        )  # fmt: skip
    for file in forms.blank:
        yield Finding(
            "form-unusable",
            Severity.WARNING,
            forms.service,
            T("{file} does not say yet where this program comes from", file=file),
            T("the form is there, and would fail on the day"),
            T("write it there in place of {words}, and push it",
              words=f"{BLANK}, {COMMIT}"),
        )  # fmt: skip
    for each in (*phone.untold, *(phone.unmoved if forms.redirect else ())):
        yield _unread(forms, each)


def _unread(forms: Forms, tied: Tied) -> Finding:
    return Finding(
        "form-unusable",
        Severity.INFO,
        forms.service,
        T("no form can read {what} of {place}", what=tied.what, place=tied.place),
        T("from a telephone, that part would not work on the day"),
        T('put password = "env:NAME" and known_host in its place, and give NAME as a'
          " secret at {service}", service=forms.service)
        if tied.login
        else T("refer to it as env:NAME, and give NAME as a secret at {service}",
               service=forms.service),
    )  # fmt: skip
