"""Named vertebrae with their endplates, and how sure their names are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import CoarseView
from myotome.locate.spine import STEP_MM, Spine, hu_profiles
from myotome.locate.vertebrae import PITCH_MM, Disc, Stretch, disc_evidence, find_disc
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.landmarks import Level
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.landmark_classes import LANDMARK_CLASS, SPINE_UPWARDS
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.flags.every import FLAG, raised

Float = NDArray[np.float64]

_BODY_SHARE = 0.76  # of the pitch; the rest is disc (assumed)
_MOST_LEAN_MM = 6.0
_LEAST_ANCHOR_ML = 4.0
_RIB_SIDE_MM = (22.0, 60.0)
_LEAST_RIB_VOXELS = 3
_THIN = 0.3  # a rib is thinner than a coarse voxel


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What the names hang on: sacrum in view, and the vertebra of the lowest rib in view."""

    sacrum: bool
    lowest_rib: str
    crest_z_mm: float | None


def levels_of(
    volume: Volume, spine: Spine, stretches: Sequence[Stretch], anchors: Anchors
) -> dict[str, Level]:
    """Every reported vertebra with at least one known z, top down."""
    edges = _scan_edges(volume)
    z, profiles = _profiles(volume, spine)
    discs = _discs(profiles, z, spine, stretches)
    anchor = 1.0 if anchors.sacrum or anchors.lowest_rib == "T12" else 0.5
    out: dict[str, Level] = {}
    for n, stretch in enumerate(stretches):
        if stretch.name not in REPORTED:
            continue
        level = _level(stretch, discs[n], discs[n + 1], edges, spine)
        if level is not None:
            sure = float(np.clip(level.confidence * anchor, 0.0, 0.99))
            out[stretch.name] = Level(
                name=level.name,
                mid_z_mm=level.mid_z_mm,
                superior_z_mm=level.superior_z_mm,
                inferior_z_mm=level.inferior_z_mm,
                centre_xy_mm=level.centre_xy_mm,
                confidence=round(sure, 3),
            )
    return {name: out[name] for name in REPORTED if name in out}


def evidence_along(volume: Volume, spine: Spine) -> Float:
    """How much the CT shows a disc at each step of the spine, 0..1."""
    z, profiles = _profiles(volume, spine)
    return disc_evidence(profiles, z, spine.z_mm)


def _profiles(volume: Volume, spine: Spine) -> tuple[Float, NDArray[np.float32]]:
    """Every mm of z within the scan, and the HU profiles there."""
    low, high = _scan_edges(volume)
    z = np.arange(low + 0.5, high, 1.0)
    return z, hu_profiles(volume, spine, z)


def _scan_edges(volume: Volume) -> tuple[float, float]:
    """The z of the outer faces of the lowest and the highest slice."""
    last = volume.grid.shape[0]
    return float(volume.grid.slice_z_mm(-0.5)), float(volume.grid.slice_z_mm(last - 0.5))


def _discs(
    profiles: NDArray[np.float32], z: Float, spine: Spine, stretches: Sequence[Stretch]
) -> list[Disc | None]:
    """The disc below each stretch and, last, above the last one; None at the ends in view."""
    out: list[Disc | None] = [None]
    for low, high in pairwise(stretches):
        boundary = float(spine.z_mm[high.start]) - STEP_MM / 2
        pitch = PITCH_MM.get(high.name, PITCH_MM.get(low.name, 30.0))
        out.append(find_disc(profiles, z, boundary, pitch))
    return [*out, None]


def _level(
    stretch: Stretch,
    below: Disc | None,
    above: Disc | None,
    edges: tuple[float, float],
    spine: Spine,
) -> Level | None:
    """One level from the discs around it; a mid beyond the scan's edge is not given."""
    inferior = None if below is None else below.upper_z_mm
    superior = None if above is None else above.lower_z_mm
    height = PITCH_MM[stretch.name] * _BODY_SHARE
    sure = 0.4 + 0.6 * stretch.certainty
    if inferior is not None and superior is not None:
        if below is not None and above is not None and below.seen and above.seen:
            inferior, superior = _at_mid_body(inferior, superior, (below, above), spine)
        mid = (inferior + superior) / 2
    elif inferior is not None:
        mid, sure = inferior + height / 2, sure * 0.7
    elif superior is not None:
        mid, sure = superior - height / 2, sure * 0.7
    else:
        return None  # one cut vertebra alone: nothing says where it begins or ends
    seen = [disc.seen for disc in (below, above) if disc is not None]
    sure *= 0.7 + 0.3 * sum(seen) / len(seen)
    centre = (
        float(np.interp(mid, spine.z_mm, spine.x_mm)),
        float(np.interp(mid, spine.z_mm, spine.y_mm)),
    )
    in_view = edges[0] <= mid <= edges[1]
    return Level(
        name=stretch.name,
        mid_z_mm=round(mid, 2) if in_view else None,
        superior_z_mm=None if superior is None else round(superior, 2),
        inferior_z_mm=None if inferior is None else round(inferior, 2),
        centre_xy_mm=centre if in_view else None,
        confidence=sure,
    )


def _at_mid_body(
    inferior: float, superior: float, discs: tuple[Disc, Disc], spine: Spine
) -> tuple[float, float]:
    """Endplates moved along their own slope to where the body's axis meets them.

    The line runs from body to body; a wedged, tilted body such as L5 leans away from it.
    """
    middle = (inferior + superior) / 2
    y_middle = float(np.interp(middle, spine.z_mm, spine.y_mm))
    slopes = np.gradient(spine.y_mm, spine.z_mm)
    ends = (inferior, superior)
    angles = [
        np.deg2rad(disc.tilt_deg) - np.arctan(float(np.interp(z, spine.z_mm, slopes)))
        for disc, z in zip(discs, ends, strict=True)
    ]
    lean = float(np.tan(np.mean(angles)))
    out = []
    for z, angle in zip(ends, angles, strict=True):
        y_axis = y_middle - lean * (z - middle)
        ahead = y_axis - float(np.interp(z, spine.z_mm, spine.y_mm))
        out.append(z + float(np.clip(ahead * np.tan(angle), -_MOST_LEAN_MM, _MOST_LEAN_MM)))
    return out[0], out[1]


def anchors_of(
    view: CoarseView,
    probability: NDArray[np.float32],
    spine: Spine,
    stretches: Sequence[Stretch],
) -> Anchors:
    """Sacrum, lowest rib (of any number) beside the spine, and the top of the hip bones."""
    voxel_ml = float(np.prod(view.grid.spacing_mm)) / 1000.0
    sacrum = (
        probability[[LANDMARK_CLASS["sacrum"].value, LANDMARK_CLASS["S1"].value]].sum(axis=0) > 0.5
    )
    hip = np.flatnonzero((probability[LANDMARK_CLASS["hip"].value] > 0.5).sum(axis=(1, 2)) >= 2)
    crest = None
    if len(hip) and hip[-1] < view.hu.shape[0] - 2:
        crest = float(view.grid.slice_z_mm(hip[-1] + 0.5))
    return Anchors(
        sacrum=bool(sacrum.sum() * voxel_ml >= _LEAST_ANCHOR_ML)
        and any(s.name in ("sacrum", "S1") for s in stretches),
        lowest_rib=_lowest_rib(view, probability, spine, stretches),
        crest_z_mm=crest,
    )


def _lowest_rib(
    view: CoarseView,
    probability: NDArray[np.float32],
    spine: Spine,
    stretches: Sequence[Stretch],
) -> str:
    """Name of the lowest vertebra that bears a rib; "" if none does in view.

    A rib is a piece of rib of any number beside the spine; its highest voxel there is its
    head or neck, at the upper half of the vertebra that bears it.
    """
    ribs = probability[[LANDMARK_CLASS[k].value for k in ("rib_12", "rib_11", "rib")]].sum(axis=0)
    index = np.argwhere(ribs > _THIN)
    if len(index) == 0:
        return ""
    points = view.grid.to_lps_mm(index)
    away = np.abs(points[:, 0] - np.interp(points[:, 2], spine.z_mm, spine.x_mm))
    depth = points[:, 1] - np.interp(points[:, 2], spine.z_mm, spine.y_mm)
    beside = (away > _RIB_SIDE_MM[0]) & (away < _RIB_SIDE_MM[1]) & (depth > -10.0)
    near = np.zeros(ribs.shape, bool)
    near[tuple(index[beside].T)] = True
    parts, count = ndimage.label(near, np.ones((3, 3, 3), bool))
    z_mm = np.asarray(view.grid.slice_z_mm(np.arange(ribs.shape[0])))
    heads = []
    for part in range(1, count + 1):
        planes = np.flatnonzero((parts == part).any(axis=(1, 2)))
        # a rib cut by the upper edge of the scan has its head above the scan
        if (parts == part).sum() >= _LEAST_RIB_VOXELS and planes[-1] < ribs.shape[0] - 1:
            heads.append(float(z_mm[planes[-1]]))
    if not heads:
        return ""
    for stretch in stretches:
        if spine.z_mm[stretch.start] <= min(heads) <= spine.z_mm[stretch.stop - 1] + STEP_MM:
            return stretch.name if stretch.name not in ("sacrum", "S1") else ""
    return ""


def judge(
    levels: dict[str, Level], stretches: Sequence[Stretch], anchors: Anchors
) -> tuple[Flag, ...]:
    """Flags on how the vertebrae were counted: anchors, rib against sacrum, iliac crest."""
    flags: list[Flag] = []
    names = [s.name for s in stretches]
    if not anchors.sacrum and not anchors.lowest_rib:
        flags.append(
            raised(
                FLAG["level_count_unanchored"],
                "neither the sacrum nor a rib is in view, so the names of the vertebrae rest on "
                "shape alone and may be off by one",
            )
        )
    elif anchors.lowest_rib and "L1" in names:
        flags.extend(_count_flags(anchors))
    if anchors.crest_z_mm is not None and {"L3", "L5"} <= set(levels):
        flags.extend(_crest_flags(levels, anchors.crest_z_mm))
    return tuple(flags)


def _count_flags(anchors: Anchors) -> list[Flag]:
    if anchors.lowest_rib == "T12":
        return []
    position = SPINE_UPWARDS.index(anchors.lowest_rib) - SPINE_UPWARDS.index("T12")
    if abs(position) > 1:
        what = "which no body has: the ribs are no help in counting"
    else:
        what = (
            f"so counting from the last rib gives {5 + position} lumbar vertebrae: transitional "
            "anatomy or a miscount is possible"
        )
    message = f"the lowest rib seen is at {anchors.lowest_rib}, {what}; check the levels"
    return [raised(FLAG["level_count_disagrees"], f"{message} on the pictures")]


def _crest_flags(levels: dict[str, Level], crest_z_mm: float) -> list[Flag]:
    low, high = levels["L5"].inferior_z_mm, levels["L3"].mid_z_mm
    if low is None or high is None or low <= crest_z_mm <= high:
        return []
    return [
        raised(
            FLAG["iliac_crest_disagrees"],
            f"the iliac crests end at z = {crest_z_mm:.0f} mm, outside the usual L5 to mid-L3; "
            "the count of the vertebrae may be off by one",
        )
    ]
