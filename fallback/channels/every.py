"""Every channel there is, and the files that the built site holds of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

from fallback.channels import mail, phone, social, staff
from fallback.channels.telling import Message, Telling
from fallback.core.config import Config
from fallback.core.model import BuiltFile, Digest
from fallback.page.content.words import Told
from fallback.page.hosting import ANNOUNCE, CACHE
from fallback.page.languages import Speaker

CHANNELS: Mapping[str, Callable[[Telling], Message]] = {
    "social": social.message,
    "mail": mail.message,
    "phone": phone.message,
    "autoreply": mail.autoreply,
    "staff": staff.message,
}
"""What makes the message of each channel, in the order in which they are used."""


def messages(telling: Telling, *channels: str) -> Iterator[Message]:
    """Yield the message of each of *channels*, of all when none is named."""
    for channel in channels or CHANNELS:
        yield CHANNELS[channel](telling)


def announcements(
    config: Config, told: Told, speakers: Sequence[Speaker]
) -> Iterator[BuiltFile]:
    """Yield the public messages in each of the shop's languages, as files.

    Without an outage being told there is nothing to announce yet, but the files are
    there: a telephone system that fetches one never meets an error.
    """
    for speaker in speakers:
        for said in messages(Telling(config, told, speakers, speaker)):
            if not said.public:
                continue
            stem = f"{ANNOUNCE}{said.channel}.{said.language}"
            text = f"{said.subject}\n\n{said.text}" if said.subject else said.text
            yield _file(f"{stem}.txt", f"{text}\n", "text/plain; charset=utf-8")
            if said.channel == "phone":
                body = phone.twiml(said, speaker.speaks)
                yield _file(f"{stem}.xml", body, "text/xml; charset=utf-8")


def _file(path: str, text: str, content_type: str) -> BuiltFile:
    body = text.encode()
    digest = Digest(sha256(body).hexdigest())
    return BuiltFile(path, body, content_type, CACHE, digest)
