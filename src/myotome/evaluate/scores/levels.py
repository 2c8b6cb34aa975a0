"""Areas on the slice of a vertebra, such as SMA, SAT and VAT at L3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from myotome.evaluate.scores.overlap import State
from myotome.evaluate.scores.regions import LabelSet
from myotome.evaluate.scores.rows import SliceScore
from myotome.evaluate.scores.summary import Agreement, agreement

_REACH_MM = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelArea:
    """One structure on the scored slice nearest to ``wanted_z_mm``."""

    level: str
    wanted_z_mm: float
    score: SliceScore

    @property
    def error_cm2(self) -> float:
        """Predicted minus reference."""
        return self.score.predicted_cm2 - self.score.reference_cm2

    @property
    def error_percent(self) -> float | None:
        """Signed; None where the reference is 0."""
        reference = self.score.reference_cm2
        return 100 * self.error_cm2 / reference if reference else None


def at_levels(
    slices: Sequence[SliceScore], levels_mm: Mapping[str, Mapping[str, float]]
) -> tuple[LevelArea, ...]:
    """Areas at each level of each subject; ``levels_mm`` is subject -> level -> patient z.

    Structures without a scored slice within 5 mm of the level, or in neither map, are left out.
    """
    out = []
    for subject, levels in levels_mm.items():
        mine = [s for s in slices if s.subject == subject]
        for level, z in levels.items():
            near: dict[tuple[str, str], SliceScore] = {}
            for s in sorted(mine, key=lambda s: abs(s.z_mm - z)):
                if abs(s.z_mm - z) <= _REACH_MM:
                    near.setdefault((s.structure, s.side), s)
            out += [
                LevelArea(level=level, wanted_z_mm=z, score=s)
                for s in near.values()
                if s.state is not State.EMPTY
            ]
    return tuple(out)


def level_summaries(areas: Sequence[LevelArea], kind: LabelSet) -> list[dict[str, Any]]:
    """Agreement over subjects, by level and region, as plain values."""
    out: list[dict[str, Any]] = []
    for level in dict.fromkeys(a.level for a in areas):
        for region in kind.regions:
            found = [
                a.score
                for a in areas
                if (a.level, a.score.structure, a.score.side)
                == (level, region.structure, region.side)
            ]
            pairs: Agreement | None = agreement(
                [s.predicted_cm2 for s in found], [s.reference_cm2 for s in found], "cm2"
            )
            if pairs is not None:
                name = {"level": level, "structure": region.structure, "side": region.side}
                out.append({**name, "words": region.words, "area": asdict(pairs)})
    return out
