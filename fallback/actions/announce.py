"""Prints the messages for every channel, from the same words as the page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from fallback.actions.writing.drafts import spoken_language
from fallback.actions.writing.proofread import as_told
from fallback.channels.every import CHANNELS, messages
from fallback.channels.telling import Message, Telling, unmarked
from fallback.core.config import Config
from fallback.core.errors import UsageError
from fallback.core.settings.values import nearest
from fallback.core.text import Sayable, T
from fallback.page.languages import Speaker
from fallback.wire import shipped


@frozen
class AnnounceResult:
    """The messages, ready to be copied: nothing was sent anywhere."""

    messages: tuple[Message, ...]
    code: int = 0

    def told(self) -> Iterator[Sayable]:
        """Yield the messages; one alone is given without a heading, for a pipe."""
        for number, one in enumerate(self.messages):
            if len(self.messages) > 1:
                if number:
                    yield ""
                yield f"── {one.channel} ({one.language}) ──"
            if one.subject:
                yield T("subject: {subject}", subject=unmarked(one.subject))
                yield ""
            # a terminal is shown no invisible marks; --json keeps them
            yield from unmarked(one.text).split("\n")

    def as_json(self) -> Mapping[str, Any]:
        """Return each message; one without a subject has no such key."""
        return {
            "announcements": [
                {
                    "channel": one.channel,
                    "language": one.language,
                    **({"subject": one.subject} if one.subject else {}),
                    "text": one.text,
                    "public": one.public,
                }
                for one in self.messages
            ]
        }


def announce(
    config: Config, channels: Sequence[str], language: str, *, now: datetime
) -> AnnounceResult:
    """Return the messages of *channels* in *language*, as they hold *now*.

    Of all channels, and in every language of the shop, when none is named. Raises
    ``UsageError`` for a channel or a language that there is not, ``ContentError`` when
    nothing says what happened.
    """
    for channel in channels:
        if channel not in CHANNELS:
            near = nearest(channel, CHANNELS)
            raise UsageError(
                T("there is no channel {name}", name=channel),
                next=T("did you mean {mended}", mended=near)
                if near
                else T("known here: {known}", known=", ".join(CHANNELS)),
            )
    wanted = (spoken_language(config, language),) if language else config.shop.languages
    told = as_told(config, now)
    speakers = [
        Speaker.of(code, shipped.catalogue(code)) for code in config.shop.languages
    ]
    return AnnounceResult(
        tuple(
            message
            for speaker in speakers
            if speaker.language in wanted
            for message in messages(
                Telling(config, told, speakers, speaker, now), *channels
            )
        )
    )
