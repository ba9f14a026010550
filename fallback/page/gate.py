"""What a finished page may hold: closed lists, read as strictly as no browser does.

A theme may be a stranger's, so the page that came out of it is looked at before anybody
gets it. Whatever is not plainly one of the tags and attributes below is refused, and so
is every way of writing them that browsers would have to repair: then what is read here
is what a browser reads (WHATWG HTML, section 13.2.5, without its parse errors).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from html import unescape

from attrs import frozen

_NAMED = (
    "html head meta title link body header footer main nav section article aside h1 h2"
    " h3 h4 h5 h6 hgroup p a abbr address b bdi bdo blockquote br caption cite code col"
    " colgroup dd del details dfn div dl dt em figcaption figure hr i ins kbd li mark"
    " menu ol pre q rp rt ruby s samp small span strong sub summary sup table tbody td"
    " template tfoot th thead time tr u ul var wbr"
)
_TAGS = frozenset(_NAMED.split())
_ATTRIBUTES = {
    "": "class dir hidden id lang role tabindex title translate",
    "a": "href hreflang rel target type",
    "col": "span",
    "colgroup": "span",
    "details": "open",
    "li": "value",
    "link": "href hreflang rel sizes type",
    "meta": "charset content http-equiv media name property",
    "ol": "reversed start type",
    "td": "colspan headers rowspan",
    "th": "abbr colspan headers rowspan scope",
    "time": "datetime",
}
_KNOWN = {tag: frozenset(names.split()) for tag, names in _ATTRIBUTES.items()}
_SCHEMES = frozenset({"", "http", "https", "mailto", "sms", "tel"})
_HEAD = frozenset({"!doctype", "html", "head", "meta"})
"""What may stand before the policy, which holds only for what follows it."""
_POLICY = "content-security-policy"
_OURS = "our own element"

_Element = tuple[str, Mapping[str, str], str]
"""A tag, its attributes, and what in them no page may hold (``""``: nothing)."""

# the white space of HTML and no other: what else Python takes for such, a browser reads
# as a part of a name, and what seems to be a quoted value is then no value at all
_SPACES = " \t\n\r\f"
_SEEN: dict[str, _Element | None] = {}
_MOST_SEEN = 4096

_NAME = r"[a-zA-Z][a-zA-Z0-9:_-]*+"
_VALUE = rf"""(?:"[^"]*+"|'[^']*+'|[^{_SPACES}"'=<>`]++)"""
_TOKEN = re.compile(
    rf"""<(?:
        !doctype\ html>
      | !--(?:[^<>-]|-(?!->))*+-->
      | (?P<title>title)>[^<]*+</title>
      | /{_NAME}[{_SPACES}]*+>
      | (?!title\b)(?P<tag>{_NAME})
        (?P<attributes>(?:[{_SPACES}]++{_NAME}(?:={_VALUE})?+)*+)
        [{_SPACES}]*+/?>
    )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_ATTRIBUTE = re.compile(rf"({_NAME})(?:=({_VALUE}))?+")
_MARKS = re.compile(r"<[^<>]*>")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20]")
"""What browsers leave out of an address before they read it (WHATWG URL, 4.4)."""


class Stray(str):
    """A link to an address that the page was not given, as the gate names it."""

    __slots__ = ()


@frozen
class Gate:
    """Knows the one page that is let through: with *policy*, and *ours* in its place.

    ``ours`` are whole elements that run, ask or fetch, because we made them so. Links
    lead to one of ``addresses``, or to a place in the page.
    """

    policy: str
    ours: Collection[str] = ()
    addresses: Collection[str] = ()

    def danger(self, page: str) -> str:
        """Return the first thing in *page* that no page may hold; ``""`` if none."""
        guarded = False
        for start, element in self._elements(page):
            if not guarded and _said_before(page[:start]):
                return "text before the policy"
            tag, attributes, found = element
            if found:
                return found
            link = attributes.get("href")
            if link and not self._is_given(tag, link, attributes):
                return Stray(f"<{tag} href={link[:60]}>")
            if "http-equiv" in attributes:
                if not self._is_policy(attributes):
                    return f"<meta http-equiv={attributes['http-equiv']}>"
                guarded = True
            elif not guarded and tag not in _HEAD:
                return f"{tag if tag == _OURS else f'<{tag}>'} before the policy"
        return "" if guarded else "no policy"

    def _elements(self, page: str) -> Iterator[tuple[int, _Element]]:
        """Yield where each element of *page* begins, and the element.

        The first that cannot be read is the last, and refused as it is written.
        """
        ours = tuple(each for each in self.ours if each)
        at = page.find("<")
        while at >= 0:
            if page.startswith(ours, at):
                own = next(each for each in ours if page.startswith(each, at))
                yield at, (_OURS, {}, "")
                at = page.find("<", at + len(own))
                continue
            # what was read once from its "<" to the first ">" after it is read alike
            # wherever it stands
            text = page[at : page.find(">", at) + 1]
            if text not in _SEEN:
                found = _TOKEN.match(page, at)
                if found is None:
                    yield at, ("", {}, page[at : at + 20].partition("\n")[0])
                    return
                text = found[0]
                element = _read(found)
            else:
                element = _SEEN[text]
            if element:
                yield at, element
            at = page.find("<", at + len(text))

    def _is_given(self, tag: str, link: str, attributes: Mapping[str, str]) -> bool:
        if link.startswith("#") or link in self.addresses:
            return True
        # a theme may bring an icon, which leads nowhere
        return tag == "link" and attributes.get("rel", "").lower() == "icon"

    def _is_policy(self, attributes: Mapping[str, str]) -> bool:
        return (
            attributes["http-equiv"].lower() == _POLICY
            and attributes.get("content") == self.policy
        )


def _said_before(head: str) -> bool:
    """Return whether a browser would begin the body in *head*, where no policy holds.

    Texts begin it, and so does the end of what is not open (13.2.6.4.4).
    """
    return "</" in head or bool(_MARKS.sub("", head).strip(_SPACES))


def _read(found: re.Match[str]) -> _Element | None:
    """Return what the token *found* opens, if anything; most come a hundred times."""
    element = None
    if tag := (found["tag"] or found["title"] or "").lower():
        attributes = _attributes(found["attributes"] or "")
        element = tag, attributes, _refused(tag, attributes)
    if len(_SEEN) < _MOST_SEEN:
        _SEEN[found[0]] = element
    return element


def _refused(tag: str, attributes: Mapping[str, str]) -> str:
    if tag not in _TAGS:
        return f"<{tag}>"
    for name, value in attributes.items():
        known = name in _KNOWN[""] or name in _KNOWN.get(tag, ())
        # where our script asks for news is for us to say
        if name == "data-feed" or not (known or name.startswith(("aria-", "data-"))):
            return f"<{tag} {name}>"
        if name == "href" and tag != "link" and _scheme(value) not in _SCHEMES:
            return f"<{tag} {name}={value[:20]}>"
    if tag == "link" and not _harmless_link(attributes):
        return f"<link rel={attributes.get('rel', '')}>"
    if tag == "meta" and "bot" in attributes.get("name", "").lower():
        return "<meta name=robots>"  # it would take the shop out of search engines
    return ""


def _scheme(address: str) -> str:
    found = _SCHEME.match(_IGNORED.sub("", address))
    return found[1].lower() if found else ""


def _harmless_link(attributes: Mapping[str, str]) -> bool:
    rel, target = attributes.get("rel", "").lower(), attributes.get("href", "")
    if rel == "icon":
        return target.startswith("data:image/")
    return rel == "alternate"


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes in *text*; of two that are alike the first (13.2.5.33)."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        bare = value[1:-1] if value[:1] in ("'", '"') else value
        found.setdefault(name.lower(), unescape(bare))
    return found
