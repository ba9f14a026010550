"""The demo's shop: one page with the words that only the real shop shows."""

from contextlib import ExitStack
from html import escape

from attrs import define, field

from fallback.wire.web.listen import Answer, Request, listening

NAME = "Kwiaty u Ani"
WORDS = "Dodaj do koszyka"
_PAGE = f"""<!doctype html>
<html lang="pl"><meta charset="utf-8"><title>{NAME}</title>
<h1>{NAME}</h1>
<ul><li>Tulipany, 10 szt. <b>29 zł</b> <button>{WORDS}</button>
<li>Róże, bukiet <b>79 zł</b> <button>{WORDS}</button></ul>
<p>%s</p>
<script>%s</script>
"""


@define
class Shop:
    """A shop's server that can be killed and revived at one address.

    ``script`` is what its page runs.
    """

    address: str
    port: int = 0
    script: str = ""
    _running: ExitStack = field(factory=ExitStack)

    def revive(self) -> None:
        """Start listening; the first time on a free port, afterwards on the same."""
        listener = self._running.enter_context(
            listening(self._sell, self.address, self.port)
        )
        self.port = listener.port

    def kill(self) -> None:
        """Stop listening: from now on connections are refused."""
        self._running.close()

    def _sell(self, request: Request) -> Answer:
        body = (_PAGE % (escape(request.target), self.script)).encode()
        return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), body)
