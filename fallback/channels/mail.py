"""A letter to customers, and the answer that a mailbox gives by itself."""

from fallback.channels.telling import Message, Telling, unmarked
from fallback.page import sentences
from fallback.page.content.ready import ended


def message(telling: Telling) -> Message:
    """Return the letter: what is the matter, the times, the words, the contact."""
    return _letter(
        "mail",
        telling,
        telling.say(sentences.HELLO),
        ended(telling.title),
        "\n".join(telling.times),
        telling.words,
        telling.regret(telling.title, telling.words),
        telling.news,
        "\n".join((telling.shop, *telling.contact)),
    )


def autoreply(telling: Telling) -> Message:
    """Return the answer to whoever writes to the shop.

    It says that answers may take longer *by mail and on the phone*, because a mailbox
    that only speaks of mail sends everybody to the phone.
    """
    return _letter(
        "autoreply",
        telling,
        telling.say(sentences.HELLO),
        telling.say(sentences.THANKS_FOR_WRITING),
        ended(telling.title),
        "\n".join(telling.times),
        "" if telling.over else telling.say(sentences.SLOWER),
        telling.news,
        "\n".join((telling.shop, *telling.contact)),
    )


def _letter(channel: str, telling: Telling, *parts: str) -> Message:
    return Message(
        channel,
        telling.speaker.language,
        "\n\n".join(part for part in parts if part),
        unmarked(telling.title),
    )
