"""From rows to what a paper prints: spread, agreement and failures per structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from myotome.evaluate.scores.agreement import BlandAltman, bland_altman, pearson
from myotome.evaluate.scores.icc import Icc, icc_agreement, icc_consistency
from myotome.evaluate.scores.overlap import State
from myotome.evaluate.scores.regions import LabelSet
from myotome.evaluate.scores.rows import SliceScore, VolumeScore

EACH, ALL = "each", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of the values there are: ``sd`` divides by n - 1 and is None for one value.

    ``worst_subject`` and ``worst_z_mm`` say where the worst value comes from.
    """

    n: int
    mean: float
    sd: float | None
    median: float
    worst: float
    worst_subject: str
    worst_z_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Predicted against reference values of ``n`` pairs in ``unit``.

    ``icc_a1`` is ICC(2,1), absolute agreement; ``icc_c1`` is ICC(3,1), consistency.
    ``mean_absolute_percent`` is over pairs whose reference is not 0.
    """

    unit: str
    n: int
    r: float | None
    icc_a1: Icc | None
    icc_c1: Icc | None
    bland_altman: BlandAltman | None
    mean_absolute: float
    mean_percent: float | None
    mean_absolute_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One structure over all subjects.

    ``side`` "both": left and right merged into one structure; "each": left and right (for
    ``structure`` "all": every label) scored apart, then pooled, as Vu et al. do.
    ``dice_slices`` is over slices, ``dice_volumes`` over subjects. ``area`` pairs the slices on
    which either map has the structure, ``mass`` (or volume) the subjects. ``lost`` and
    ``invented`` count what is in the reference or in the prediction only.
    """

    structure: str
    side: str
    words: str
    dice_slices: Spread | None
    dice_volumes: Spread | None
    assd_mm: Spread | None
    hd95_mm: Spread | None
    nsd: Spread | None
    area: Agreement | None
    mass: Agreement | None
    error_percent: Spread | None
    swapped_percent: Spread | None
    lost_volumes: int
    invented_volumes: int
    lost_slices: int
    invented_slices: int

    def as_dict(self) -> dict[str, Any]:
        """Nested plain values, for ``summary.json``."""
        return asdict(self)

    def flat(self) -> dict[str, str | float | int | None]:
        """One level of plain values (``dice_slices_mean`` and so on), for ``summary.csv``."""
        return dict(_flat(self.as_dict(), ""))


def summarise(
    slices: Sequence[SliceScore], volumes: Sequence[VolumeScore], kind: LabelSet
) -> tuple[Summary, ...]:
    """A summary of each region, then of each group's sides pooled, then of all labels pooled."""
    out = [
        _summary((r.structure, r.side, r.words), slices, volumes, {(r.structure, r.side)})
        for r in kind.regions
    ]
    singles = kind.singles
    for group in dict.fromkeys(r.structure for r in singles if r.side):
        names = {(r.structure, r.side) for r in singles if r.structure == group}
        words = kind.region(group, "both").words
        out.append(_summary((group, EACH, words), slices, volumes, names))
    everything = {(r.structure, r.side) for r in singles}
    out.append(_summary((ALL, EACH, "every label"), slices, volumes, everything))
    return tuple(out)


def _summary(
    name: tuple[str, str, str],
    slices: Sequence[SliceScore],
    volumes: Sequence[VolumeScore],
    regions: set[tuple[str, str]],
) -> Summary:
    cuts = [s for s in slices if (s.structure, s.side) in regions]
    wholes = [v for v in volumes if (v.structure, v.side) in regions]
    surfaces = [(v.surface, v.subject) for v in wholes if v.surface is not None]
    return Summary(
        structure=name[0],
        side=name[1],
        words=name[2],
        dice_slices=spread([(s.dice, s.subject, s.z_mm) for s in cuts], min),
        dice_volumes=spread([(v.dice, v.subject, None) for v in wholes], min),
        assd_mm=spread([(s.assd_mm, who, None) for s, who in surfaces], max),
        hd95_mm=spread([(s.hd95_mm, who, None) for s, who in surfaces], max),
        nsd=spread([(s.nsd, who, None) for s, who in surfaces], min),
        # pooled over muscles, their different sizes alone would look like agreement
        area=None if name[0] == ALL else _areas(cuts),
        mass=None if name[0] == ALL else _masses(wholes),
        error_percent=spread([(v.error_percent, v.subject, None) for v in wholes], _largest),
        swapped_percent=spread([(v.swapped_percent, v.subject, None) for v in wholes], max),
        lost_volumes=sum(v.state is State.LOST for v in wholes),
        invented_volumes=sum(v.state is State.INVENTED for v in wholes),
        lost_slices=sum(s.state is State.LOST for s in cuts),
        invented_slices=sum(s.state is State.INVENTED for s in cuts),
    )


def _largest(values: Sequence[float]) -> float:
    return max(values, key=abs)


def spread(
    found: Sequence[tuple[float | None, str, float | None]],
    worst: Callable[[Sequence[float]], float],
) -> Spread | None:
    """Of (value, subject, z): Nones are left out; None if nothing is left."""
    rows = [(v, who, z) for v, who, z in found if v is not None]
    if not rows:
        return None
    values = [v for v, _, _ in rows]
    at = values.index(worst(values))
    return Spread(
        n=len(values),
        mean=float(np.mean(values)),
        sd=float(np.std(values, ddof=1)) if len(values) > 1 else None,
        median=float(np.median(values)),
        worst=values[at],
        worst_subject=rows[at][1],
        worst_z_mm=rows[at][2],
    )


def _areas(cuts: Sequence[SliceScore]) -> Agreement | None:
    """Slices without the structure in both maps agree for nothing, and are left out."""
    seen = [s for s in cuts if s.state is not State.EMPTY]
    return agreement([s.predicted_cm2 for s in seen], [s.reference_cm2 for s in seen], "cm2")


def _masses(wholes: Sequence[VolumeScore]) -> Agreement | None:
    seen = [v for v in wholes if v.state is not State.EMPTY]
    by_mass = any(v.reference_g is not None for v in seen)
    pairs = [
        (v.predicted_g, v.reference_g) if by_mass else (v.predicted_ml, v.reference_ml)
        for v in seen
    ]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return agreement([a for a, _ in known], [b for _, b in known], "g" if by_mass else "ml")


def agreement(
    predicted: Sequence[float], reference: Sequence[float], unit: str
) -> Agreement | None:
    """All statistics of agreement; None without a pair."""
    if not predicted:
        return None
    a, b = np.asarray(predicted, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    ratings = np.stack([a, b], axis=1)
    some = b > 0
    percent = 100 * (a[some] - b[some]) / b[some]
    return Agreement(
        unit=unit,
        n=len(a),
        r=pearson(a, b),
        icc_a1=icc_agreement(ratings),
        icc_c1=icc_consistency(ratings),
        bland_altman=bland_altman(a, b),
        mean_absolute=float(np.abs(a - b).mean()),
        mean_percent=float(percent.mean()) if len(percent) else None,
        mean_absolute_percent=float(np.abs(percent).mean()) if len(percent) else None,
    )


_PARTS: dict[str, Any] = {
    **dict.fromkeys(("dice_slices", "dice_volumes", "assd_mm", "hd95_mm", "nsd"), Spread),
    **dict.fromkeys(("error_percent", "swapped_percent"), Spread),
    **dict.fromkeys(("area", "mass"), Agreement),
    **dict.fromkeys(("icc_a1", "icc_c1"), Icc),
    "bland_altman": BlandAltman,
}
"""Which fields are nested, and of what: None stands for all of its columns."""


def _flat(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Every column, also those of parts that are None, so that all rows have the same."""
    for key, value in values.items():
        if key in _PARTS:
            parts = value or dict.fromkeys(f.name for f in fields(_PARTS[key]))
            yield from _flat(parts, f"{prefix}{key}_")
        else:
            yield f"{prefix}{key}", value
