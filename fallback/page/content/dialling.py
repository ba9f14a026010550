"""How an international number is put together (ITU-T E.164): country and number."""

# country calling codes of one and two digits (ITU-T E.164); all others have three
_CODES = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58"
    " 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
)
_SHORT_CODES = frozenset(_CODES.split())


def country(number: str) -> str:
    """Return the country's code of the E.164 *number*, without its plus."""
    digits = number.removeprefix("+")
    return next((digits[:n] for n in (1, 2) if digits[:n] in _SHORT_CODES), digits[:3])


def national(number: str) -> str:
    """Return the E.164 *number* without its country's code."""
    return number.removeprefix("+")[len(country(number)) :]
