"""How many digits of a number people see: enough for its unit, and never rounded over a limit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

DECIMALS: dict[str, int] = {
    "years": 1,
    "cm": 1,
    "kg": 1,
    "kg/m2": 2,
    "m/s": 2,
    "m": 2,
    "s": 2,
    "points": 0,
    "%": 1,
    "m2": 3,
    "cm2": 1,
    "cm2/m2": 1,
    "HU": 1,
    "kV": 0,
    "mm": 2,
    "": 2,
}
"""Decimals by the unit of a fact: about what can be measured, one more for derived indices."""
_MOST = 6


def shown(
    value: float,
    unit: str,
    *,
    at_least: int = 0,
    fits: Callable[[float], bool] = lambda _: True,
) -> str:
    """The value in the fewest digits that its unit wants and that ``fits`` accepts.

    ``fits`` says of the rounded value whether it still tells the truth, such as being on the
    same side of a limit. ``at_least`` are the decimals of what it stands beside.

    >>> shown(48.2253, "cm2/m2"), shown(24.0, "kg")
    ('48.2', '24')
    >>> shown(54.998, "cm2/m2", fits=lambda value: value < 55)
    '54.998'
    """
    for decimals in range(max(DECIMALS.get(unit, _MOST), at_least), _MOST + 1):
        text = _plain(f"{value:.{decimals}f}")
        if fits(float(text)):
            return text
    return repr(value)


@cache
def decimals_of(value: float) -> int:
    """The decimals that a published number is printed with, without closing zeros.

    >>> decimals_of(0.789), decimals_of(55)
    (3, 0)
    """
    return len(f"{value:.{_MOST}f}".rstrip("0").partition(".")[2])


def _plain(text: str) -> str:
    """Without closing zeros and a negative zero."""
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
