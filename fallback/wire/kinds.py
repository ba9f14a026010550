"""The kinds of adapters by the owner's word, each loaded when it is asked for.

Most sites name one kind of host and none of the others. Loading them all costs more
than reading the configuration.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from attrs import frozen


@frozen
class Kinds(Mapping[str, type]):
    """The ``Settings`` class of each module of *package* that *names* lists."""

    package: str
    names: tuple[str, ...]

    def __getitem__(self, kind: str) -> type:
        """Return the settings class of *kind*, for ``core.settings.toml.parse``."""
        if kind not in self.names:
            raise KeyError(kind)
        return cast(type, import_module(f"{self.package}.{kind}").Settings)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words in the order in which they are listed."""
        return iter(self.names)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)
