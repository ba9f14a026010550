"""A note to everybody who talks to customers, so that all say the same."""

from fallback.channels.telling import Message, Telling, unmarked
from fallback.page import sentences
from fallback.page.ready import ended


def message(telling: Telling) -> Message:
    """Return the note. It is for the house alone."""
    parts = (
        telling.say(sentences.FOR_STAFF),
        ended(telling.title),
        telling.status,
        "\n".join(telling.times),
        telling.words,
        telling.say(sentences.NOTHING_MORE),
        "\n".join((*telling.contact, telling.news)).strip(),
    )
    return Message(
        "staff",
        telling.speaker.language,
        "\n\n".join(part for part in parts if part),
        unmarked(telling.title),
        public=False,
    )
