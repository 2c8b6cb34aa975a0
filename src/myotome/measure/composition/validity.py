"""What forbids or weakens a number of body composition, as caveats of rows and as flags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from myotome.measure.composition.counts import Census, noise_hu
from myotome.measure.composition.outline import Outline
from myotome.measure.composition.places import NO_COMPARTMENTS, Place, named
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Cause, Measurement
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.volume import Volume
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.quantities.tissues import (
    BODY,
    CAVEAT,
    CAVEATS,
    METAL_CM2,
    NOISY_HU,
    TISSUE,
    TRANSITIONAL,
    USUAL_KVP,
    USUAL_SLICE_MM,
)

_HU_QUANTITIES = (
    "mean_hu",
    "pooled_mean_hu",
    "sd_hu",
    "median_hu",
    "nama_share",
    "lama_share",
    "intramuscular_fat_volume",
)
_SLAB, _CHIEF = "slab", "L3"
_EVERYWHERE = "*"
OF_COMPARTMENTS = frozenset(
    CAVEAT[key].key
    for key in (
        "level_uncertain",
        "transitional_anatomy",
        "arms_down",
        "wall_cut",
        "subcutaneous_cut",
    )
)
"""Caveats of numbers that need compartments; the muscles have flags of their own for these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveats:
    """Codes of ``tables.quantities.tissues.CAVEATS`` by level or "slab"; "*": of the whole scan."""

    by_level: Mapping[str, tuple[str, ...]]

    def of(self, row: Measurement) -> tuple[str, ...]:
        """The codes that weaken one row, by its level and the kind of its number."""
        codes = (*self.by_level.get(_EVERYWHERE, ()), *self.by_level.get(row.level, ()))
        kinds = kinds_of(row)
        return tuple(c for c in codes if not CAVEAT[c].weakens or kinds & {*CAVEAT[c].weakens})

    def onto(self, rows: Iterable[Measurement]) -> tuple[Measurement, ...]:
        """The rows, those with a value carrying what weakens it."""
        return tuple(
            row if row.value is None else replace(row, caveats=self.of(row)) for row in rows
        )


def kinds_of(row: Measurement) -> set[str]:
    """Which kinds of caveat a number is open to: "attenuation", "subcutaneous"."""
    tissue = TISSUE.get(row.structure)
    kinds = set()
    if row.quantity in _HU_QUANTITIES or (tissue is not None and tissue.attenuation):
        kinds.add("attenuation")
    if row.structure == BODY or (tissue is not None and tissue.region == "subcutaneous"):
        kinds.add("subcutaneous")
    return kinds


def caveats(scan: Scan, counted: Census, found: Mapping[Place, Outline | None]) -> Caveats:
    """Everything that weakens numbers of this scan and of single levels of it."""
    volume, segmentation, landmarks = scan.volume, scan.segmentation, scan.landmarks
    by_level: dict[str, tuple[str, ...]] = {_EVERYWHERE: tuple(_of_scan(volume, landmarks))}
    renamed = any(flag.code in TRANSITIONAL for flag in landmarks.flags)
    for place, body in found.items():
        at = place.k if place.k is not None else place.at  # muscles alone show noise as well
        noise = None if at is None else noise_hu(volume, segmentation, at)
        doubts = (
            ("level_uncertain", place.at is not None and place.uncertain),
            ("transitional_anatomy", place.at is not None and renamed),
            ("arms_down", body is not None and body.arms > 0),
            ("wall_cut", _cuts(counted, place, "skeletal_muscle")),
            (
                "subcutaneous_cut",
                (body is not None and body.cut) or _cuts(counted, place, "subcutaneous_fat"),
            ),
            (
                "metal",
                place.k is not None and counted.metal[place.k] * counted.pixel_cm2 >= METAL_CM2,
            ),
            ("noisy_image", noise is not None and noise >= NOISY_HU),
        )
        by_level[place.name] = tuple(code for code, there in doubts if there)
    by_level[_SLAB] = tuple(_of_slab(counted, by_level, renamed=renamed))
    return Caveats(by_level=by_level)


def _of_slab(
    counted: Census, by_level: Mapping[str, tuple[str, ...]], *, renamed: bool
) -> Iterable[str]:
    """What weakens volumes: metal on any slice of the slab, an arm or noise at any level."""
    if renamed:
        yield "transitional_anatomy"
    of_levels = {code for codes in by_level.values() for code in codes}
    yield from (code for code in ("arms_down", "noisy_image") if code in of_levels)
    if (counted.metal[counted.weights > 0] * counted.pixel_cm2 >= METAL_CM2).any():
        yield "metal"


def _cuts(counted: Census, place: Place, tissue: str) -> bool:
    return place.k is not None and bool(counted.touches_edge(TISSUE[tissue])[place.k])


def _of_scan(volume: Volume, landmarks: Landmarks) -> Iterable[str]:
    if landmarks.contrast_image != "unenhanced":
        enhanced = landmarks.contrast_image == "enhanced"
        yield "contrast_enhanced" if enhanced else "contrast_unknown"
    kvp = _positive(volume.acquisition.kvp)
    if kvp is None:
        yield "kvp_unknown"
    elif not USUAL_KVP[0] <= kvp <= USUAL_KVP[1]:
        yield "kvp_unusual"
    if any(not USUAL_SLICE_MM[0] <= mm <= USUAL_SLICE_MM[1] for mm in _thicknesses_mm(volume)):
        yield "slice_thickness_unusual"


def _thicknesses_mm(volume: Volume) -> Iterable[float]:
    """The distance of slices, and how thick the header says they are unless they were averaged."""
    yield volume.grid.spacing_mm[0]
    said = _positive(volume.acquisition.slice_thickness_mm)
    if said is not None and volume.source_grid.canonical().shape[0] == volume.grid.shape[0]:
        yield said


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def flags(found: Caveats, places: Sequence[Place]) -> tuple[Flag, ...]:
    """One flag per caveat that any level has, naming the levels; one without compartments or L3.

    Without compartments the muscles alone are measured, and what weakens those is told all the
    same: contrast, tube voltage, thickness, noise.
    """
    out = []
    inside = [place for place in places if place.at is not None]
    without = inside and all(place.cause is Cause.NO_COMPARTMENTS for place in inside)
    if without:
        message = f"Body composition cannot be measured: {NO_COMPARTMENTS}."
        out.append(raised(FLAG["no_compartments"], message))
    for row in CAVEATS:
        if without and row.key in OF_COMPARTMENTS:
            continue
        at = [place for place in places if row.key in found.by_level.get(place.name, ())]
        whole = any(row.key in found.by_level.get(name, ()) for name in (_EVERYWHERE, _SLAB))
        if at or whole:
            where = named(at) or "other levels of the slab"
            out.append(raised(FLAG[row.key], row.told.format(where=where)))
    return tuple(out) if without else (*_out_of_view(places), *out)


def _out_of_view(places: Sequence[Place]) -> Iterable[Flag]:
    """Say that the level of most cut-offs cannot be measured, and why."""
    for place in places:
        if place.name == _CHIEF and place.at is None:
            message = f"There is no body composition at {_CHIEF}: {place.reason}."
            yield raised(FLAG["level_not_in_view"], message, level=_CHIEF)
