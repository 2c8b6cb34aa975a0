"""Whether a number of a CT was counted in the HU window of the cut-off."""

from __future__ import annotations

from collections.abc import Iterator

from myotome.assess.person.facts import Facts
from myotome.tables.citable.cutoff import CutOff


def window_refusals(cutoff: CutOff, facts: Facts) -> Iterator[str]:
    """Why a number that was counted in another window is not compared; none of unknown ones."""
    wanted, mine = cutoff.counted_in, facts[cutoff.fact].window_hu
    if wanted is None or mine is None or mine == wanted.bounds_hu:
        return
    own = cutoff.source.short
    counted = f"this was counted in {mine[0]}..{mine[1]} HU"
    if cutoff.window:
        yield f"{own} counted in {wanted.range_words}, {counted}"
    else:
        yield f"the HU window of {own} was not read; {counted}, not in {wanted.range_words}"


def window_caveats(cutoff: CutOff, facts: Facts) -> Iterator[str]:
    """The doubt where the window of the cut-off was not read."""
    mine = facts[cutoff.fact].window_hu
    if cutoff.usual_window and mine is not None:
        yield (
            f"the HU window of {cutoff.source.short} was not read; this was counted in "
            f"{mine[0]}..{mine[1]} HU"
        )
