"""Ready sentences: templates with places, and the sentences an owner may choose.

A template is a content file with places in braces. Every place holds whole sentences,
so that no language needs another grammar for what is put in:

    {what | We are looking for the cause.}    an answer; behind the bar what is said
                                              without one, nothing if there is no bar
    {gift: What do you give? | }              a place of the owner's own, with its
                                              question
    {since} {eta} {next}                      what is known of the times
    {say}                                     the sentences chosen with --say

The law of this room: **no brace ever reaches a customer.** A template with a brace that
is no place is refused with its line, and so is an answer that holds one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from fallback.core.errors import ContentError, Problem
from fallback.core.model import Language, Status
from fallback.core.settings.values import nearest
from fallback.core.text import T, Text
from fallback.page.content import header, reading
from fallback.page.content.header import Document, Field

SINCE, ETA, NEXT, SAY = "since", "eta", "next", "say"
TIMES = (SINCE, ETA, NEXT)

QUESTIONS: Mapping[str, Text] = {
    "what": T("what happened"),
    "cause": T("what caused it, in plain words"),
    "work": T("what you are doing about it"),
    "works": T("what is working again"),
    "means": T("what it means for customers"),
    "do": T("what customers can do now"),
    SINCE: T("since when (09:40, or a date and a time)"),
    ETA: T("when do you expect to be back (14:30, +2h; ? if nobody knows)"),
    NEXT: T("when do you write again (14:30, +1h)"),
}
"""The places that every template may have, with the question each asks."""

_PLACE = re.compile(
    r"\{{1,2}\s*(?P<name>[^\W\d_][\w-]*)\s*(?::(?P<question>[^{}|]*))?"
    r"(?:\|(?P<instead>[^{}]*))?\}{1,2}"
)
_COMMENT = re.compile(r"<!--(?!\s*lint-ok:).*?(?:-->|\Z)", re.DOTALL)
_WIDE = str.maketrans("｛｝｜：", "{}|:")
_BARE = re.compile(r"[\s>*+#-]*")
_SAYING = re.compile(r"\s*(?:[-*]\s+)?([^\W_][\w-]*)\s*:\s*(.*?)\s*")
_CLOSED = re.compile(r"[.!?…:;][\"”»’)*]*$|\.$")


@frozen
class Place:
    """One place for words: what is asked, and what is said without an answer."""

    name: str
    question: Text
    instead: str = ""


@frozen
class Template:
    """One ready message in one language. ``fields`` is its header."""

    file: str
    language: Language
    fields: Mapping[str, Field]
    body: str

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name of every place, once each, in the order of the text."""
        names = (found["name"].casefold() for found in _PLACE.finditer(self.body))
        return tuple(dict.fromkeys(names))

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places that ask for words, once each."""
        found: dict[str, Place] = {}
        for match in _PLACE.finditer(self.body):
            name, own = match["name"].casefold(), (match["question"] or "").strip()
            if name not in (*TIMES, SAY):
                asked = T("{question}", question=own) if own else QUESTIONS[name]
                instead = " ".join((match["instead"] or "").split())
                found.setdefault(name, Place(name, asked, instead))
        return tuple(found.values())

    def filled(self, answers: Mapping[str, str]) -> str:
        """Return the body with *answers* (by the name of a place) in their places.

        A paragraph that comes out empty vanishes. Chosen sentences for which there is
        no place stand at the end. Raises ``ContentError`` for an answer with a brace.
        """
        said = {name: sentence(text) for name, text in answers.items()}
        refuse_braces(said)

        def put(found: re.Match[str]) -> str:
            name = found["name"].casefold()
            return said.get(name) or " ".join((found["instead"] or "").split())

        text = self.body
        if said.get(SAY) and SAY not in self.names:
            text += "\n\n{say}"
        lines = (_line(_PLACE.sub(put, line), line) for line in text.split("\n"))
        kept = "\n".join(line for line in lines if line is not None)
        return re.sub(r"\n{3,}", "\n\n", kept).strip()


def _line(after: str, before: str) -> str | None:
    """Return the line *after* filling; ``None`` when only its marks are left."""
    if after == before:
        return before
    if _BARE.fullmatch(after):
        return None
    close = re.sub(r"(?<=\S) {2,}", " ", after).rstrip()
    return close.lstrip() if before.startswith("{") else close


def sentence(answer: str) -> str:
    """Return *answer* as whole sentences on one line: a capital, and a full stop."""
    text = reading.clean_line(answer)
    if not text:
        return ""
    return ended(text[0].upper() + text[1:])


def ended(text: str) -> str:
    """Return *text* with a full stop, unless it is empty or ends already."""
    return text if not text or _CLOSED.search(text) else f"{text}."


def refuse_braces(said: Mapping[str, str]) -> None:
    """Raise ``ContentError`` if one of the answers *said* could pass for a place."""
    for name, text in said.items():
        if any(mark in text.translate(_WIDE) for mark in "{}"):
            raise ContentError(
                T("the answer to {name} holds a brace", name=name),
                customers_see=T("no change: what is published stays"),
                next=T("write it without braces"),
            )


def template(file: str, text: str, language: Language) -> Template:
    """Return *text* as a template.

    Raises ``ContentError`` with every place that cannot be understood.
    """
    document = header.parse(file, reading.clean(text))
    body = _COMMENT.sub(_blank, document.body).translate(_WIDE)
    title = document.field("title")
    problems = [*document.problems, *_problems(file, body, document.body_line)]
    problems += _unusable(document)
    if title:
        problems += _stray(file, title.line, title.value.translate(_WIDE))
    if problems:
        raise ContentError(
            T("{file} cannot be used as it is", file=file),
            customers_see=T("no change: what is published stays"),
            next=T("mend the lines above and run the same command again"),
            problems=problems,
        )
    joined = _PLACE.sub(lambda found: found[0].replace("\n", " "), body)
    return Template(file, language, document.fields, joined)


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _unusable(document: Document) -> Iterator[Problem]:
    """Yield what no update can be made of: no words, or a status that is none."""
    if not _COMMENT.sub("", document.body).strip():
        yield Problem(
            document.file,
            0,
            T("there are no words in this file"),
            T("write them below the header, or delete the file: ours takes its place"),
        )
    status = document.field("status")
    if status and status.value and status.value.casefold() not in list(Status):
        near = nearest(status.value, list(Status))
        yield Problem(
            document.file,
            status.line,
            T("{value} is no status", value=status.value),
            T("a status is one of: {known}", known=" ".join(Status)),
            f"status: {near}" if near else "",
        )


def _problems(file: str, body: str, first: int) -> Iterator[Problem]:
    for found in _PLACE.finditer(body):
        name = found["name"].casefold()
        if name not in QUESTIONS and name != SAY and not found["question"]:
            near = nearest(name, [*QUESTIONS, SAY])
            yield Problem(
                file,
                first + body.count("\n", 0, found.start()),
                T("{name} is no place that is known", name=name),
                T("give it a question: {form}", form=f"{{{name}: … ? | … }}"),
                found[0].replace(found["name"], near, 1) if near else "",
            )
    rest = _PLACE.sub(_blank, body)
    for number, line in enumerate(rest.split("\n"), first):
        yield from _stray(file, number, line)


def _stray(file: str, line: int, text: str) -> Iterator[Problem]:
    if "{" in text or "}" in text:
        yield Problem(
            file,
            line,
            T("a brace stands here that belongs to no place"),
            T("a place is written like this: {form}", form="{what | … }"),
        )


def sayings(file: str, text: str) -> dict[str, str]:
    """Return the sentences of *text* by name: one ``name: sentence`` on a line.

    Raises ``ContentError`` with every line that is none.
    """
    document = header.parse(file, reading.clean(text))
    body = _COMMENT.sub(_blank, document.body)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(body.split("\n"), document.body_line):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _SAYING.fullmatch(line)
        if match and match[2]:
            found[match[1].casefold()] = sentence(match[2])
            problems += _stray(file, number, match[2].translate(_WIDE))
        else:
            problems.append(
                Problem(
                    file,
                    number,
                    T("this line is no sentence with a name"),
                    T("write: {form}", form="name: sentence"),
                )
            )
    if problems:
        raise ContentError(
            T("{file} cannot be used as it is", file=file),
            customers_see=T("no change: what is published stays"),
            next=T("mend the lines above and run the same command again"),
            problems=problems,
        )
    return found


def chosen(said: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the sentences called *names*, in their order, as one paragraph."""
    return " ".join(said[name] for name in dict.fromkeys(names))
