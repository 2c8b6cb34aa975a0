"""A StudyResult of a small synthetic body, with everything a report may have to say."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from myotome.locate.level_slices import level_slices
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.numbers.measurement import Measurement, SliceArea, Status
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import (
    Catalogue,
    FileEntry,
    Instance,
    Judged,
    Reason,
    Series,
    Verdict,
)
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.quantities.quantities import QUANTITY

# (group, centre from the spine's axis in mm: sideways, backwards; radii mm)
_SHAPES = {
    "psoas": (38, 2, 18, 20),
    "quadratus_lumborum": (68, 22, 14, 11),
    "erector_spinae": (36, 52, 30, 20),
    "gluteus_medius": (108, 40, 12, 30),
    "rectus_abdominis": (32, -98, 28, 9),
    "lateral_abdominals": (126, -30, 12, 45),
}


def synthetic(spacing=(6.0, 3.0, 3.0), shape=(44, 84, 112)) -> StudyResult:
    """An elliptic body with twelve elliptic muscles, fat streaks, spine and a couch."""
    grid = Grid.axial(shape, spacing, (-shape[2] / 2 * spacing[2], -130.0, -420.0))
    k, j, i = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij", sparse=True)
    z = -420.0 + k * spacing[0]
    y = -130.0 + j * spacing[1]
    x = (-shape[2] / 2 + i) * spacing[2]
    rng = np.random.default_rng(7)
    hu = np.full(shape, -1000, dtype=np.int16)
    body = (x / 150) ** 2 + (y / 112) ** 2 < 1
    hu[np.broadcast_to(body, shape)] = -100
    hu[np.broadcast_to((x / 118) ** 2 + ((y + 8) / 84) ** 2 < 1, shape)] = 35
    hu[np.broadcast_to(x**2 + (y - 22) ** 2 < 23**2, shape)] = 250
    lung = (z > -200) & ((np.abs(x) - 60) ** 2 + (y + 5) ** 2 < 40**2)
    hu[np.broadcast_to(lung, shape)] = -850
    hu[np.broadcast_to((np.abs(y - 125) < 2.5) & (np.abs(x) < 140), shape)] = 60
    labels = np.zeros(shape, dtype=np.uint8)
    looked = np.broadcast_to((z >= -396) & (z <= -200), shape)
    for muscle in MUSCLES:
        cx, cy, rx, ry = _SHAPES[muscle.group]
        cx = cx if muscle.side == "left" else -cx
        inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
        inside = np.broadcast_to(inside, shape) & looked
        if muscle.group == "gluteus_medius":
            inside = inside & np.broadcast_to(z < -370, shape)
        labels[inside] = muscle.value
    muscle_hu = np.clip(rng.normal(45, 18, shape), -25, 140).astype(np.int16)
    hu = np.where(labels > 0, muscle_hu, hu)
    streak = (labels > 0) & (rng.random(shape) < 0.08)
    hu[streak] = -80
    volume = Volume(
        hu=np.ascontiguousarray(hu),
        grid=grid,
        source_grid=grid,
        acquisition=SeriesHeader(kvp=120.0, kernel="B31f", manufacturer="Phantom & <Sons>"),
    )
    return _described(volume, labels)


def _described(volume: Volume, labels) -> StudyResult:
    mids = dict(zip(("T12", "L1", "L2", "L3", "L4", "L5"), range(-190, -400, -38), strict=False))
    levels = {
        name: Level(
            name=name,
            mid_z_mm=float(z),
            superior_z_mm=z + 14.0,
            inferior_z_mm=None if name == "T12" else z - 14.0,
            centre_xy_mm=(0.0, 20.0),
            confidence=0.4 if name == "L5" else 0.93,
        )
        for name, z in mids.items()
    }
    slab = Slab(
        superior_z_mm=-203.0,
        inferior_z_mm=-394.0,
        superior_found=True,
        inferior_found=False,
        inferior_reason="the scan ends above the inferior endplate of L5",
    )
    grid = volume.grid
    segmentation = Segmentation(
        labels=labels,
        grid=grid,
        backend="synthetic",
        k_range=(int(np.ceil(grid.z_to_k(-396))), int(np.floor(grid.z_to_k(-200))) + 1),
        gaps=MappingProxyType({"gluteus_medius": "most of it lies below the slab"}),
    )
    landmarks = Landmarks(
        lung_base_z_mm=-203.0,
        lung_base_confidence=0.97,
        levels=MappingProxyType(levels),
        contrast_image="enhanced",
        contrast_evidence=MappingProxyType({"aorta_hu": 162.0, "kidneys_hu": 181.0}),
    )
    slab = replace(slab, levels=level_slices(volume.grid, landmarks))
    series = _series()
    return StudyResult(
        catalogue=Catalogue(files=_files(), series=tuple(j.series for j in series)),
        judged=series,
        chosen="2",
        volume=volume,
        landmarks=landmarks,
        slab=slab,
        segmentation=segmentation,
        measurements=tuple(measured(volume, segmentation, levels)),
        slice_areas=tuple(areas(volume, segmentation, slab)),
        contrast_header="unenhanced",
        person=Person(sex="F", age_years=93.0, height_cm=165.0, weight_kg=70.0),
        flags=_flags(),
        provenance=_provenance(),
    )


def _flags() -> tuple[Flag, ...]:
    return (
        Flag(
            code="thin_averaged",
            severity=Severity.INFO,
            message="Thin slices were averaged to 6 mm.",
            stage="read",
        ),
        Flag(
            code="contrast_disagreement",
            severity=Severity.WARNING,
            message="The header says unenhanced, the image looks enhanced.",
            stage="locate",
        ),
        Flag(
            code="slab_cut",
            severity=Severity.FAILURE,
            message="The scan ends inside the slab <below L5>.",
            stage="locate",
        ),
    )


def _provenance() -> Provenance:
    return Provenance(
        myotome_version="0.1.0",
        python_version="3.11.7",
        platform="Linux x86_64",
        packages=MappingProxyType({"numpy": "2.4.6", "scipy": "1.17.1"}),
        weights=MappingProxyType({"muscles 1": "ab" * 32}),
        engine="openvino 2026.4, bf16",
        input_sha256="cd" * 32,
        configuration=MappingProxyType({"backend": "bundled", "series": None, "threads": 2}),
        started_utc="2026-11-21T04:22:00+00:00",
        stage_seconds=MappingProxyType({"read": 1.204, "locate": 0.8, "segment": 4.25}),
    )


def _series() -> tuple[Judged, ...]:
    def one(key: str, description: str, **header: object) -> Series:
        image = Instance(
            path=None,  # type: ignore[arg-type]
            sop_instance_uid="1.2.840.99999.7",
            frame=None,
            position_mm=None,
            orientation=None,
        )
        return Series(
            key=key,
            format="dicom",
            modality="CT",
            description=description,
            instances=(image,) * 3,
            header=SeriesHeader(**header),
            study_key="s1",
        )

    return (
        Judged(
            series=one("1", "Topogram 0.6 T20s", kernel="T20s"),
            verdict=Verdict.REFUSED,
            reasons=(Reason(rule="kind", text="is a localizer, not an original axial series"),),
        ),
        Judged(
            series=one(
                "2",
                "=ABD 5.0 B31f",
                kernel="B31f",
                slice_thickness_mm=5.0,
                kvp=120.0,
                sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
                patient_age_years=93.0,
                procedure_codes=(("CPT", "74177"),),
            ),
            verdict=Verdict.USABLE,
            reasons=(Reason(rule="best", text="soft kernel, 5 mm, covers the abdomen"),),
            rank=1,
        ),
        Judged(
            series=one("3", "ABD 1.0 B70f", kernel="B70f", slice_thickness_mm=1.0),
            verdict=Verdict.REFUSED,
            reasons=(
                Reason(rule="kernel", text="sharp kernel B70f"),
                Reason(rule="thin", text="slices of 1 mm are thinner than 2 mm"),
            ),
        ),
    )


def _files() -> tuple[FileEntry, ...]:
    return (
        FileEntry(name="DOE_JANE/SE2/IM0001", status="used", series_key="2"),
        FileEntry(name="DOE_JANE/SE2/1.2.840.113.77.dcm", status="used", series_key="2"),
        FileEntry(
            name="DOE_JANE/letter.pdf", status="not_an_image", reason="neither DICOM nor NIfTI"
        ),
    )


def measured(volume, segmentation, levels) -> list[Measurement]:
    """Plain counts; gluteus medius partial, right quadratus lumborum not measurable."""
    rows: list[Measurement] = []
    for group in [*(g.key for g in GROUPS), "total"]:
        for side in ("left", "right", "both"):
            values = [
                m.value for m in MUSCLES if group in (m.group, "total") and side in (m.side, "both")
            ]
            mask = np.isin(segmentation.labels, values)
            rows += _rows(volume, mask, group, side)
            rows += _area_rows(volume, segmentation, values, (group, side), levels)
    return rows


def _rows(volume, mask, group, side) -> list[Measurement]:
    hu = volume.hu[mask]
    ml = mask.sum() * volume.grid.voxel_ml
    lean = ((hu >= -29) & (hu <= 150)).sum()
    values = {
        "volume": ml,
        "gross_mass": ml * 1.06,
        "lean_mass": lean * volume.grid.voxel_ml * 1.06,
        "mean_hu": hu.mean() if hu.size else 0,
        "nama_share": 100 * (hu >= 30).sum() / max(1, lean),
    }
    status, reason, covered = Status.MEASURED, "", None
    if group in ("gluteus_medius", "total"):
        status, reason, covered = Status.PARTIAL, "the scan ends above its lower end", 63.2
    if (group, side) == ("quadratus_lumborum", "right"):
        status, reason = Status.NOT_MEASURABLE, "the backend does not give it"
    return [
        Measurement(
            quantity=key,
            structure=group,
            side=side,
            level="slab",
            value=None if status is Status.NOT_MEASURABLE else float(value),
            unit=QUANTITY[key].unit,
            status=status,
            reason=reason,
            definition=QUANTITY[key].meaning,
            covered_percent=covered,
        )
        for key, value in values.items()
    ]


def _area_rows(volume, segmentation, values, name, levels) -> list[Measurement]:
    rows = []
    for level in REPORTED:
        known = levels.get(level)
        reason = "the level is not in the scan, or was not found"
        value = None
        if known is not None:
            k = round(volume.grid.z_to_k(known.mid_z_mm))
            first, last = segmentation.k_range
            reason = "the level lies outside the measured slab"
            if first <= k < last:
                count = np.isin(segmentation.labels[k], values).sum()
                value = float(count * volume.grid.pixel_cm2)
        rows.append(
            Measurement(
                quantity="area",
                structure=name[0],
                side=name[1],
                level=level,
                value=value,
                unit="cm2",
                status=Status.NOT_MEASURABLE if value is None else Status.MEASURED,
                reason=reason if value is None else "",
                definition=QUANTITY["area"].meaning,
            )
        )
    return rows


def areas(volume, segmentation, slab) -> list[SliceArea]:
    """The area of each muscle on each slice that has it."""
    rows = []
    for k in range(*segmentation.k_range):
        counts = np.bincount(segmentation.labels[k].ravel(), minlength=13)
        z = volume.grid.slice_z_mm(float(k))
        for muscle in MUSCLES:
            if counts[muscle.value]:
                hu = volume.hu[k][segmentation.labels[k] == muscle.value]
                rows.append(
                    SliceArea(
                        z_mm=z,
                        structure=muscle.group,
                        side=muscle.side,
                        area_cm2=float(counts[muscle.value] * volume.grid.pixel_cm2),
                        mean_hu=float(hu.mean()),
                        in_slab=slab.inferior_z_mm <= z <= slab.superior_z_mm,
                        cut=muscle.group == "lateral_abdominals" and k % 9 == 0,
                    )
                )
    return rows


def without_anything(result: StudyResult) -> StudyResult:
    """The same scan with no level found, no muscle and nothing measurable."""
    empty = np.zeros(result.volume.grid.shape, dtype=np.uint8)
    landmarks = Landmarks(lung_base_z_mm=None, lung_base_confidence=0.0)
    return replace(
        result,
        landmarks=landmarks,
        slab=replace(result.slab, levels=level_slices(result.volume.grid, landmarks)),
        segmentation=replace(result.segmentation, labels=empty, gaps=MappingProxyType({})),
        measurements=tuple(
            replace(m, value=None, status=Status.NOT_MEASURABLE, reason="no muscle was found")
            for m in result.measurements
        ),
        slice_areas=(),
        flags=(),
        person=Person(),
    )


@pytest.fixture(scope="session")
def result() -> StudyResult:
    """A complete result; its arrays are read-only, so tests may share it."""
    return synthetic()


@pytest.fixture(scope="session")
def empty_result(result: StudyResult) -> StudyResult:
    return without_anything(result)
