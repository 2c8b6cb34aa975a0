"""How far a network's numbers may lie from a reader's: the card's entry "intervals"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from myotome.errors import WeightsError
from myotome.nets.model import Model
from myotome.nouns.numbers.interval import HalfWidth, Spread
from myotome.segment.bundled.confidence import SCORE
from myotome.tables.quantities.compared import COMPARED, STRUCTURES

ENTRY = "intervals"
_WIDEST = 500.0
"""Half widths beyond this are no log ratios of volumes, even per unit of the least doubt."""


def entry(spread: Spread) -> dict[str, Any]:
    """As written on the card under "intervals"; :func:`spread_of_card` reads it."""
    rows: dict[str, dict[str, Any]] = {}
    for (compared, structure), half in spread.rows.items():
        covered = None if half.covered_90 is None else round(half.covered_90, 3)
        rows.setdefault(compared, {})[structure] = {
            "q80": round(half.q80, 4),
            "q90": round(half.q90, 4),
            "n": half.n,
            "covered_90": covered,
        }
    return {
        "score": SCORE,
        "scaled": spread.scaled,
        "made_from": spread.made_from,
        "n": spread.n,
        "rows": rows,
    }


def spread_of_card(card: Mapping[str, Any]) -> Spread | None:
    """The intervals on a card, None if there are none. Refuses malformed ones (WeightsError)."""
    told = card.get(ENTRY)
    if told is None:
        return None
    try:
        if told["score"] != SCORE:
            raise _bad(f"are for the score {str(told['score'])[:40]!r}, not {SCORE!r}")
        rows = {
            (str(compared), str(structure)): _half(row)
            for compared, of in told["rows"].items()
            for structure, row in of.items()
        }
        found = Spread(
            rows=rows, scaled=told["scaled"], made_from=str(told["made_from"]), n=_whole(told["n"])
        )
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise _bad(f"cannot be read ({type(fault).__name__})") from fault
    if any(a not in COMPARED or b not in STRUCTURES for a, b in rows):
        raise _bad("have a row for an unknown number or structure")
    if not rows or not found.made_from.strip() or not isinstance(found.scaled, bool):
        raise _bad("have no rows, or do not say how or from what they were made")
    return found


def spread_of(network: object) -> Spread | None:
    """The intervals on the card of the network's model; None if it has no model or card."""
    model = getattr(network, "model", None)
    return spread_of_card(model.card) if isinstance(model, Model) else None


def _half(row: Mapping[str, Any]) -> HalfWidth:
    q80, q90 = (_number(row[name]) for name in ("q80", "q90"))
    covered = None if row.get("covered_90") is None else _number(row["covered_90"])
    if not 0 <= q80 <= q90 <= _WIDEST or not 0 <= (covered or 0) <= 1:
        raise _bad("are not two rising half widths with the share that they covered")
    return HalfWidth(q80=q80, q90=q90, n=_whole(row["n"]), covered_90=covered)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise TypeError
    return value


def _bad(words: str) -> WeightsError:
    return WeightsError(
        f"the intervals on the network's card {words}.",
        why="Ranges would be shown that nobody measured.",
        mend="Reinstall Myotome, or calibrate the network again.",
    )
