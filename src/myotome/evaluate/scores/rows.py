"""The scores of one subject: a row per slice and structure, and a row per structure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myotome.evaluate.scores.case import Case
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.overlap import (
    Counts,
    State,
    dice,
    joint_counts,
    overlap,
    swapped_voxels,
)
from myotome.evaluate.scores.regions import IGNORED, LabelSet, Region
from myotome.evaluate.scores.surface import SurfaceScores, surface_scores
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML

NOT_SEEN = "no annotated slice that the prediction looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceScore:
    """One structure on one slice; ``k`` is the slice in canonical order.

    ``dice`` is None where neither map has it (under the rule "skip").
    """

    subject: str
    k: int
    z_mm: float
    structure: str
    side: str
    state: State
    dice: float | None
    predicted_cm2: float
    reference_cm2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeScore:
    """One structure of one subject, over its ``slices`` annotated slices.

    Volumes and masses are those within these slices. ``swapped_percent`` (rows of both sides)
    is the share of the reference's voxels that bear the other side's label. What cannot be
    computed is None; ``reason`` says why.
    """

    subject: str
    structure: str
    side: str
    slices: int
    state: State
    dice: float | None = None
    predicted_ml: float | None = None
    reference_ml: float | None = None
    predicted_g: float | None = None
    reference_g: float | None = None
    swapped_percent: float | None = None
    surface: SurfaceScores | None = None
    reason: str = ""

    @property
    def error_ml(self) -> float | None:
        """Predicted minus reference."""
        return _minus(self.predicted_ml, self.reference_ml)

    @property
    def error_g(self) -> float | None:
        """Predicted minus reference."""
        return _minus(self.predicted_g, self.reference_g)

    @property
    def error_percent(self) -> float | None:
        """Signed error of the volume (and so of the mass); None without a reference volume."""
        error = self.error_ml
        return None if error is None or not self.reference_ml else 100 * error / self.reference_ml


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScores:
    """Everything scored of one subject."""

    slices: tuple[SliceScore, ...]
    volumes: tuple[VolumeScore, ...]
    warnings: tuple[str, ...] = ()


def score_case(case: Case, options: Options) -> CaseScores:
    """Score every region of ``options.kind`` on the annotated slices of ``case``."""
    kind = options.kind
    counts = joint_counts(case.predicted, case.reference, kind.classes)
    slices: list[SliceScore] = []
    volumes: list[VolumeScore] = []
    for region in kind.regions:
        known = np.flatnonzero(case.complete(region))
        shared = overlap(counts, region)[known]
        slices += _slices(case, region, known, shared, options)
        volume = _volume(case, region, shared, options)
        if region.is_single and volume.state is State.BOTH:
            volume = replace(volume, surface=_surface(case, region, options))
        if region.side == "both" and len(region.groups) == 1:
            volume = replace(volume, swapped_percent=_swapped(counts[known], kind, region))
        volumes.append(volume)
    return CaseScores(
        slices=tuple(slices),
        volumes=tuple(volumes),
        warnings=_warnings(case, counts, kind),
    )


def _slices(
    case: Case, region: Region, known: NDArray[np.intp], shared: Counts, options: Options
) -> list[SliceScore]:
    z = np.asarray(case.grid.slice_z_mm(np.arange(case.grid.shape[0])))
    pixel = case.grid.pixel_cm2
    return [
        SliceScore(
            subject=case.subject,
            k=int(k),
            z_mm=float(z[k]),
            structure=region.structure,
            side=region.side,
            state=State.of(found, truth),
            dice=dice(both, found, truth, options.rule),
            predicted_cm2=found * pixel,
            reference_cm2=truth * pixel,
        )
        for k, (both, found, truth) in zip(known, shared.tolist(), strict=True)
    ]


def _volume(case: Case, region: Region, shared: Counts, options: Options) -> VolumeScore:
    both, found, truth = (int(v) for v in shared.sum(axis=0))
    row = VolumeScore(
        subject=case.subject,
        structure=region.structure,
        side=region.side,
        slices=len(shared),
        state=State.of(found, truth),
    )
    if not len(shared):
        return replace(row, reason=NOT_SEEN)
    volumes = found * case.grid.voxel_ml, truth * case.grid.voxel_ml
    masses = tuple(v * MUSCLE_DENSITY_G_PER_ML for v in volumes) if options.kind.has_mass else ()
    return replace(
        row,
        dice=dice(both, found, truth, options.rule),
        predicted_ml=volumes[0],
        reference_ml=volumes[1],
        predicted_g=masses[0] if masses else None,
        reference_g=masses[1] if masses else None,
        reason={
            State.BOTH: "",
            State.LOST: "not in the prediction",
            State.INVENTED: "not in the reference",
            State.EMPTY: "in neither map",
        }[row.state],
    )


def _surface(case: Case, region: Region, options: Options) -> SurfaceScores | None:
    (value,) = region.values
    known = case.complete(region)[:, None, None] & (case.reference != IGNORED)
    return surface_scores(
        case.predicted == value, case.reference == value, known, case.grid, options.tolerance_mm
    )


def _swapped(counts: Counts, kind: LabelSet, region: Region) -> float | None:
    left, right = (kind.region(region.structure, side) for side in ("left", "right"))
    wrong, everything = swapped_voxels(counts, left, right)
    return 100 * wrong / everything if everything else None


def _warnings(case: Case, counts: Counts, kind: LabelSet) -> tuple[str, ...]:
    out = []
    if _mostly_swapped(counts, kind):
        whose = " and ".join(
            words
            for words, labels in (
                ("prediction", case.predicted),
                ("reference", case.reference),
            )
            if _mirrored(labels)
        )
        said = f", judged by where they lie: in the {whose}" if whose else ""
        out.append(f"{case.subject}: left and right are swapped{said}")
    if case.unseen:
        out.append(
            f"{case.subject}: {case.unseen} annotated slices are not scored, "
            "because the prediction did not look at them"
        )
    return tuple(out)


def _mostly_swapped(counts: Counts, kind: LabelSet) -> bool:
    """True if more voxels bear the other side's label than their own."""
    wrong = right = 0
    for region in kind.regions:
        if region.side == "both" and len(region.groups) == 1:
            left, other = (kind.region(region.structure, side) for side in ("left", "right"))
            wrong += swapped_voxels(counts, left, other)[0]
            right += int(overlap(counts, left)[:, 0].sum() + overlap(counts, other)[:, 0].sum())
    return wrong > right


def _mirrored(labels: NDArray[np.uint8]) -> bool:
    """True if most left muscles lie on the patient's right of their partner (i runs left)."""
    columns = np.arange(labels.shape[2])
    votes = []
    for number in range(len(GROUPS)):
        left, right = ((labels == 2 * number + side).sum(axis=(0, 1)) for side in (1, 2))
        if left.any() and right.any():
            votes.append(left @ columns / left.sum() < right @ columns / right.sum())
    return bool(votes) and sum(votes) * 2 > len(votes)


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b
