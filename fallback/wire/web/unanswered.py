"""The one thing that can go wrong with every request, whoever sends it."""


class NoAnswer(Exception):
    """There was none: nobody knows whether the request was carried out.

    ``untrusted``: no connection was made, because the certificate was not accepted.
    """

    def __init__(self, why: object, *, untrusted: bool = False) -> None:
        """Say *why*, in the words of the system."""
        super().__init__(str(why) or type(why).__name__)
        self.untrusted = untrusted
