"""A note to everybody who talks to customers, so that all say the same."""

from fallback.channels.telling import Message, Telling, unmarked
from fallback.page import sentences
from fallback.page.content.ready import ended


def message(telling: Telling) -> Message:
    """Return the note. It is for the house alone."""
    words = telling.words
    # an update is often called by its status
    status = "" if telling.over or words.startswith(telling.status) else telling.status
    parts = (
        telling.say(sentences.FOR_STAFF),
        ended(telling.title),
        status,
        "\n".join(telling.times),
        words,
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
