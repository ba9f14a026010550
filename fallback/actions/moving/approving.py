"""Two people: a move is made by one of them, and agreed to by another one's signature.

Off by default: a lone owner must never be locked out. Where ``approval.signers`` holds
public keys, a person's move needs a saved plan with a signature by one of them. The
watcher in mode ``auto`` needs none: who set it has decided beforehand, and nobody is to
be woken for what was agreed by day.
"""

from collections.abc import Iterator
from pathlib import Path

from fallback.actions.moving.surveying import Bench
from fallback.core.config import Config
from fallback.core.errors import Refused
from fallback.core.redirect.gates import Code, Refusal
from fallback.core.text import Sayable, T
from fallback.wire import signing


def gates(desk: Bench) -> tuple[Code, ...]:
    """Return the gate that is asked beside those of the move, if any is."""
    asked = desk.config.approval.signers and not desk.by.automatic
    return (Code.UNSIGNED,) if asked else ()


def by_two(desk: Bench) -> Iterator[Refusal]:
    """Yield a refusal when a person moves alone what two have to agree to."""
    if gates(desk):
        yield Refusal(
            Code.UNSIGNED,
            T("two people move these names, and this is one alone"),
            T(
                "save the plan: fallback {verb} --plan FILE; let the other person sign"
                " it: {sign}; then: fallback apply FILE",
                verb=desk.verb.value,
                sign=how_to_sign("FILE"),
            ),
        )


def how_to_sign(file: str) -> str:
    """Return what the second person types."""
    return f"ssh-keygen -Y sign -n {signing.NAMESPACE} -f KEY {file}"


def signed_by(config: Config, text: bytes, file: Path) -> tuple[str, Refusal | None]:
    """Return who signed *text*, the bytes of *file*, or why nobody did.

    The first is the fingerprint of a pinned key, and empty when none is asked for.
    """
    keys = config.approval.signers
    if not keys:
        return "", None
    try:
        return signing.signer(text, file.with_name(f"{file.name}.sig"), keys), None
    except Refused as error:
        return "", _unsigned(error.what, file)


def _unsigned(why: Sayable, file: Path) -> Refusal:
    return Refusal(
        Code.UNSIGNED,
        T("the plan is not signed by a second person: {why}", why=why),
        T("let them read it and type: {sign}", sign=how_to_sign(file.name)),
    )
