"""What is wrong with the owner's words, collected while a page is made of them."""

from attrs import define, field

from fallback.core.errors import Problem
from fallback.core.text import Text


@define
class Complaints:
    """``left_out`` cost customers something; ``noticed`` is for the owner to know."""

    left_out: list[Problem] = field(factory=list)
    noticed: list[Problem] = field(factory=list)

    def lose(
        self,
        file: str,
        line: int,
        what: Text,
        remedy: Text | None = None,
        mended: str = "",
    ) -> None:
        """Note that something the owner wrote is not on the page."""
        self.left_out.append(Problem(file, line, what, remedy, mended))

    def notice(
        self, file: str, line: int, what: Text, remedy: Text | None = None
    ) -> None:
        """Note that something is on the page, but perhaps not as it was meant."""
        self.noticed.append(Problem(file, line, what, remedy))
