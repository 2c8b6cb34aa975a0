"""Cells of CSV files that a spreadsheet would run instead of showing them."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""With these a formula starts (OWASP, "CSV Injection"); the last four are the full-width ones."""
SHIELD = "'"
"""Put before such a text it makes a spreadsheet show it."""


def shown(text: str) -> str:
    """The text, shielded where a spreadsheet would run it. Numbers stay numbers."""
    if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS):
        return text if _is_number(text) else f"{SHIELD}{text}"
    return text


def meant(text: str) -> str:
    """The text that :func:`shown` made ``text`` of."""
    bare = text.removeprefix(SHIELD)
    return bare if bare != text and shown(bare) == text else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
