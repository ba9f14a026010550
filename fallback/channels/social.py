"""A post for social networks: short, with the address where more is said."""

import re

from fallback.channels.telling import Message, Telling, unmarked
from fallback.page.content.ready import ended

MOST = 280
"""What fits everywhere, as ``weight`` counts it."""

_URL = re.compile(r"https?://\S+")
_LINK = 23


def message(telling: Telling) -> Message:
    """Return the post. What does not fit is left out, the least important first."""
    aloud = telling.aloud
    title = unmarked(ended(aloud.title))
    wanted = [title, aloud.headline, aloud.since, aloud.eta, aloud.next, aloud.news]
    if not telling.address:
        wanted[-1] = telling.contact[1]
    parts = [unmarked(part) if part else "" for part in wanted]
    # the title, when it ends and where to read on are what a post is for
    for dropped in (1, 2, 4):
        if weight(_joined(parts)) <= MOST:
            break
        parts[dropped] = ""
    room = MOST - weight(_joined(["", *parts[1:]])) - 1
    parts[0] = _cut(title, room)
    return Message("social", aloud.speaker.language, _joined(parts))


def weight(text: str) -> int:
    """Return how long *text* is for the network that counts most strictly.

    By X's rules (twitter-text, config v3): a letter of the scripts below U+1100 and
    common punctuation is one, anything else two. A link is 23 there, and counts in
    full elsewhere.
    """
    links = _URL.findall(text)
    rest = _URL.sub("", text)
    return sum(max(_LINK, len(link)) for link in links) + sum(
        1 if _is_light(ord(letter)) else 2 for letter in rest
    )


def _is_light(point: int) -> bool:
    return (
        point <= 4351
        or 8192 <= point <= 8205
        or 8208 <= point <= 8223
        or 8242 <= point <= 8247
    )


def _joined(parts: list[str]) -> str:
    return "\n".join(part for part in parts if part)


def _cut(text: str, room: int) -> str:
    """Return *text*, shortened at a word if it weighs more than *room*."""
    if weight(text) <= room:
        return text
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".lstrip()
        if weight(longer) > room - 2:
            break
        kept = longer
    # of one endless word as much as fits, each letter of which weighs 2 at most
    kept = kept or text[: max(0, room - 2) // 2]
    return f"{kept}…" if kept else ""
