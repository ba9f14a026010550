"""Carries out what the state machine orders, and says what came of it.

Nothing here is believed afterwards: what an order changed is read from the world in the
same round or the next. An order that fails leaves the watcher watching.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta

from fallback.actions import redirect, restore
from fallback.actions.moving.following import only_follows
from fallback.actions.moving.moved import Moved
from fallback.actions.moving.surveying import By
from fallback.core.clock import Clock
from fallback.core.config import Config, SecretRef, references
from fallback.core.errors import FallbackError, Locked
from fallback.core.model import Origin
from fallback.core.ports import Store
from fallback.core.redirect.gates import Code
from fallback.core.result import Talk
from fallback.core.text import Sayable, T, Text
from fallback.core.watching import Notice, State
from fallback.stores import origin
from fallback.wire import messages
from fallback.wire.secrets import reveal

PUBLISH_WITHIN = timedelta(minutes=10)

Publish = Callable[[Config], int]
"""Builds and publishes the page; returns the exit code."""


Speak = Callable[[Sayable], str]
"""Says a sentence in the owner's language, for the restore card."""


def deploy_apart(config: Config) -> int:
    """Run ``fallback deploy`` in a process without the secrets that move names.

    This process holds them, and must not render what strangers wrote. Returns the
    exit code; 1 when it takes longer than ten minutes.
    """
    call = [sys.executable, "-m", "fallback", "-C", str(config.root), "deploy"]
    try:
        ended = subprocess.run(
            [*call, "--json", "--no-input"],
            env=without_dns_secrets(config, os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=PUBLISH_WITHIN.total_seconds(),
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return 1
    return ended.returncode


def without_dns_secrets(
    config: Config, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return *environment* without the variables that ``[[dns]]`` tables name."""
    secret = {
        reference.name
        for table in config.dns
        for reference in references(table.settings)
        if reference.scheme == "env"
    }
    return {name: value for name, value in environment.items() if name not in secret}


def publish(config: Config, say: Talk, by: Publish) -> None:
    """Publish the page, and say how it went.

    A page that cannot be published now is no reason to leave customers with nothing:
    the redirect looks itself at what is there, and refuses unless it is our page.
    """
    code = by(config)
    if code in (0, 3):
        say("published", T("the page is published"))
    else:
        say("not-published", T("publishing failed with exit code {code}", code=code))


def move_away(
    config: Config, state: State, clock: Clock, say: Talk, speak: Speak
) -> None:
    """Redirect the names, and say what came of it."""
    by = _by(T("down since {since}", since=_moment(state)), speak)
    _move(lambda: redirect.redirect(config, clock=clock, say=say, by=by), say)


def move_back(
    config: Config, state: State, clock: Clock, say: Talk, speak: Speak
) -> None:
    """Restore the names, and say what came of it."""
    by = _by(T("up again since {since}", since=_moment(state)), speak)
    _move(lambda: restore.restore(config, clock=clock, say=say, by=by), say)


class _Otherwise(Exception):
    """There is more to do than to follow: that is for a person to decide."""


def follow(config: Config, clock: Clock, say: Talk, speak: Speak) -> None:
    """Take the names along when their target has other addresses; see ``following``.

    Whatever else a redirect would change is left to a person. It is decided under the
    site's lock, so that a restore in the same moment is never undone.
    """
    if not any(table.follow for table in config.dns):
        return

    def only(plan: Moved) -> None:
        if not only_follows(plan):
            raise _Otherwise

    by = _by(T("the target has other addresses"), speak)
    try:
        moved = redirect.redirect(config, clock=clock, say=say, by=by, agree=only)
    except (_Otherwise, Locked):
        return
    except FallbackError as error:
        say("not-followed", T("{why}", why=error.what))
        return
    answers = any(each.code is Code.SHOP_ANSWERS for each in moved.refused)
    if any(zone.changes for zone in moved.zones) and not answers:
        for told in moved.told():
            say("followed", told if isinstance(told, Text) else T("{line}", line=told))


def _by(reason: Text, speak: Speak) -> By:
    operator = f"watch@{socket.gethostname()}"
    return By(operator=operator, reason=str(reason), speak=speak, automatic=True)


def _moment(state: State) -> str:
    return f"{state.since:%Y-%m-%dT%H:%MZ}" if state.since else "?"


def _move(verb: Callable[[], Moved], say: Talk) -> None:
    try:
        moved = verb()
    except FallbackError as error:
        say("not-moved", T("{why}", why=error.what))
        return
    for told in moved.told():
        say("moved", told if isinstance(told, Text) else T("{line}", line=told))


def pin(store: Store, addresses: tuple[str, ...], clock: Clock, say: Talk) -> None:
    """Remember the shop's own addresses."""
    try:
        origin.remember(store, Origin(addresses, clock.now()))
    except FallbackError as error:
        say("not-pinned", T("{why}", why=error.what))
        return
    say("pinned", T("the shop is at {addresses}", addresses=", ".join(addresses)))


def notify(event: str, text: Text, config: Config, say: Talk, speak: Speak) -> bool:
    """Tell *text* here and to everybody in ``[notify]``; return whether it got out.

    *event* is its stable English name, such as a ``Notice``.

    One address that took it is enough: a notice is repeated until then, and nobody
    wants to hear of it twice because another mailbox is full.
    """
    event = str(event)
    say(event, text)
    urls = config.notify.urls
    failures = []
    for number, url in enumerate(urls, start=1):
        try:
            messages.send(
                messages.Message(config.shop.domain, event, speak(text)),
                reveal(url, config.root) if isinstance(url, SecretRef) else url,
                config.network,
            )
        except FallbackError as error:
            failures.append(error)
            say(
                "not-notified",
                T("address {n} of notify: {why}", n=number, why=error.what),
            )
    return not urls or len(failures) < len(urls)


def notice_text(notice: Notice, config: Config, state: State) -> Text:
    """Return the sentence for *notice*; an ask says what to type."""
    return _SENTENCES[notice].with_values(
        name=config.shop.name,
        why=state.why,
        clock=_minutes(state.clock),
        left=_minutes(config.primary.redirect_after - state.clock),
    )


def _minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


_SENTENCES: Mapping[Notice, Text] = {
    Notice.DOWN: T(
        "{name} is down ({why}), seen for {clock}; tell your customers:"
        " fallback update --deploy"
    ),
    Notice.SOON: T(
        "{name} is still down; its names are redirected in {left} unless it comes back"
    ),
    Notice.UP: T("{name} answers again; no name was moved"),
    Notice.MOVED: T("{name} answers at another address now; arming starts again"),
    Notice.REDIRECTED: T("the names of {name} lead to the page now"),
    Notice.RESTORED: T("the names of {name} lead to the shop again"),
    Notice.FOREIGN: T(
        "somebody else changed the records of {name}: the watcher leaves them alone;"
        " see: fallback redirect --dry-run"
    ),
    Notice.STUCK: T(
        "the names of {name} cannot be moved, again and again; see why:"
        " fallback redirect --dry-run, fallback restore --dry-run"
    ),
    Notice.ASK_REDIRECT: T(
        "{name} was seen down for {clock} ({why}); to lead its names to the page, type:"
        " fallback redirect"
    ),
    Notice.ASK_RESTORE: T(
        "{name} answers again, and did so long enough; to put its names back, type:"
        " fallback restore"
    ),
    Notice.ASK_DOUBTFUL: T(
        "{name} has not been itself for hours ({why}), and nobody can tell from outside"
        " whether customers can buy; look yourself, and if they cannot, type:"
        " fallback redirect"
    ),
}
