"""Body composition at the levels: areas, attenuation and outline of single slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from myotome.measure.composition.counts import Census, regions
from myotome.measure.composition.outline import Outline, outline
from myotome.measure.composition.places import Place
from myotome.measure.in_view.slices import fov_edge
from myotome.nouns.numbers.finding import MEASURED, Finding, missing
from myotome.nouns.numbers.measurement import Measurement, SliceArea, Status
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.quantities.tissues import BODY, TISSUES, Tissue

BOTH = "both"
CUT = "touches the edge of the field of view"
_WORDS = {
    "muscle_wall": "no muscle wall",
    "abdominal_cavity": "no abdominal cavity",
    "subcutaneous": "no subcutaneous tissue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What may be chosen: the HU window of visceral fat."""

    visceral_window: str = "visceral_fat"

    def window(self, tissue: Tissue) -> str:
        """The key of the HU window that a tissue is counted in."""
        return self.visceral_window if tissue.key == "visceral_fat" else tissue.window

    def definition(self, tissue: Tissue) -> str:
        """The window in words, as named in every output."""
        window = WINDOW[self.window(tissue)]
        where = tissue.region.replace("_", " ")
        return f"{window.low_hu}..{window.high_hu} HU in the {where}"

    def window_hu(self, tissue: Tissue) -> tuple[int, int]:
        """The bounds of that window."""
        return WINDOW[self.window(tissue)].bounds_hu


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a number was made: in ``words``, within which HU, over how many slices."""

    words: str
    window_hu: tuple[int, int] | None = None
    slices: int | None = None


def row(
    quantity: str, place: tuple[str, str, str], value: float | None, finding: Finding, how: How
) -> Measurement:
    """One measurement; ``place`` is (structure, side, level)."""
    structure, side, level = place
    return Measurement(
        quantity=quantity,
        structure=structure,
        side=side,
        level=level,
        value=value if finding.has_value else None,
        unit=QUANTITY[quantity].unit,
        status=finding.status,
        reason=finding.reason,
        covered_percent=finding.covered_percent if finding.status is Status.PARTIAL else None,
        definition=how.words,
        window_hu=how.window_hu,
        slices=how.slices if finding.has_value else None,
        cause=finding.cause,
    )


def tissue_rows(counted: Census, place: Place, choice: Choice) -> tuple[Measurement, ...]:
    """Area, mean area over the slices within reach, and attenuation of every tissue."""
    rows: list[Measurement] = []
    for tissue in TISSUES:
        words, window = choice.definition(tissue), choice.window(tissue)
        where = (tissue.key, BOTH, place.name)
        single, several = _judge(tissue, counted, place), _judge_mean(tissue, counted, place)
        area = mean = hu = pooled = None
        if place.k is not None:
            pixels = counted.counts(tissue, window)
            area = float(pixels[place.k]) * counted.pixel_cm2
            mean = float(pixels[list(place.ks)].mean()) * counted.pixel_cm2
            hu = counted.hu(tissue, counted.only([place.k]), window)
            pooled = counted.hu(tissue, counted.only(place.ks), window)
        hu_bounds, count = choice.window_hu(tissue), len(place.ks)
        one = How(words=words, window_hu=hu_bounds, slices=1)
        over = How(
            words=f"{words}; mean of {count} slices", window_hu=hu_bounds, slices=count or None
        )
        rows.append(row("area", where, area, single, one))
        rows.append(row("mean_area", where, mean, several, over))
        rows.append(row("mean_hu", where, hu, _with_number(single, hu), one))
        rows.append(row("pooled_mean_hu", where, pooled, _with_number(several, pooled), over))
    return tuple(rows)


def _with_number(finding: Finding, value: float | None) -> Finding:
    """A mean over no voxels is no number."""
    if value is None and finding.has_value:
        return missing("no voxel inside the HU window on this slice")
    return finding


def _judge(tissue: Tissue, counted: Census, place: Place) -> Finding:
    if place.k is None:
        return missing(place.reason, place.cause)
    if not counted.region(tissue)[place.k]:
        return missing(f"{_WORDS[tissue.region]} was found on this slice")
    if counted.touches_edge(tissue)[place.k]:
        return Finding(status=Status.PARTIAL, reason=CUT)
    return MEASURED


def _judge_mean(tissue: Tissue, counted: Census, place: Place) -> Finding:
    single = _judge(tissue, counted, place)
    if not single.has_value:
        return single
    reasons = []
    if counted.touches_edge(tissue)[list(place.ks)].any():
        reasons.append(CUT)
    if len(place.ks) < place.wanted:
        reasons.append(f"only {len(place.ks)} of {place.wanted} slices are in view")
    return Finding(status=Status.PARTIAL, reason="; ".join(reasons)) if reasons else MEASURED


def muscle_hu_rows(volume: Volume, labels: Segmentation, place: Place) -> tuple[Measurement, ...]:
    """Mean HU of each of the 12 muscles and of both sides on the slice of a level.

    Only muscles that are on the slice have a row: why others have none, their areas say.
    """
    if place.k is None:
        return ()
    plane, hu = labels.labels[place.k], volume.hu[place.k]
    found = plane > 0
    count = np.bincount(plane[found], minlength=len(MUSCLES) + 1)
    total = np.bincount(plane[found], weights=hu[found], minlength=len(MUSCLES) + 1)
    rows = []
    for group in GROUPS:
        own = [m for m in MUSCLES if m.group == group.key and count[m.value]]
        sides = [(m.side, [m.value]) for m in own]
        sides += [(BOTH, [m.value for m in own])] if len(own) == 2 else []
        for side, values in sides:
            mean = float(total[values].sum() / count[values].sum())
            where = (group.key, side, place.name)
            how = How(words="all voxels of the mask", slices=1)
            rows.append(row("mean_hu", where, mean, MEASURED, how))
    return tuple(rows)


def outline_of(volume: Volume, segmentation: Segmentation, place: Place) -> Outline | None:
    """The body's outline at a level; None without a slice or a body."""
    if place.at is None:
        return None
    rooms = regions(segmentation, place.at)
    return outline(volume.hu[place.at], rooms, fov_edge(volume), volume.grid.spacing_mm[1:])


def body_rows(found: Outline | None, place: Place) -> tuple[Measurement, ...]:
    """Area, perimeter and circumference of the body at a level."""
    finding = MEASURED
    if found is None:
        finding = missing("no body was found on this slice")
        if place.at is None:
            finding = missing(place.reason, place.cause)
    elif found.cut:
        finding = Finding(status=Status.PARTIAL, reason=CUT)
    numbers = (
        ("area", found and found.area_cm2, "inside the skin, gas included"),
        ("perimeter", found and found.perimeter_cm, "outline of the skin"),
        ("circumference", found and found.circumference_cm, "convex hull of the skin, lying"),
    )
    where = (BODY, BOTH, place.name)
    return tuple(
        row(key, where, value or None, finding, How(words=words, slices=1))
        for key, value, words in numbers
    )


def slice_rows(counted: Census, choice: Choice, *, inside: tuple[float, float]) -> list[SliceArea]:
    """Area and mean HU of every tissue on every slice that was looked at, from below.

    ``inside`` is the (inferior, superior) z of the slab in mm.
    """
    rows = []
    for tissue in TISSUES:
        pixels = counted.counts(tissue, choice.window(tissue))
        edges, there = counted.touches_edge(tissue), counted.region(tissue)
        sums = counted.sums(tissue, choice.window(tissue))
        for k in np.flatnonzero(counted.seen & (there > 0)):
            z = float(counted.z_mm[k])
            rows.append(
                SliceArea(
                    z_mm=z,
                    structure=tissue.key,
                    side=BOTH,
                    area_cm2=float(pixels[k]) * counted.pixel_cm2,
                    mean_hu=float(sums[k] / pixels[k]) if pixels[k] else None,
                    in_slab=inside[0] <= z <= inside[1],
                    cut=bool(edges[k]),
                )
            )
    order = {tissue.key: n for n, tissue in enumerate(TISSUES)}
    return sorted(rows, key=lambda r: (r.z_mm, order[r.structure]))


def outlines(
    volume: Volume, segmentation: Segmentation, found: Sequence[Place]
) -> dict[str, Outline | None]:
    """The outline of the body at every place, by its name."""
    return {place.name: outline_of(volume, segmentation, place) for place in found}
