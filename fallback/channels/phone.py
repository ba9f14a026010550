"""What a voice says on the phone: a text to read out, and the same for a machine.

No address of a page is read out, e-mail addresses are spelled, digits come in groups.
"""

import re
from html import escape

from fallback.channels.telling import Message, Telling, unmarked
from fallback.page import sentences
from fallback.page.content.ready import ended

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_MARK = re.compile(r"[@._-]")
_GROUP = re.compile(r"\+?\d[\d ]{6,}\d")

VOICES = {
    "ar": "arb",
    "cs": "cs-CZ",
    "da": "da-DK",
    "de": "de-DE",
    "en": "en-GB",
    "es": "es-ES",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "hu": "hu-HU",
    "it": "it-IT",
    "nb": "nb-NO",
    "nl": "nl-NL",
    "pl": "pl-PL",
    "pt": "pt-PT",
    "ro": "ro-RO",
    "ru": "ru-RU",
    "sk": "sk-SK",
    "sv": "sv-SE",
    "uk": "uk-UA",
}
"""How TwiML names a language, by ours (https://www.twilio.com/docs/voice/twiml/say)."""

REPEATED = 2
"""Whoever calls in a noisy street hears it twice."""


def message(telling: Telling) -> Message:
    """Return what is read out, one sentence a line."""
    aloud = telling.aloud
    contact = telling.config.contact
    hours = f" ({telling.hours})" if telling.hours else ""
    lines = [
        telling.say(sentences.THIS_IS, shop=telling.shop),
        ended(aloud.title),
        aloud.headline,
        *aloud.times,
        telling.regret(aloud.title),
        f"{telling.say(sentences.EMAIL)}: {spelled(telling, contact.email)}.",
        f"{telling.say(sentences.PHONE)}: {telling.phone}{hours}.",
    ]
    text = "\n".join(_ADDRESS.sub("", unmarked(line)) for line in lines if line)
    return Message("phone", telling.speaker.language, text)


def spelled(telling: Telling, address: str) -> str:
    """Return an e-mail *address* as it is read out: ania at elsewhere dot example."""

    def named(mark: re.Match[str]) -> str:
        return f" {telling.say(sentences.SPELLED[mark[0]])} "

    return " ".join(_MARK.sub(named, address).split())


def twiml(said: Message, speaks: str) -> str:
    """Return *said* for a machine (TwiML): digits one by one, everything twice.

    *speaks* is the language of our sentences, which may not be that of the message.
    """
    voice = VOICES.get(speaks.partition("-")[0], speaks)
    text = _GROUP.sub(_one_by_one, said.text)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Response><Say language="{escape(voice)}" loop="{REPEATED}">'
        f"{escape(text)}</Say></Response>\n"
    )


def _one_by_one(number: re.Match[str]) -> str:
    groups = number[0].split()
    return ", ".join(" ".join(group) for group in groups)
