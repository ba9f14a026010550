"""Plain sentences as HTML, without a parser.

Most of what owners write in an outage are paragraphs, headings, short lists and a bold
word. For those there is nothing to parse and nothing to clean: what comes out is put
together here from six tags, and is letter by letter what python-markdown and nh3 would
make of it (a test compares). Loading these two takes a tenth of a usual build, and a
long log is read in half the time. Whatever is not plainly one of these is theirs.
"""

import re
from collections.abc import Iterator, Sequence

# letters that Markdown or HTML might give a meaning, and lines that begin or end as
# neither a sentence, nor a heading, nor an item of a simple list does
_MARKED = re.compile(
    r"""[\\`_\[\]<>&|\t\x00-\x08\x0b-\x1f]
    | ^[^\S\n] | [^\S\n]$
    | ^[=+] | ^\d+[.)]
    | ^-(?!\ \*{0,2}[^\W\d_]) | ^\#(?!\#{0,5}\ [^\s\#][^\#\n]*$)
    """,
    re.MULTILINE | re.VERBOSE,
)
_HEADING = re.compile(r"(#{1,6}) (.*)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,2})(?=\w)([^*\n]*\w)\1(?![\w*])")
_ELEMENTS = {"*": "em", "**": "strong"}


def plainly(text: str, *, top: int) -> str | None:
    """Return *text* as HTML whose headings begin at level *top*.

    ``None`` when it is not plain: then it needs a parser, and what comes out a cleaner.
    *text* holds no letters that ``reading.clean`` takes out.
    """
    if _MARKED.search(text):
        return None
    if "*" in text:
        text = _EMPHASIS.sub(_emphasised, text)
        if "*" in text:
            return None
    blocks = []
    before = ""
    for kind, lines in _blocks(text):
        if not kind or kind == before == "list":  # a list with gaps is another list
            return None
        before = kind
        blocks.append(_element(kind, lines, top))
    return "\n".join(blocks).replace("\xa0", "&nbsp;")


def _emphasised(found: re.Match[str]) -> str:
    tag = _ELEMENTS[found[1]]
    return f"<{tag}>{found[2]}</{tag}>"


def _blocks(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what each block of *text* is, and its lines; ``""`` is a mixture."""
    block: list[str] = []
    for line in [*text.split("\n"), ""]:
        heading = line.startswith("#")
        if line and not heading:
            block.append(line)
            continue
        if block:
            items = sum(each.startswith("- ") for each in block)
            mixed = items not in (0, len(block))
            yield ("" if mixed else "list" if items else "paragraph"), block
            block = []
        if heading:
            yield "heading", [line]


def _element(kind: str, lines: Sequence[str], top: int) -> str:
    if kind == "heading":
        found = _HEADING.fullmatch(lines[0])
        assert found
        tag = f"h{max(top, len(found[1]))}"
        return f"<{tag}>{found[2]}</{tag}>"
    if kind == "list":
        items = "\n".join(f"<li>{line[2:]}</li>" for line in lines)
        return f"<ul>\n{items}\n</ul>"
    return "<p>" + "<br>\n".join(lines) + "</p>"
