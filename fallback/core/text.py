"""Sentences that are said in English now and in the owner's language later.

The core decides *what* is said; which language it is said in is known only where it
is printed. So a sentence travels as a value: the English template, which is also the
gettext message id, and the values that go into it. Machines (``--json``, logs) get
``str(text)``, which is the English sentence; people get ``text.said_by(translate)``.
"""

from collections.abc import Mapping
from typing import Protocol, Self, TypeAlias, Union

from attrs import field, frozen

Sayable: TypeAlias = Union["Text", str, int]


class Translate(Protocol):
    """Finds the template of a language, as ``gettext`` and ``ngettext`` do.

    With a *plural*, the form that *count* things take (CLDR has one to six of them).
    """

    def __call__(self, template: str, plural: str = "", count: int = 1) -> str:
        """Return the template to fill."""


def english(template: str, plural: str = "", count: int = 1) -> str:
    """Return the English form: there are two."""
    return plural if plural and count != 1 else template


@frozen
class Text:
    """One sentence: an English template with named places, and what fills them.

    Lower case, no full stop. A value may itself be a ``Text``; it is translated too.
    With a ``plural``, the value ``count`` decides which form is said.
    """

    template: str
    values: Mapping[str, Sayable] = field(factory=dict)
    plural: str = ""

    def __str__(self) -> str:
        """Return the English sentence."""
        return self.said_by(english)

    def said_by(self, translate: Translate) -> str:
        """Return the sentence in the language that *translate* speaks.

        A translation that names a place which does not exist must not turn a clear
        error into a traceback, so the English sentence is used in its stead.
        """
        filled = {
            name: value.said_by(translate) if isinstance(value, Text) else value
            for name, value in self.values.items()
        }
        count = self.values.get("count", 1)
        form = self.template, self.plural, count if isinstance(count, int) else 1
        try:
            return translate(*form).format_map(filled)
        except (KeyError, IndexError, ValueError):
            return english(*form).format_map(filled)

    def hanging(self, hang: int = 0) -> "Paragraph":
        """Return the same sentence, to be broken into lines; see ``Paragraph``."""
        return Paragraph(self.template, self.values, self.plural, hang)

    def with_values(self, **values: Sayable) -> Self:
        """Return the same sentence with more places filled."""
        return type(self)(self.template, {**self.values, **values}, self.plural)


@frozen
class Paragraph(Text):
    """A sentence that may take several lines of a terminal.

    ``hang`` is how many columns the lines after the first are set in; 0: as far as the
    label with a colon that the first one begins with.
    """

    hang: int = 0


def T(template: str, **values: Sayable) -> Text:  # noqa: N802 - as short as gettext's _
    """Return a sentence that Babel finds (``pybabel extract -k T``)."""
    return Text(template, values)


def N(one: str, many: str, **values: Sayable) -> Text:  # noqa: N802 - gettext's n_
    """Return a sentence about ``count`` things (``pybabel extract -k N:1,2``)."""
    return Text(one, values, many)
