"""Sentences that are said in English now and in the owner's language later.

The core decides *what* is said; which language it is said in is known only where it
is printed. So a sentence travels as a value: the English template, which is also the
gettext message id, and the values that go into it. Machines (``--json``, logs) get
``str(text)``, which is the English sentence; people get ``text.said_by(translate)``.
"""

from collections.abc import Callable, Mapping
from typing import Self, TypeAlias, Union

from attrs import field, frozen

Sayable: TypeAlias = Union["Text", str, int]


@frozen
class Text:
    """One sentence: an English template with named places, and what fills them.

    Lower case, no full stop. A value may itself be a ``Text``; it is translated too.
    """

    template: str
    values: Mapping[str, Sayable] = field(factory=dict)

    def __str__(self) -> str:
        """Return the English sentence."""
        return self.said_by(lambda template: template)

    def said_by(self, translate: Callable[[str], str]) -> str:
        """Return the sentence in the language that *translate* speaks.

        A translation that names a place which does not exist must not turn a clear
        error into a traceback, so the English sentence is used in its stead.
        """
        filled = {
            name: value.said_by(translate) if isinstance(value, Text) else value
            for name, value in self.values.items()
        }
        try:
            return translate(self.template).format_map(filled)
        except (KeyError, IndexError, ValueError):
            return self.template.format_map(filled)

    def with_values(self, **values: Sayable) -> Self:
        """Return the same sentence with more places filled."""
        return type(self)(self.template, {**self.values, **values})


def T(template: str, **values: Sayable) -> Text:  # noqa: N802 - as short as gettext's _
    """Return a sentence that Babel finds (``pybabel extract -k T``)."""
    return Text(template, values)
