"""Every number, picture, frame and reference of a level names the same slice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.study.result import StudyResult
from myotome.phantom import Phantom, write_dicom
from myotome.phantom.body.anatomy import Anatomy
from myotome.phantom.render import Recipe, render_recipe
from myotome.runtime.config import Configuration
from myotome.study import Stages, run
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.codes.anatomy import LEVEL
from myotome.tables.codes.sr import NAMES
from myotome.tables.quantities.tissues import TISSUES
from myotome.write.data.document import landmarks_document
from myotome.write.pictures import muscles as figure
from myotome.write.pictures.annotations import Words
from myotome.write.pictures.composition import measured_places
from myotome.write.results import draw

pytest.importorskip("highdicom", reason="needs the [dicom] extra")

from myotome.write.dicom.capture import _heights_mm
from myotome.write.dicom.seg import composition_seg, labelled_slices, muscle_seg
from myotome.write.dicom.source import Source
from myotome.write.dicom.sr.report import study_report

OFF_SLICES = {"T12": 0.3, "L1": 0.5, "L2": 0.5, "L3": 0.5, "L4": -0.3, "L5": 0.0}
"""How far above a slice's middle each level lies, in slices: ties above odd and even slices."""

StagesOf = Callable[[Phantom, Configuration], Stages]


def lower_of_ties(k: float) -> int:
    """The rule, told anew: half a slice goes down."""
    return int(np.floor(k)) if k % 1 <= 0.5 else int(np.floor(k)) + 1


def moved(truth: Phantom) -> tuple[Landmarks, dict[str, int]]:
    """The phantom's landmarks, shifted onto ties and off the grid, and the slice of each."""
    grid, levels, ks = truth.volume.grid, {}, {}
    for n, (name, off) in enumerate(OFF_SLICES.items()):
        level = truth.truth.landmarks.levels.get(name)
        if level is None or level.mid_z_mm is None:
            continue
        k = round(grid.z_to_k(level.mid_z_mm))
        k += (k + n) % 2 if off == 0.5 else 0  # odd and even slices in turn
        levels[name] = replace(level, mid_z_mm=float(grid.slice_z_mm(k + off)))
        ks[name] = lower_of_ties(k + off)
    middle = np.mean([grid.z_to_k(levels[n].mid_z_mm or 0.0) for n in ("L3", "L4")])
    ks["L3/L4"] = lower_of_ties(round(float(middle), 6))
    found = replace(truth.truth.landmarks, levels=MappingProxyType(levels))
    return found, ks


def measured(path: Path, truth: Phantom, known_stages: StagesOf, **options) -> StudyResult:
    landmarks, _ = moved(truth)
    stages = replace(
        known_stages(truth, Configuration(**options)),
        locate=lambda _: landmarks,
        needs=(),
    )
    return run(path, stages=stages, **options)


@pytest.fixture(scope="module")
def result(phantom: Phantom, dicom_study: Path, known_stages: StagesOf) -> StudyResult:
    landmarks, _ = moved(phantom)
    stages = replace(
        known_stages(phantom, Configuration()),
        locate=lambda _: landmarks,
        segment=lambda volume, _: replace(phantom.segmentation, grid=volume.grid),
        needs=(),
    )
    return run(dicom_study, stages=stages)


@pytest.fixture(scope="module")
def z_mm(result: StudyResult, phantom: Phantom) -> dict[str, float]:
    """The z that every output of a level has to name."""
    grid = result.volume.grid
    return {name: float(grid.slice_z_mm(k)) for name, k in moved(phantom)[1].items()}


def test_the_levels_lie_on_ties_above_odd_and_even_slices(phantom: Phantom) -> None:
    _, ks = moved(phantom)
    assert {ks[name] % 2 for name, off in OFF_SLICES.items() if off == 0.5} == {0, 1}


def test_the_result_carries_the_decision(result: StudyResult, z_mm: dict[str, float]) -> None:
    assert {n: s.z_mm for n, s in result.levels.items() if s.z_mm is not None} == z_mm


def test_the_document_of_landmarks_names_the_slice(
    result: StudyResult, z_mm: dict[str, float]
) -> None:
    told = landmarks_document(result.landmarks, result.slab)["level_slices"]
    assert {n: row["z_mm"] for n, row in told.items() if row["z_mm"] is not None} == z_mm


def test_areas_are_those_of_the_slice(result: StudyResult, z_mm: dict[str, float]) -> None:
    slices = {(a.structure, a.side, a.z_mm): a.area_cm2 for a in result.slice_areas}
    seen = set()
    structures = {g.key for g in GROUPS} | {t.key for t in TISSUES}
    for row in result.measurements:
        if row.quantity != "area" or row.value is None or row.structure not in structures:
            continue
        on_slice = slices.get((row.structure, row.side, z_mm.get(row.level, np.nan)))
        if on_slice is not None:
            assert row.value == pytest.approx(on_slice)
            seen.add((row.level, row.side))
    assert {level for level, side in seen if side == "left"} == set(z_mm) - {"L3/L4"}
    assert {level for level, side in seen if side == "both"} == set(z_mm)


def test_pictures_show_and_name_the_slice(result: StudyResult, z_mm: dict[str, float]) -> None:
    vertebrae = {n: z for n, z in z_mm.items() if n != "L3/L4"}
    assert {p.level: p.z_mm for p in figure.places(result)} == vertebrae
    assert {p.level: p.z_mm for p in measured_places(result)} == vertebrae
    for place in (*figure.places(result), *measured_places(result)):
        assert result.volume.grid.slice_z_mm(place.k) == place.z_mm
    pictures = draw(result)
    for name, z in vertebrae.items():
        said = f"{z:.1f} mm".replace("-", "\u2212")
        for role in (f"axial {name}", f"quality {name}", f"composition {name}"):
            assert said in pictures[role].caption
    said = f"{z_mm['L3']:.1f} mm"
    assert said.replace("-", "\u2212") in pictures["sagittal"].caption
    marks = [m.text for m in pictures["sagittal"].marks if isinstance(m, Words)]  # type: ignore[attr-defined]
    assert f"z {said}" in marks
    heights = _heights_mm(result)
    assert {heights[f"axial {n}"] for n in vertebrae} == set(vertebrae.values())
    assert heights["map"] == heights["quality L3"] == heights["composition L3"] == z_mm["L3"]


def frames_mm(seg) -> list[float]:
    """Patient z at the middle of every frame."""
    shared = seg.SharedFunctionalGroupsSequence[0]
    orientation = shared.PlaneOrientationSequence[0].ImageOrientationPatient
    rows, columns = shared.PixelMeasuresSequence[0].PixelSpacing
    aside = orientation[2] * columns * (seg.Columns - 1) / 2
    aside += orientation[5] * rows * (seg.Rows - 1) / 2
    return [
        float(g.PlanePositionSequence[0].ImagePositionPatient[2]) + aside
        for g in seg.PerFrameFunctionalGroupsSequence
    ]


def referenced(result: StudyResult) -> dict[str, set[tuple[float, float]]]:
    """For each level the (z of the segment's frame, z of the image) that the report names."""
    source = Source.of(result)
    segs = [muscle_seg(result, source), composition_seg(result, source)]
    report = study_report(result, source, segs)
    frames = {seg.SOPInstanceUID: frames_mm(seg) for seg in segs if seg is not None}
    images = {i.sop_instance_uid: i.position_mm[2] for i in source.everything}
    names = {(c.scheme, c.value): name for name, c in LEVEL.items()}
    found: dict[str, set[tuple[float, float]]] = {}
    for group in groups(report):
        frame, image = child(group, "segment_frame"), child(group, "segment_image")
        if frame is None or image is None:
            continue
        modifier = child(child(group, "finding_site"), "modifier")
        code = modifier.ConceptCodeSequence[0]
        level = names[code.CodingSchemeDesignator, code.CodeValue]
        of_frame = frame.ReferencedSOPSequence[0]
        number = of_frame.ReferencedFrameNumber
        z = frames[of_frame.ReferencedSOPInstanceUID][number - 1]
        uid = image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        found.setdefault(level, set()).add((round(z, 3), round(images[uid], 3)))
    return found


def child(item, name: str):
    code = NAMES[name]
    for one in item.get("ContentSequence", []):
        concept = one.ConceptNameCodeSequence[0]
        if (concept.CodingSchemeDesignator, concept.CodeValue) == (code.scheme, code.value):
            return one
    return None


def groups(report):
    return child(report, "measurements").ContentSequence


def test_frames_and_references_are_of_the_slice(
    result: StudyResult, z_mm: dict[str, float]
) -> None:
    grid = result.volume.grid
    assert {n: grid.slice_z_mm(k) for n, k in labelled_slices(result).items()} == z_mm
    seg = composition_seg(result, Source.of(result))
    assert {round(z, 3) for z in frames_mm(seg)} == {round(z, 3) for z in z_mm.values()}
    assert referenced(result) == {n: {(round(z, 3),) * 2} for n, z in z_mm.items()}


def test_of_averaged_slices_frame_and_image_are_one_and_the_lower(
    tmp_path: Path, known_stages: StagesOf
) -> None:
    """A thick slice lies midway of two thin ones: both are of it, and one is named."""
    body = Anatomy()
    ends = body.level_z_mm("L2") + 10.0, body.level_z_mm("L4") - 10.0
    thin = render_recipe(body, Recipe(spacing_mm=(1.0, 5.0, 5.0), z_mm=ends, oversample=1))
    write_dicom(thin, tmp_path / "study")
    result = measured(tmp_path / "study", thin, known_stages)
    assert result.volume.grid.spacing_mm[0] == pytest.approx(2.0)
    found = referenced(result)
    assert set(found) == {"L2", "L3", "L4"}
    for name, pairs in found.items():
        middle = result.levels[name].z_mm
        assert middle is not None
        assert pairs == {(round(middle - 0.5, 3),) * 2}


def test_a_neighbouring_slice_has_other_areas(result: StudyResult, z_mm: dict[str, float]) -> None:
    """Or the comparison of areas could not fail."""
    slices: dict[float, list[float]] = {}
    for area in result.slice_areas:
        slices.setdefault(area.z_mm, []).append(area.area_cm2)
    order = sorted(slices)
    for z in z_mm.values():
        at = order.index(z)
        assert slices[z] not in (slices[order[at - 1]], slices[order[at + 1]])
