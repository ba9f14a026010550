"""Tells a person something: by a webhook or by mail; by the rest through Apprise.

Addresses are URLs in Apprise's forms (https://github.com/caronc/apprise/wiki), of which
two are spoken here without it:

    https://host/path                       a POST with a small JSON object
    mailtos://user:password@smtp.host:587?from=me@host&to=you@host

An address holds secrets more often than not, so no error here says one.
"""

import json
import smtplib
import ssl
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from attrs import frozen

from fallback.core.config import Network
from fallback.core.errors import FallbackError, Rejected, Unavailable
from fallback.core.text import T
from fallback.wire.web.http import FetchFailed, ask
from fallback.wire.web.trust import tls_context

DEADLINE = timedelta(seconds=10)


@frozen
class Message:
    """What is told about *site*; *event* is a stable English word for machines."""

    site: str
    event: str
    text: str


def send(message: Message, url: str, network: Network) -> None:
    """Send *message* to *url* once.

    Raises ``Unavailable`` when nobody took it, ``Rejected`` when it was refused, and
    ``FallbackError`` for a kind of address that needs the package apprise.
    """
    parts = urlsplit(url)
    ways: dict[str, Callable[[], None]] = {
        "http": lambda: _post(message, url, network),
        "https": lambda: _post(message, url, network),
        "json": lambda: _post(message, f"http{url[4:]}", network),
        "jsons": lambda: _post(message, f"https{url[5:]}", network),
        "mailto": lambda: _mail(message, parts, network),
        "mailtos": lambda: _mail(message, parts, network),
    }
    ways.get(parts.scheme, lambda: _apprise(message, url))()


def _post(message: Message, url: str, network: Network) -> None:
    body = {"site": message.site, "event": message.event, "text": message.text}
    try:
        reply = ask(
            url,
            network=network,
            method="POST",
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode(),
            deadline=DEADLINE,
        )
    except FetchFailed as failed:
        raise Unavailable(
            T("the webhook does not answer: {why}", why=failed.kind.value)
        ) from None
    if reply.status >= 300:
        raise Rejected(T("the webhook answered {status}", status=reply.status))


def _mail(message: Message, parts: SplitResult, network: Network) -> None:
    asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
    user = unquote(parts.username or "")
    sender = asked.get("from") or (user if "@" in user else f"{user}@{parts.hostname}")
    mail = EmailMessage()
    mail["Subject"] = f"{message.site}: {message.text}"[:120]
    mail["From"] = sender
    mail["To"] = asked.get("to", sender)
    mail.set_content(message.text)
    try:
        _deliver(mail, parts, user, tls_context(network.ca_file, verify=True))
    except smtplib.SMTPResponseException as refused:
        raise Rejected(
            T("the mail server answered {status}", status=refused.smtp_code)
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            T("the mail server took nothing: {why}", why=type(error).__name__)
        ) from None


def _deliver(
    mail: EmailMessage, parts: SplitResult, user: str, context: ssl.SSLContext
) -> None:
    """Hand *mail* over by SMTP (RFC 5321): TLS from the start on port 465 (RFC 8314).

    ``mailtos`` on any other port asks for STARTTLS and refuses to go on without.
    """
    host, secure = parts.hostname or "", parts.scheme == "mailtos"
    port = parts.port or (587 if secure else 25)
    within = DEADLINE.total_seconds()
    with (
        smtplib.SMTP_SSL(host, port, timeout=within, context=context)
        if port == 465
        else smtplib.SMTP(host, port, timeout=within)
    ) as server:
        if secure and port != 465:
            server.starttls(context=context)
        if parts.password:
            server.login(user, unquote(parts.password))
        server.send_message(mail)


def _apprise(message: Message, url: str) -> None:
    try:
        import apprise  # an extra of 25 MB, for the 170 other kinds of address
    except ImportError:
        raise FallbackError(
            T("this kind of address needs the package apprise"),
            next=T("pip install apprise"),
        ) from None
    box = apprise.Apprise()
    if not (box.add(url) and box.notify(title=message.site, body=message.text)):
        raise Unavailable(T("apprise could not deliver it"))
