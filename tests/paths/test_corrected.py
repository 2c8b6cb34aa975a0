"""Correct and measure again: labels of other programs and people, and only what they changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.pixels.utils import pack_bits

from myotome.errors import BackendError, GridMismatchError, InputError, NoUsableSeriesError
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.paths.corrected import Drawn, reviewed, run_reviewed
from myotome.phantom import Anatomy, Faults, Phantom, Recipe, render, render_recipe, write_dicom
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.input.files import opened
from myotome.read.results.load import load
from myotome.runtime.config import Configuration
from myotome.segment.labels.edited import with_edits
from myotome.segment.labels.label_table import read_table
from myotome.segment.labels.masks import NOT_GIVEN, table_for_masks
from myotome.study import Stages, run_study
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES
from myotome.tables.anatomy.names import AUTOCHTHON

highdicom = pytest.importorskip("highdicom", reason="needs the [dicom] extra")

from myotome.write.dicom.pseudonym import Pseudonyms, pseudonymous  # noqa: E402 - after the skip
from myotome.write.dicom.seg import muscle_seg  # noqa: E402
from myotome.write.dicom.series import save  # noqa: E402
from myotome.write.dicom.source import Source  # noqa: E402
from myotome.write.results import write_results  # noqa: E402

Labels = np.ndarray
SIDES = ("left", "right")
CODES = {"left": ("SCT", "7771000", "Left"), "right": ("SCT", "24028007", "Right")}


# --- segmentation objects as others make them ------------------------------------------------


def described(number: int, label: str, kind: str = "Tissue", side: str = "") -> object:
    from highdicom.sr import CodedConcept
    from pydicom.sr.codedict import codes

    made = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=CodedConcept("85756007", "SCT", kind),
        algorithm_type="MANUAL",
    )
    if side:
        scheme, value, meaning = CODES[side]
        code = Dataset()
        code.CodingSchemeDesignator, code.CodeValue, code.CodeMeaning = scheme, value, meaning
        types = made.SegmentedPropertyTypeCodeSequence[0]
        types.SegmentedPropertyTypeModifierCodeSequence = [code]
    return made


def images(folder: Path) -> list[Dataset]:
    """The CT's files from the feet up."""
    read = [dcmread(path) for path in sorted(folder.rglob("*.dcm"))]
    for dataset in read:
        dataset.PatientName = f"{dataset.PatientName}^"  # else highdicom warns
    return sorted(read, key=lambda d: float(d.ImagePositionPatient[2]))


def drawn_seg(
    folder: Path, masks: Sequence[Labels], words: Sequence[object], kind: str = "BINARY"
) -> Dataset:
    """A SEG on the images of ``folder``; each mask ``(k, j, i)`` may overlap the others."""
    sheets = np.stack([mask.astype(np.uint8) for mask in masks], axis=-1)
    if kind == "LABELMAP":
        sheets = (sheets * np.arange(1, len(masks) + 1)).max(axis=-1).astype(np.uint8)
    return highdicom.seg.Segmentation(
        source_images=images(folder),
        pixel_array=sheets,
        segmentation_type=kind,
        segment_descriptions=words,
        series_instance_uid=highdicom.UID(),
        series_number=100,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="Other",
        manufacturer_model_name="Other",
        software_versions="1",
        device_serial_number="1",
    )


def named_seg(folder: Path, labels: Labels, names: Mapping[str, Labels | str]) -> Dataset:
    """A SEG with one segment per name, of a mask or of the muscle with that key."""
    masks = [labels == MUSCLE[m].value if isinstance(m, str) else m for m in names.values()]
    words = [described(n, name) for n, name in enumerate(names, 1)]
    return drawn_seg(folder, masks, words)


def as_slicer(seg: Dataset) -> None:
    """As dcmqi writes: frames by segment but in any order, rounded, without our own extras."""
    groups = seg.PerFrameFunctionalGroupsSequence
    order = np.random.default_rng(5).permutation(len(groups))
    seg.PixelData = pack_bits(seg.pixel_array[order])
    seg.PerFrameFunctionalGroupsSequence = [groups[n] for n in order]
    measures = seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.PixelSpacing = [f"{float(v) + 1e-4:.6g}" for v in measures.PixelSpacing]
    if "SpacingBetweenSlices" in measures:
        del measures.SpacingBetweenSlices
    for item in seg.SegmentSequence:
        item.SegmentDescription = "Anatomical Structure"
        for keyword in ("TrackingID", "TrackingUID"):
            if keyword in item:
                delattr(item, keyword)
    for group in seg.PerFrameFunctionalGroupsSequence:
        if "DerivationImageSequence" in group:
            del group.DerivationImageSequence
    del seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence


def places(seg: Dataset) -> list[Dataset]:
    """The plane positions, of which frames of one slice may share one."""
    groups = seg.PerFrameFunctionalGroupsSequence
    return list({id(p): p for p in (g.PlanePositionSequence[0] for g in groups)}.values())


def cropped(seg: Dataset, margin: int) -> None:
    """Rows and columns without the outermost ``margin``, with every position moved."""
    pixels = seg.pixel_array[:, margin:-margin, margin:-margin]
    shared = seg.SharedFunctionalGroupsSequence[0]
    down, across = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    for place in places(seg):
        x, y, z = (float(v) for v in place.ImagePositionPatient)
        place.ImagePositionPatient = [x + margin * across, y + margin * down, z]
    seg.Rows, seg.Columns = pixels.shape[1:]
    seg.PixelData = pack_bits(np.ascontiguousarray(pixels))


# --- one coarse scan, and its truth as what the network found --------------------------------


class Scan:
    """A study on disk, its volume, and the true muscles as a network's segmentation."""

    def __init__(self, folder: Path, volume: Volume, made: Segmentation) -> None:
        self.folder, self.volume, self.made = folder, volume, made

    @property
    def labels(self) -> Labels:
        return self.made.labels

    def imported(self, path: Path, table: str | None = None) -> Segmentation:
        return reviewed(self.made, self.volume, path, table_for_masks(table))


@pytest.fixture(scope="session")
def body() -> Phantom:
    """The lower half of the belly, coarse: gluteus medius is in it, too."""
    anatomy = Anatomy()
    bottom = anatomy.slab_z_mm[1]
    recipe = Recipe(spacing_mm=(8.0, 5.0, 5.0), oversample=1, z_mm=(bottom + 72, bottom - 8))
    return render_recipe(anatomy, recipe)


@pytest.fixture(scope="session")
def scan_of(body, known_stages, tmp_path_factory) -> Callable[[str], Scan]:
    """The body as a study with the fault of that name, made once."""
    kept: dict[str, Scan] = {}
    faults = {"plain": Faults(), "thin": Faults(thin_mm=1.6), "tilt": Faults(tilt_deg=12.0)}

    def scan(name: str) -> Scan:
        if name not in kept:
            folder = tmp_path_factory.mktemp(name) / "ct"
            acquired = write_dicom(body, folder, faults=faults[name]).acquired
            with opened(folder) as given:
                volume = assemble(max(catalogue(given).series, key=lambda s: len(s.instances)))
            made = known_stages(acquired, Configuration()).segment(volume, None)
            wall = np.where(made.labels > 0, np.uint8(2), np.uint8(1))
            kept[name] = Scan(folder, volume, replace(made, compartments=wall))
        return kept[name]

    return scan


@pytest.fixture(scope="session")
def scan(scan_of) -> Scan:
    return scan_of("plain")


def codes_of(segmentation: Segmentation) -> dict[str, str]:
    return {flag.code: flag.message for flag in segmentation.flags}


OURS = {m.words: m.key for m in MUSCLES}


# --- what others write -----------------------------------------------------------------------


def test_totalsegmentator_gives_three_groups_and_says_how_they_differ(scan, tmp_path) -> None:
    theirs = {"iliopsoas": "psoas", "autochthon": "erector_spinae", "gluteus_medius": ""}
    names: dict[str, Labels | str] = {"liver": np.roll(scan.labels > 0, 3, axis=1)}
    for name, group in theirs.items():
        names |= {f"{name}_{side}": f"{group or name}_{side}" for side in SIDES}
    save(named_seg(scan.folder, scan.labels, names), tmp_path / "ts.dcm")
    got = scan.imported(tmp_path / "ts.dcm")
    given = [m for m in MUSCLES if m.group in ("psoas", "erector_spinae", "gluteus_medius")]
    wanted = np.where(np.isin(scan.labels, [m.value for m in given]), scan.labels, 0)
    np.testing.assert_array_equal(got.labels, wanted)
    assert got.gaps["erector_spinae"] == AUTOCHTHON
    assert "iliacus" in got.gaps["psoas"]
    assert got.gaps["rectus_abdominis_left"] == NOT_GIVEN
    assert "gluteus_medius" not in got.gaps
    assert codes_of(got)["labels_unused"].startswith("1 segment")
    assert "labels_edited" not in codes_of(got)


def test_totalsegmentators_single_layers_become_the_lateral_abdominals(scan, tmp_path) -> None:
    lateral = scan.labels == MUSCLE["lateral_abdominals_left"].value
    outer = lateral & (np.indices(lateral.shape)[2] % 2 == 0)
    names: dict[str, Labels | str] = {
        "external_oblique_left": outer,
        "internal_oblique_left": lateral & ~outer,
        "transversospinalis_left": "erector_spinae_left",
        "psoas_major_left": "psoas_left",
        "psoas_major_right": "psoas_right",
    }
    save(named_seg(scan.folder, scan.labels, names), tmp_path / "ts.dcm")
    got = scan.imported(tmp_path / "ts.dcm")
    for key in ("lateral_abdominals_left", "erector_spinae_left", "psoas_right"):
        value = MUSCLE[key].value
        np.testing.assert_array_equal(got.labels == value, scan.labels == value)
    assert "transversus" in got.gaps["lateral_abdominals"]
    assert "T4 to L4 only" in got.gaps["psoas"]
    # one layer alone is no muscle of ours where nobody takes care of the others
    assert read_table().of_name("external_oblique_left") is None


@pytest.mark.parametrize("change", [as_slicer, lambda seg: cropped(seg, 3)], ids=["slicer", "crop"])
def test_an_object_written_anew_holds_the_same_muscles(change, scan, tmp_path) -> None:
    seg = named_seg(scan.folder, scan.labels, dict(reversed(OURS.items())))
    change(seg)
    seg.save_as(tmp_path / "s.dcm")
    got = scan.imported(tmp_path / "s.dcm")
    np.testing.assert_array_equal(got.labels, scan.labels)
    assert codes_of(got) == {}


def test_a_label_map_seg_holds_the_same_muscles(scan, tmp_path) -> None:
    masks = [scan.labels == m.value for m in MUSCLES]
    words = [described(n, m.words) for n, m in enumerate(MUSCLES, 1)]
    seg = drawn_seg(scan.folder, masks, words, kind="LABELMAP")
    save(seg, tmp_path / "map.dcm")
    np.testing.assert_array_equal(scan.imported(tmp_path / "map.dcm").labels, scan.labels)


@pytest.mark.parametrize(
    ("label", "old", "description"),
    [
        ("Psoas", False, ""),
        ("Segment_1", False, ""),
        ("Segment_1", True, "Tissue"),
        ("psoas {letter}", True, ""),
        ("Region 3", False, "{side} psoas"),
    ],
)
def test_sides_and_names_may_be_in_the_codes(label, old, description, scan, tmp_path) -> None:
    masks = [scan.labels == MUSCLE[f"psoas_{side}"].value for side in SIDES]
    texts = {side: {"side": side, "letter": side[0].upper()} for side in SIDES}
    words = [
        described(n, label.format(**texts[side]), "Psoas muscle", side)
        for n, side in enumerate(SIDES, 1)
    ]
    for word, side in zip(words, SIDES, strict=True):
        if description:
            word.SegmentDescription = description.format(**texts[side])
        if old:  # SRT, in another language
            types = word.SegmentedPropertyTypeCodeSequence[0]
            code = types.SegmentedPropertyTypeModifierCodeSequence[0]
            code.CodingSchemeDesignator = "SRT"
            code.CodeValue = {"left": "G-A101", "right": "G-A100"}[side]
            code.CodeMeaning = {"left": "Links", "right": "Rechts"}[side]
    save(drawn_seg(scan.folder, masks, words), tmp_path / "codes.dcm")
    got = scan.imported(tmp_path / "codes.dcm")
    both = np.isin(scan.labels, [MUSCLE[f"psoas_{side}"].value for side in SIDES])
    np.testing.assert_array_equal(got.labels, np.where(both, scan.labels, 0))


# --- what a reader does to it ----------------------------------------------------------------


def test_a_deleted_segment_is_not_measurable_and_an_emptied_one_is_gone(scan, tmp_path) -> None:
    names = {words: key for words, key in OURS.items() if key != "psoas_left"}
    seg = named_seg(scan.folder, np.where(scan.labels == 2, 0, scan.labels), names)
    save(seg, tmp_path / "less.dcm")
    got = scan.imported(tmp_path / "less.dcm")
    assert not np.isin(got.labels, (1, 2)).any()
    assert got.gaps == {"psoas_left": NOT_GIVEN}
    assert codes_of(got) == {
        "labels_absent": "Not among the imported labels: left psoas.",
        "labels_edited": "Differ from the network's labels: right psoas.",
    }


def test_new_segments_are_told_of_and_left_out(scan, tmp_path) -> None:
    rest = np.roll(scan.labels > 0, 2, axis=0)
    names = {**OURS, "Segment_1": rest, "psoas": rest, "Jane Doe psoas left": rest}
    save(named_seg(scan.folder, scan.labels, names), tmp_path / "more.dcm")
    got = scan.imported(tmp_path / "more.dcm")
    np.testing.assert_array_equal(got.labels, scan.labels)
    said = codes_of(got)
    assert said["labels_unused"] == "1 segment(s) of other structures were left out."
    assert said["labels_not_understood"].startswith("2 segment(s)")
    assert "psoas" in said["labels_not_understood"]
    assert "Jane" not in str(said)


def test_overlapping_segments_are_refused_by_name(scan, tmp_path) -> None:
    grown = scan.labels == MUSCLE["psoas_left"].value
    grown |= scan.labels == MUSCLE["erector_spinae_left"].value
    names = {"left psoas": grown, "left erector spinae": "erector_spinae_left"}
    save(named_seg(scan.folder, scan.labels, names), tmp_path / "over.dcm")
    with pytest.raises(InputError, match='"left psoas" and "left erector spinae" overlap'):
        scan.imported(tmp_path / "over.dcm")
    table = tmp_path / "mine.csv"
    table.write_text("label,target\nleft psoas,ignore\nleft erector spinae,erector_spinae_left\n")
    assert set(np.unique(scan.imported(tmp_path / "over.dcm", str(table)).labels)) == {0, 5}


def test_exchanged_sides_are_refused_or_told(scan, tmp_path) -> None:
    swapped = {m.words: f"{m.group}_{'right' if m.side == 'left' else 'left'}" for m in MUSCLES}
    save(named_seg(scan.folder, scan.labels, swapped), tmp_path / "all.dcm")
    with pytest.raises(BackendError, match="left and right are swapped"):
        scan.imported(tmp_path / "all.dcm")
    one = {words: swapped[words] if "psoas" in words else key for words, key in OURS.items()}
    save(named_seg(scan.folder, scan.labels, one), tmp_path / "one.dcm")
    said = codes_of(scan.imported(tmp_path / "one.dcm"))
    assert said["labels_sides"].endswith("of: psoas.")


def test_labels_without_a_known_muscle_are_refused(scan, tmp_path) -> None:
    save(named_seg(scan.folder, scan.labels, {"liver": "psoas_left"}), tmp_path / "no.dcm")
    with pytest.raises(InputError, match="no muscle that is known"):
        scan.imported(tmp_path / "no.dcm")


# --- other grids -----------------------------------------------------------------------------


def own_seg(scan: Scan, labels: Labels | None = None) -> Dataset:
    return muscle_seg(*measured(scan, labels))


def measured(scan: Scan, labels: Labels | None = None) -> tuple[StudyResult, Source]:
    """A result without numbers, for the objects that are made of it."""
    with opened(scan.folder) as given:
        found = catalogue(given)
    from myotome.nouns.space.landmarks import Landmarks, Slab
    from myotome.nouns.study.person import Person
    from myotome.nouns.study.provenance import Provenance
    from myotome.nouns.study.series import Judged, Verdict

    series = max(found.series, key=lambda s: len(s.instances))
    made = scan.made if labels is None else replace(scan.made, labels=labels)
    result = StudyResult(
        catalogue=found,
        judged=(Judged(series=series, verdict=Verdict.USABLE, reasons=(), rank=1),),
        chosen=series.key,
        volume=scan.volume,
        landmarks=Landmarks(lung_base_z_mm=None, lung_base_confidence=0.0),
        slab=Slab(superior_z_mm=0, inferior_z_mm=-1, superior_found=True, inferior_found=True),
        segmentation=made,
        measurements=(),
        slice_areas=(),
        contrast_header="unknown",
        person=Person(),
        flags=(),
        provenance=Provenance(myotome_version="0", python_version="3", platform="test"),
    )
    return result, Source.of(result)


@pytest.mark.parametrize("name", ["plain", "thin", "tilt"])
@pytest.mark.parametrize("form", ["seg", "rtstruct"])
def test_our_own_objects_come_back_voxel_for_voxel(name, form, scan_of, tmp_path) -> None:
    from myotome.write.dicom.rtstruct import rtstruct

    scan = scan_of(name)
    make = {"seg": muscle_seg, "rtstruct": rtstruct}[form]
    save(make(*measured(scan)), tmp_path / "own.dcm")
    got = scan.imported(tmp_path / "own.dcm")
    np.testing.assert_array_equal(got.labels, scan.labels)
    assert "labels_edited" not in codes_of(got)


def test_labels_drawn_on_thin_slices_are_taken_at_the_middle_of_the_thick_ones(
    scan_of, tmp_path
) -> None:
    scan = scan_of("thin")
    assert scan.volume.grid.shape[0] < len(images(scan.folder))
    thin = scan.volume.source_grid
    at = np.rint(thin.to_index(scan.volume.grid.to_lps_mm([(k, 0, 0) for k in range(
        scan.volume.grid.shape[0])]))[:, 0]).astype(int)  # fmt: skip
    mask = np.zeros(thin.shape, bool)
    mask[at[2] :, 10:14, 40:44] = True
    seg = drawn_seg(scan.folder, [mask], [described(1, "Psoas L")])
    save(seg, tmp_path / "thin.dcm")
    got = scan.imported(tmp_path / "thin.dcm").labels
    assert (got[2:, 10:14, 40:44] == 1).all()
    assert np.count_nonzero(got) == got[2:, 10:14, 40:44].size


def test_labels_drawn_on_tilted_slices_are_moved_onto_the_corrected_ones(scan_of, tmp_path) -> None:
    scan = scan_of("tilt")
    count = len(images(scan.folder))
    mask = np.zeros((count, *scan.volume.grid.shape[1:]), bool)
    mask[5:9, 30:40, 40:44] = True
    save(drawn_seg(scan.folder, [mask], [described(1, "left psoas")]), tmp_path / "tilt.dcm")
    got = scan.imported(tmp_path / "tilt.dcm")
    assert "tilted" in codes_of(got)["labels_resampled"]
    volume = np.count_nonzero(got.labels) * scan.volume.grid.voxel_ml
    step = abs(scan.volume.grid.matrix[2, 2])
    pixels = images(scan.folder)[0].PixelSpacing
    # a sheared block keeps its volume: slices along z times the area of its tilted pixels
    tilted = mask.sum() * float(pixels[0]) * float(pixels[1]) * step * np.cos(np.radians(12)) / 1e3
    assert volume == pytest.approx(tilted, rel=0.05)


def test_another_grid_is_refused(scan, tmp_path) -> None:
    seg = own_seg(scan)
    for place in places(seg):
        x, y, z = (float(v) for v in place.ImagePositionPatient)
        place.ImagePositionPatient = [x + 1000, y, z]
    save(seg, tmp_path / "far.dcm")
    with pytest.raises(GridMismatchError):
        scan.imported(tmp_path / "far.dcm")


# --- which study -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def stages_of(body, known_stages) -> Callable[[], Stages]:
    def stages() -> Stages:
        return known_stages(body, Configuration(threads=1))

    return stages


def test_the_series_that_was_drawn_on_is_measured(scan, body, stages_of, tmp_path) -> None:
    for uids in ("images", "series only"):
        seg = own_seg(scan)
        if uids == "series only":
            as_slicer(seg)
        seg.save_as(tmp_path / f"{uids}.dcm")
        drawn = Drawn(path=tmp_path / f"{uids}.dcm")
        config = Configuration(threads=1)
        outcome = run_reviewed(scan.folder, drawn, config=config, stages=stages_of())
        np.testing.assert_array_equal(outcome.best.segmentation.labels, scan.labels)


def test_labels_of_another_study_or_with_pseudonyms_are_refused(scan, stages_of, tmp_path) -> None:
    (hidden,) = pseudonymous([own_seg(scan)], Pseudonyms(key=b"0123456789abcdef"))
    save(hidden, tmp_path / "hidden.dcm")
    drawn = Drawn(path=tmp_path / "hidden.dcm")
    with pytest.raises(NoUsableSeriesError, match="pseudonyms replaced the UIDs") as told:
        run_reviewed(scan.folder, drawn, config=Configuration(threads=1), stages=stages_of())
    assert "--series" in told.value.mend
    with opened(scan.folder) as given:
        key = catalogue(given).series[0].key
    config = Configuration(threads=1, series=key)
    outcome = run_reviewed(scan.folder, drawn, config=config, stages=stages_of())
    np.testing.assert_array_equal(outcome.best.segmentation.labels, scan.labels)


# --- the whole path, once with the network ---------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StudyResult]:
    """A phantom measured with the bundled networks, the only time in this file."""
    folder = tmp_path_factory.mktemp("network") / "in"
    write_dicom(render(spacing_mm=(10.0, 4.0, 4.0), seed=3), folder)
    config = Configuration(threads=1)
    return folder, run_study(folder, config=config).best


def again(found: tuple[Path, StudyResult], drawn: Drawn) -> StudyResult:
    """Measured with ``drawn``; what the networks found is not found anew."""
    folder, before = found
    config = Configuration(threads=1)
    stages = replace(
        Stages.of(config),
        locate=lambda _: before.landmarks,
        segment=lambda *_: before.segmentation,
        clean=lambda segmentation: segmentation,
    )
    return run_reviewed(folder, drawn, config=config, stages=stages).best


def numbers(result: StudyResult) -> dict[tuple[str, ...], object]:
    return {
        (m.quantity, m.structure, m.side, m.level, str(getattr(m, "definition", ""))): m
        for m in result.measurements
    }


def test_an_untouched_seg_gives_the_same_numbers(found, tmp_path) -> None:
    save(muscle_seg(found[1], Source.of(found[1])), tmp_path / "same.dcm")
    result = again(found, Drawn(path=tmp_path / "same.dcm"))
    assert numbers(result) == numbers(found[1])
    assert "labels_edited" not in {flag.code for flag in result.flags}


def test_the_folder_of_an_import_loads(found, tmp_path) -> None:
    save(muscle_seg(found[1], Source.of(found[1])), tmp_path / "same.dcm")
    result = write_results(again(found, Drawn(path=tmp_path / "same.dcm")), tmp_path / "out")
    back = load(tmp_path / "out")
    assert back.measurements == result.measurements
    assert back.flags == result.flags
    assert back.gaps == dict(result.segmentation.gaps)


def test_only_the_edited_muscle_changes(found, tmp_path) -> None:
    seg = muscle_seg(found[1], Source.of(found[1]))
    mine = {str(s.SegmentLabel): int(s.SegmentNumber) for s in seg.SegmentSequence}
    pixels = seg.pixel_array.copy()
    frames = [
        n
        for n, group in enumerate(seg.PerFrameFunctionalGroupsSequence)
        if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        == mine["left erector spinae"]
    ]
    assert len(frames) >= 4
    pixels[frames[: len(frames) // 4]] = 0
    seg.PixelData = pack_bits(pixels)
    seg.save_as(tmp_path / "edited.dcm")
    result = again(found, Drawn(path=tmp_path / "edited.dcm"))
    before, after = numbers(found[1]), numbers(result)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    groups = {m.group for m in MUSCLES}
    of_muscles = {(key[1], key[2]) for key in changed if key[1] in groups}
    assert of_muscles == {("erector_spinae", "left"), ("erector_spinae", "both")}
    # what is made of the muscle and its sum, and of the fat between muscles beside it
    others = {key[1] for key in changed} - {"erector_spinae", "total"}
    assert all("muscle" in name or "erector" in name or "fat" in name for name in others), others
    volume = next(k for k in changed if k[:4] == ("volume", "erector_spinae", "left", "slab"))
    assert after[volume].value < 0.95 * before[volume].value
    assert after[volume].expected_dice is None
    (told,) = [flag.message for flag in result.flags if flag.code == "labels_edited"]
    assert told == "Differ from the network's labels: left erector spinae."
    assert result.segmentation.backend == "labels"  # written as SEMIAUTOMATIC in DICOM


def test_muscles_that_nobody_drew_are_not_measurable(scan, tmp_path) -> None:
    save(named_seg(scan.folder, scan.labels, {"left psoas": "psoas_left"}), tmp_path / "one.dcm")
    left = scan.imported(tmp_path / "one.dcm")
    assert set(np.unique(left.labels)) == {0, MUSCLE["psoas_left"].value}
    assert left.gaps["psoas_right"] == NOT_GIVEN
    assert "psoas_left" not in left.gaps
    assert {flag.code for flag in left.flags} == {"labels_absent"}


def test_a_muscle_is_muscle_wall_wherever_it_was_drawn(scan) -> None:
    made = replace(scan.made, compartments=np.full_like(scan.labels, 1))
    drawn = np.roll(made.labels, 3, axis=2)
    new = with_edits(made, replace(made, labels=drawn), MUSCLE)
    assert new.compartments is not None
    added = (drawn > 0) & (made.labels == 0)
    assert (new.compartments[added] == 2).all()
    assert (new.compartments[~added] == 1).all()  # as the network had it
