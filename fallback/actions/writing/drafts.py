"""What an owner typed of an update, before it is a file."""

from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.model import Language
from fallback.core.settings.values import Wrong
from fallback.core.text import T
from fallback.page.content import typed


@frozen
class Draft:
    """An update in one language; empty is what was not said.

    ``text`` may carry a header of its own, as templates do. ``eta`` and ``next`` are
    moments as ``fallback.page.content.typed`` reads them.
    """

    text: str
    language: str = ""
    title: str = ""
    status: str = ""
    eta: str = ""
    next: str = ""


def spoken_language(config: Config, code: str) -> Language:
    """Return *code* as a language of the shop; its first one for ``""``.

    Raises ``UsageError`` with the languages there are.
    """
    spoken = config.shop.languages
    if not code or code in spoken:
        return Language(code) if code else spoken[0]
    raise UsageError(
        T("the shop does not speak {code}", code=code),
        next=T("shop.languages holds: {known}", known=", ".join(spoken)),
    )


def moment(
    option: str, written: str, now: datetime, zone: ZoneInfo, *, past: bool = False
) -> datetime:
    """Return the moment that *written* names after *now*, or with *past* before it.

    Raises ``UsageError`` that names the *option*.
    """
    read = typed.earlier if past else typed.moment
    try:
        at = read(written, now=now, zone=zone)
    except Wrong as wrong:
        what = T("{key}: {what}", key=option, what=wrong.what)
        raise UsageError(what, next=wrong.remedy) from wrong
    if past and at > now:
        raise UsageError(
            T("{key}: {value} is still to come", key=option, value=typed.spelled(at)),
            next=T('write "09:40", "-20m" or an earlier day'),
        )
    if not past and at <= now:
        raise UsageError(
            T("{key}: {value} is past already", key=option, value=typed.spelled(at)),
            next=T('write "14:30", "+2h" or a later day'),
        )
    return at
