"""Where in a TOML text each key stands, so that a complaint can name the line.

``tomllib`` tells values without their places. This reader does the opposite: it walks
over a text that ``tomllib`` has accepted, understands no value, and remembers lines.
Written from the TOML 1.0 specification (https://toml.io/en/v1.0.0).
"""

from collections.abc import Mapping
from typing import TypeAlias

from attrs import define, field

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: ``("hosts", 1, "path")`` is the path of the second host."""

_BLANK = " \t"
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def places(text: str) -> Mapping[Place, int]:
    """Return the line, from 1, of each key, table header and array item of *text*.

    *text* is valid TOML. Of an invalid one, whatever was understood is returned.
    """
    walk = _Walk(text.replace("\r\n", "\n"))
    try:
        walk.document()
    except IndexError:  # the text ended early: it was not valid
        return walk.found
    return walk.found


@define
class _Walk:
    text: str
    at: int = 0
    line: int = 1
    found: dict[Place, int] = field(factory=dict)
    items: dict[Place, int] = field(factory=dict)
    """The number of items so far of each array of tables."""

    def document(self) -> None:
        table: Place = ()
        while True:
            self.skip(_BLANK + "\n")
            if self.at >= len(self.text):
                return
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Place:
        is_array = self.text.startswith("[[", self.at)
        line = self.line
        self.at += 2 if is_array else 1
        names = self.key()
        self.at += 2 if is_array else 1
        place: Place = ()
        for name in names[:-1]:
            place = self.entered((*place, name))
        place = (*place, names[-1])
        if is_array:
            self.items[place] = self.items.get(place, 0) + 1
        place = self.entered(place)
        for length in range(1, len(place) + 1):
            self.found.setdefault(place[:length], line)
        return place

    def entered(self, place: Place) -> Place:
        """Return *place*, inside its last item if it is an array of tables."""
        count = self.items.get(place)
        return (*place, count - 1) if count else place

    def pair(self, table: Place) -> None:
        line = self.line
        place = table
        for name in self.key():
            place = (*place, name)
            self.found.setdefault(place, line)
        self.at += 1  # the equals sign
        self.skip(_BLANK)
        self.value(place)

    def key(self) -> list[str]:
        """Read a dotted key, and the blanks around it."""
        names = []
        while True:
            self.skip(_BLANK)
            if self.text[self.at] in "\"'":
                names.append(self.string())
            else:
                start = self.at
                while self.text[self.at].isalnum() or self.text[self.at] in "_-":
                    self.at += 1
                names.append(self.text[start : self.at])
            self.skip(_BLANK)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def value(self, place: Place) -> None:
        match self.text[self.at]:
            case '"' | "'":
                self.string()
            case "[":
                self.array(place)
            case "{":
                self.inline(place)
            case _:
                while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                    self.at += 1

    def array(self, place: Place) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_BLANK + "\n,")
            if self.text[self.at] == "]":
                self.at += 1
                return
            self.found[(*place, index)] = self.line
            self.value((*place, index))
            index += 1

    def inline(self, place: Place) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK + "\n,")
            if self.text[self.at] == "}":
                self.at += 1
                return
            self.pair(place)

    def string(self) -> str:
        """Skip a string of any of the four kinds, and return a one-line one's text."""
        quote = self.text[self.at]
        long = self.text.startswith(quote * 3, self.at)
        closing = quote * 3 if long else quote
        self.at += len(closing)
        said = []
        while not self.text.startswith(closing, self.at):
            letter = self.text[self.at]
            self.line += letter == "\n"
            self.at += 1
            if letter == "\\" and quote == '"':
                letter = self.escaped()
            said.append(letter)
        self.at += len(closing)
        # up to two more quotes may belong to a long string (""""two"" quotes""")
        while long and self.at < len(self.text) and self.text[self.at] == quote:
            self.at += 1
        return "".join(said)

    def escaped(self) -> str:
        letter = self.text[self.at]
        self.line += letter == "\n"
        self.at += 1
        digits = {"u": 4, "U": 8}.get(letter, 0)
        if digits:
            number = self.text[self.at : self.at + digits]
            self.at += digits
            return chr(int(number, 16))
        return _ESCAPES.get(letter, letter)

    def skip(self, letters: str) -> None:
        """Go past *letters* and, where a line may end, past comments."""
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == "#" and "\n" in letters:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif letter in letters:
                self.line += letter == "\n"
                self.at += 1
            else:
                return
