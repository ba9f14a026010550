"""How much an owner's text may be, and what of HTML it may become."""

MOST_BYTES = 20 * 1024
"""How much text one file may hold; more is not news but a book."""
MOST_LINKS = 100
MOST_STARS = 1000
"""Runs of ``*`` and ``_`` that may be emphasis; the rest are shown as they are."""
DEEPEST = 20
"""Columns of indentation that are kept: five levels of a list."""

_ALLOWED = (
    "a abbr b blockquote br code dd del dl dt em h2 h3 h4 h5 h6 hr i ins kbd li ol p"
    " pre s small strong sub sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(_ALLOWED.split())
ATTRIBUTES = {"a": {"href"}, "abbr": {"title"}, "ol": {"start"}}


class Unreadable(Exception):
    """Markdown cannot take a text apart: it is nested too deeply."""
