"""The same masks, in every format and through every door, give the same labels and numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom import dcmread

from myotome.errors import BackendError, GridMismatchError, InputError, MyotomeError
from myotome.evaluate.scores.maps import read_map
from myotome.evaluate.scores.regions import MUSCLE_SET
from myotome.nouns.space.grid import Grid
from myotome.nouns.study.result import StudyResult
from myotome.paths.corrected import Drawn, run_reviewed
from myotome.paths.hu_windows import Request, count_regions
from myotome.paths.one_slice import Pick, run_picked
from myotome.phantom import Faults, Phantom, render, write_dicom
from myotome.read.labels.drawn_on import drawn_on
from myotome.read.labels.origin import of_another
from myotome.read.listing import list_series
from myotome.runtime.config import Configuration
from myotome.segment.labels.label_table import read_table
from myotome.segment.labels.masks import NOT_GIVEN
from myotome.study import Stages, run_study
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES
from myotome.train.cases.mapped import map_labels
from myotome.train.cases.scan import read_scan

nrrd = pytest.importorskip("nrrd", reason="needs pynrrd, of the [train] extra")
pytest.importorskip("highdicom", reason="needs the [dicom] extra")

from myotome.write.dicom.rtstruct import rtstruct  # noqa: E402 - after the skip
from myotome.write.dicom.seg import muscle_seg  # noqa: E402
from myotome.write.dicom.series import save  # noqa: E402
from myotome.write.dicom.source import Source  # noqa: E402

Labels = np.ndarray
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
NAMES = {m.words: m.value for m in MUSCLES}


class Study:
    """A study on disk whose muscles are known, measured with them."""

    def __init__(self, folder: Path, result: StudyResult, stages: Callable[..., Stages]) -> None:
        self.folder, self.result, self.stages = folder, result, stages
        self.grid: Grid = result.volume.grid
        self.truth: Labels = result.segmentation.labels
        self.l3_mm = float(result.landmarks.levels["L3"].mid_z_mm)
        self.k = round(self.grid.z_to_k(self.l3_mm))

    def config(self, **words: object) -> Configuration:
        return Configuration(threads=1, **words)

    def located(self, config: Configuration) -> Stages:
        """The real stages, but the landmarks are known."""
        return replace(Stages.of(config), locate=lambda _: self.result.landmarks)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return render(spacing_mm=(10.0, 4.0, 4.0))


@pytest.fixture(scope="module")
def study(phantom, known_stages, tmp_path_factory) -> Study:
    folder = tmp_path_factory.mktemp("study") / "ct"
    write_dicom(phantom, folder)
    config = Configuration(threads=1)
    outcome = run_study(folder, config=config, stages=known_stages(phantom, config))
    return Study(folder, outcome.best, lambda c: known_stages(phantom, c))


# --- the formats ------------------------------------------------------------------------------


def as_nifti(path: Path, labels: Labels, grid: Grid) -> Path:
    path = path.with_suffix(".nii.gz")
    nibabel.save(nibabel.Nifti1Image(labels.transpose(), RAS @ grid.matrix), path)
    return path


def as_nrrd(path: Path, labels: Labels, grid: Grid, words: Mapping[str, str] = {}) -> Path:
    space = {
        "space": "left-posterior-superior",
        "space directions": grid.matrix[:3, :3].T,
        "space origin": grid.matrix[:3, 3],
    }
    path = path.with_name(f"{path.name}.nrrd")
    nrrd.write(str(path), labels, space | dict(words), index_order="C")
    return path


def as_slicer(
    path: Path, labels: Labels, grid: Grid, names: Mapping[str, int] = NAMES, crop: int = 3
) -> Path:
    """As 3D Slicer saves it: cropped, and with values of its own."""
    inner = labels[:, crop:-crop, crop:-crop] if crop else labels
    matrix = grid.matrix
    matrix[:3, 3] = grid.to_lps_mm((0, crop, crop))
    words = {"Segmentation_MasterRepresentation": "Binary labelmap"}
    values = np.zeros(256, np.uint8)
    for n, (name, value) in enumerate(names.items()):
        values[value] = 40 - n
        words |= {f"Segment{n}_Name": name, f"Segment{n}_LabelValue": str(40 - n)}
        words |= {f"Segment{n}_Layer": "0"}
    cropped = Grid.from_matrix(inner.shape, matrix)
    return as_nrrd(path.with_name(f"{path.name}.seg"), values[inner], cropped, words)


def as_folder(path: Path, labels: Labels, grid: Grid) -> Path:
    path.mkdir()
    for name, value in NAMES.items():
        as_nifti(path / name, (labels == value).astype(np.uint8), grid)
    return path


@pytest.fixture(scope="module")
def files(study: Study, tmp_path_factory) -> dict[str, Path]:
    """The study's muscles in every format."""
    folder = tmp_path_factory.mktemp("formats")
    given = (study.truth, study.grid)
    source = Source.of(study.result)
    save(muscle_seg(study.result, source), folder / "seg.dcm")
    save(rtstruct(study.result, source), folder / "rtstruct.dcm")
    return {
        "nifti": as_nifti(folder / "nifti", *given),
        "nrrd": as_nrrd(folder / "nrrd", *given),
        "slicer": as_slicer(folder / "slicer", *given),
        "folder": as_folder(folder / "folder", *given),
        "seg": folder / "seg.dcm",
        "rtstruct": folder / "rtstruct.dcm",
    }


FORMATS = ("nifti", "nrrd", "slicer", "folder", "seg", "rtstruct")


# --- the doors --------------------------------------------------------------------------------


def by_run(study: Study, path: Path, mapping: str | None = None) -> StudyResult:
    config = study.config(backend=f"labels:{path}", mapping=mapping)
    return run_study(study.folder, config=config, stages=study.located(config)).best


def by_slice(study: Study, path: Path, mapping: str | None = None) -> StudyResult:
    chosen = Pick(z_mm=study.l3_mm, labels=path, mapping=mapping)
    return run_picked(study.folder, chosen, config=study.config()).best


def by_import(study: Study, path: Path, mapping: str | None = None) -> StudyResult:
    config = study.config()
    drawn = Drawn(path=path, table=mapping)
    return run_reviewed(study.folder, drawn, config=config, stages=study.stages(config)).best


def by_training(study: Study, path: Path, mapping: str | None = None) -> Labels:
    found = map_labels(path, read_table(mapping), read_scan(study.folder))
    refused = [flag.message for flag in found.flags if flag.severity == "failure"]
    if refused:
        raise BackendError(refused[0])
    return found.muscles


def by_evaluation(study: Study, path: Path) -> Labels:
    found = read_map(path, MUSCLE_SET, "the map", ct=study.grid)
    whole = np.zeros(study.grid.shape, np.uint8)
    at = np.rint(study.grid.to_index(found.grid.to_lps_mm((0, 0, 0)))).astype(int)
    part = tuple(slice(a, a + n) for a, n in zip(at, found.grid.shape, strict=True))
    whole[part] = found.labels
    return whole


MEASURING = {"run": by_run, "slice": by_slice, "import": by_import}
DOORS = {**MEASURING, "train": by_training}
EVERY = {**DOORS, "evaluate": by_evaluation}


def areas(result: StudyResult) -> dict[tuple[str, str], float]:
    """Those of the muscles that reach L3."""
    found = {
        (m.structure, m.side): m.value
        for m in result.measurements
        if (m.quantity, m.level) == ("area", "L3") and m.structure in {n.group for n in MUSCLES}
    }
    assert len(found) == 18
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.parametrize("door", EVERY)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_through_every_door(form, door, study, files) -> None:
    found = EVERY[door](study, files[form])
    if isinstance(found, StudyResult):
        assert found.segmentation.gaps == {}
        # contours may cut a pixel at the rim of a mask differently
        loose = {"rel": 0.01} if form == "rtstruct" else {"abs": 1e-9}
        assert areas(found) == pytest.approx(areas(study.result), **loose)
        found = found.segmentation.labels
    wrong = np.count_nonzero((found != study.truth)[study.k])
    assert wrong <= (0.01 * np.count_nonzero(study.truth[study.k]) if form == "rtstruct" else 0)
    if door != "slice":
        wrong = np.count_nonzero(found != study.truth)
        assert wrong <= (0.01 * np.count_nonzero(study.truth) if form == "rtstruct" else 0)


@pytest.mark.parametrize("form", FORMATS)
def test_regions_are_counted_alike_in_every_format(form, study, files) -> None:
    counted = count_regions(study.folder, files[form], Request(windows=("muscle",)))
    named = form not in ("nifti", "nrrd")
    for muscle in MUSCLES:
        names = {m.words if named else str(m.value): m for m in MUSCLES}
        rows = [r for r in counted.rows if names.get(r.region) is muscle and r.z_mm is None]
        inside = (study.truth == muscle.value) & (abs(study.result.volume.hu - 60.5) <= 89.5)
        ml = inside.sum() * study.grid.voxel_ml
        (row,) = rows
        assert row.volume_ml == pytest.approx(ml, rel=0.02 if form == "rtstruct" else 1e-6)


# --- treated alike ----------------------------------------------------------------------------


def refusals(study: Study, path: Path, mapping: str | None = None) -> dict[str, MyotomeError]:
    found = {}
    for name, door in DOORS.items():
        with pytest.raises(MyotomeError) as refusal:
            door(study, path, mapping)
        found[name] = refusal.value
    return found


def test_unknown_values_are_refused_in_the_same_words(study, tmp_path) -> None:
    labels = study.truth.copy()
    labels[0, 0, :3] = (13, 77, 200)
    said = refusals(study, as_nifti(tmp_path / "wild", labels, study.grid))
    assert len({str(error) for error in said.values()}) == 1
    assert 'label table "ours" does not know the values 13, 77, 200.' in str(said["run"])


def test_exchanged_sides_are_refused_everywhere_and_mended_by_the_same_word(
    study, tmp_path
) -> None:
    odd = study.truth % 2 == 1
    labels = np.where(study.truth == 0, 0, np.where(odd, study.truth + 1, study.truth - 1))
    path = as_nifti(tmp_path / "swapped", labels.astype(np.uint8), study.grid)
    for door in MEASURING.values():
        with pytest.raises(BackendError, match="left and right are swapped in the labels"):
            door(study, path)
    for name, door in DOORS.items():
        found = door(study, path, "ours:swapped")
        found = found.segmentation.labels if isinstance(found, StudyResult) else found
        np.testing.assert_array_equal(found[study.k], study.truth[study.k], err_msg=name)


@pytest.mark.parametrize("form", ["nifti", "slicer"])
def test_a_table_of_values_holds_for_every_door_and_for_named_files(form, study, tmp_path) -> None:
    table = tmp_path / "mine.toml"
    table.write_text("others = [38]\n[labels]\npsoas_left = 40\npsoas_right = [39]\n")
    names = {"Mine": 1, "Thine": 2, "Other": 3}
    labels = np.where(study.truth <= 3, study.truth, 0).astype(np.uint8)
    path = as_slicer(tmp_path / "mine", labels, study.grid, names)
    if form == "nifti":
        own = np.array([0, 40, 39, 38], np.uint8)[labels]
        path = as_nifti(tmp_path / "mine", own, study.grid)
    for name, door in DOORS.items():
        found = door(study, path, str(table))
        if isinstance(found, StudyResult):
            assert found.segmentation.gaps["rectus_abdominis_left"] == NOT_GIVEN, name
            found = found.segmentation.labels
        wanted = np.where(labels <= 2, labels, 0)
        np.testing.assert_array_equal(found[study.k], wanted[study.k], err_msg=name)


def test_another_program_has_the_same_caveats_at_every_door(study, tmp_path) -> None:
    ids = np.zeros(13, np.uint8)
    ids[[1, 2, 5, 6, 7, 8]] = (88, 89, 86, 87, 82, 83)
    path = as_nifti(tmp_path / "total", ids[study.truth], study.grid)
    gaps = [
        dict(door(study, path, "totalsegmentator").segmentation.gaps) for door in MEASURING.values()
    ]
    assert gaps[0] == gaps[1] == gaps[2]
    assert "autochthonous" in gaps[0]["erector_spinae"]
    assert "no label" in gaps[0]["rectus_abdominis"]


def test_segments_of_other_structures_are_left_out_and_told_of(study, tmp_path) -> None:
    names = {**{m.words: m.value for m in MUSCLES[:6]}, "Liver": 7, "old psoas": 8}
    labels = np.where(study.truth <= 8, study.truth, 0).astype(np.uint8)
    path = as_slicer(tmp_path / "more", labels, study.grid, names)
    for name, door in MEASURING.items():
        codes = {flag.code for flag in door(study, path).segmentation.flags}
        assert {"labels_unused", "labels_not_understood"} <= codes, name
    with pytest.raises(BackendError, match='does not know the names "Liver", "old psoas"'):
        by_training(study, path)


def test_labels_beside_the_ct_and_skipped_slices_are_told_of_or_refused(study, tmp_path) -> None:
    labels = study.truth.copy()
    labels[study.k + 3 : study.k + 5] = 0
    path = as_nifti(tmp_path / "skipped", labels, study.grid)
    for door in MEASURING.values():
        flags = {flag.code: flag.message for flag in door(study, path).segmentation.flags}
        assert flags["labels_skip_slices"].startswith("2 slice(s)")
    matrix = study.grid.matrix
    matrix[0, 3] += 2000.0
    path = as_nifti(tmp_path / "far", study.truth, Grid.from_matrix(study.grid.shape, matrix))
    for name, error in refusals(study, path).items():
        assert isinstance(error, GridMismatchError), name
        assert error.what == "the labels lie wholly outside the CT.", name


def test_what_cannot_be_read_is_refused_in_the_same_words(study, files, tmp_path) -> None:
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(files["nifti"].read_bytes()[:-40])
    (tmp_path / "text.txt").write_text("no labels")
    for path in (cut, tmp_path / "text.txt", tmp_path / "absent.nrrd"):
        said = refusals(study, path)
        assert len({str(error) for error in said.values()}) == 1
        assert all(isinstance(error, InputError) for error in said.values())
    said = refusals(study, files["nifti"], "nonsense")
    assert len({str(error) for error in said.values()}) == 1


# --- compartments -----------------------------------------------------------------------------


def test_compartments_come_in_by_name_beside_the_muscles(phantom, study, tmp_path) -> None:
    rooms = phantom.segmentation.compartments
    assert rooms is not None
    folder = tmp_path / "masks"
    as_folder(folder, study.truth, study.grid)
    for room in COMPARTMENTS:
        as_nifti(folder / room.key, (rooms == room.value).astype(np.uint8), study.grid)
    for door in (by_run, by_slice):
        made = door(study, folder).segmentation
        np.testing.assert_array_equal(made.labels[study.k], study.truth[study.k])
        np.testing.assert_array_equal(made.compartments[study.k], rooms[study.k])
    np.testing.assert_array_equal(by_training(study, folder), study.truth)
    (folder / "muscle_wall.nii.gz").unlink()  # the rest would say that there is no muscle
    made = by_run(study, folder).segmentation
    assert made.compartments is None
    assert "labels_incomplete" in {flag.code for flag in made.flags}


# --- drawn on some slices only ----------------------------------------------------------------


@pytest.fixture(scope="module")
def sparse_files(study: Study, tmp_path_factory) -> dict[str, Path]:
    """The muscles, but the left psoas on every second slice, in every format."""
    folder = tmp_path_factory.mktemp("sparse")
    left = study.truth == NAMES["left psoas"]
    left[::2] = False
    labels = np.where(left, 0, study.truth).astype(np.uint8)
    thin = replace(study.result, segmentation=replace(study.result.segmentation, labels=labels))
    source = Source.of(thin)
    save(muscle_seg(thin, source), folder / "seg.dcm")
    save(rtstruct(thin, source), folder / "rtstruct.dcm")
    return {
        "nifti": as_nifti(folder / "nifti", labels, study.grid),
        "slicer": as_slicer(folder / "slicer", labels, study.grid),
        "folder": as_folder(folder / "folder", labels, study.grid),
        "seg": folder / "seg.dcm",
        "rtstruct": folder / "rtstruct.dcm",
    }


def psoas(result: StudyResult, side: str) -> tuple[str, float | None]:
    key = ("volume", "psoas", side, "slab")
    (row,) = (m for m in result.measurements if (m.quantity, m.structure, m.side, m.level) == key)
    return str(row.status), row.value


@pytest.mark.parametrize("door", ["run", "import"])
@pytest.mark.parametrize("form", ["nifti", "slicer", "folder", "seg", "rtstruct"])
def test_skipped_slices_are_partial(form, door, study, sparse_files) -> None:  # type: ignore[no-untyped-def]
    found = MEASURING[door](study, sparse_files[form])
    whole = psoas(study.result, "left")[1]
    assert psoas(found, "left") == ("partial", pytest.approx(whole / 2, rel=0.1))
    assert psoas(found, "right")[0] == "measured"
    assert "labels_sparse" in {flag.code for flag in found.flags}
    assert psoas(found, "both")[0] == "partial"


def filled_by(door: str, study: Study, path: Path) -> StudyResult:
    if door == "run":
        config = study.config(fill_between=True, backend=f"labels:{path}")
        return run_study(study.folder, config=config, stages=study.located(config)).best
    config = study.config(fill_between=True)
    drawn = Drawn(path=path)
    return run_reviewed(study.folder, drawn, config=config, stages=study.stages(config)).best


@pytest.mark.parametrize("door", ["run", "import"])
@pytest.mark.parametrize("form", ["nifti", "slicer", "folder", "seg", "rtstruct"])
def test_skipped_slices_are_filled_if_asked(form, door, study, sparse_files) -> None:  # type: ignore[no-untyped-def]
    whole = psoas(study.result, "left")[1]
    mended = filled_by(door, study, sparse_files[form])
    assert psoas(mended, "left") == ("measured", pytest.approx(whole, rel=0.03))
    said = {flag.code: flag.message for flag in mended.flags}
    assert "left psoas" in said["labels_filled"]
    assert "right psoas" not in said["labels_filled"]
    assert "labels_sparse" not in said
    assert mended.provenance.configuration["fill_between"] is True


@pytest.mark.parametrize("every", [2, 3])
def test_all_muscles_drawn_on_some_slices_are_filled(every: int, study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    labels = study.truth.copy()
    keep = np.zeros(len(labels), bool)
    keep[study.k % every :: every] = True
    labels[~keep] = 0
    path = as_nifti(tmp_path / "key", labels, study.grid)
    codes = {flag.code for flag in by_run(study, path).flags}
    assert {"labels_sparse", "labels_skip_slices"} <= codes
    found = filled_by("run", study, path)
    codes = {flag.code for flag in found.flags}
    assert "labels_filled" in codes
    assert not {"labels_sparse", "labels_skip_slices"} & codes
    assert areas(found) == pytest.approx(areas(study.result), abs=1e-9)  # L3 was drawn
    whole = psoas(study.result, "left")[1]
    assert psoas(found, "left") == ("measured", pytest.approx(whole, rel=0.05))
    drawn = found.segmentation.labels[study.k]
    np.testing.assert_array_equal(drawn, study.truth[study.k])


def test_slices_far_apart_are_not_filled(study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    labels = study.truth.copy()
    left = labels == NAMES["left psoas"]
    keep = np.zeros_like(left)
    keep[::5] = True  # 50 mm
    labels[left & ~keep] = 0
    found = filled_by("run", study, as_nifti(tmp_path / "far", labels, study.grid))
    assert psoas(found, "left")[0] == "partial"
    assert "labels_filled" not in {flag.code for flag in found.flags}


@pytest.mark.parametrize("every", [3, 5])
def test_key_slices_alone_are_partial(every: int, study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    left = study.truth == NAMES["left psoas"]
    keep = np.zeros_like(left)
    keep[::every] = True
    labels = np.where(left & ~keep, 0, study.truth).astype(np.uint8)
    found = by_run(study, as_nifti(tmp_path / "key", labels, study.grid))
    assert psoas(found, "left")[0] == "partial"


def test_areas_of_skipped_slices_are_no_zero(study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for start in (0, 1):
        left = study.truth == NAMES["left psoas"]
        left[1 - start :: 2] = False
        labels = np.where(left, 0, study.truth).astype(np.uint8)
        found = by_run(study, as_nifti(tmp_path / f"{start}", labels, study.grid))
        (row,) = (
            m
            for m in found.measurements
            if (m.quantity, m.structure, m.side, m.level) == ("area", "psoas", "left", "L3")
        )
        drawn = study.k % 2 != start
        assert (row.value is not None and row.value > 1) == drawn
        assert str(row.status) != "absent"


def test_flags_of_replaced_muscles_go(study, files, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The network strayed; then all muscles were drawn anew."""
    from myotome.segment.cleanup import clean

    labels = study.truth.copy()
    labels[5:20, 2:8, 2:5] = NAMES["left psoas"]
    strayed = replace(study.result.segmentation, labels=labels, backend="bundled")
    config = study.config()
    stages = replace(study.stages(config), segment=lambda *_: strayed, clean=clean)
    found = run_reviewed(study.folder, Drawn(path=files["seg"]), config=config, stages=stages).best
    told = [f.message for f in found.flags if f.stage == "segment" and "voxels lay" in f.message]
    assert "left psoas" in clean(strayed).flags[0].message
    assert told == []


# --- of another person ------------------------------------------------------------------------


def stranger(path: Path, out: Path, *, references: bool, **tags: str) -> Path:
    """The object, of somebody else, and without the images that it was drawn on."""
    ds = dcmread(path)
    frame = tags.pop("frame", "")
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    for place in (ds, *ds.get("StructureSetROISequence", ())):
        for keyword in ("FrameOfReferenceUID", "ReferencedFrameOfReferenceUID"):
            if frame and keyword in place:
                setattr(place, keyword, frame)
    if not references:
        for keyword in (
            "ReferencedSeriesSequence",
            "ReferencedFrameOfReferenceSequence",
            "SourceImageSequence",
        ):
            if keyword in ds:
                delattr(ds, keyword)
        for item in ds.get("PerFrameFunctionalGroupsSequence", ()):
            if "DerivationImageSequence" in item:
                del item.DerivationImageSequence
        for roi in ds.get("ROIContourSequence", ()):
            for contour in roi.ContourSequence:
                if "ContourImageSequence" in contour:
                    del contour.ContourImageSequence
    ds.save_as(out)
    return out


OTHERS = {
    "patient": {"PatientID": "SOMEONE", "frame": "1.2.3"},
    "study": {"StudyInstanceUID": "1.2.3.4", "frame": "1.2.3"},
    "frame of reference": {"frame": "1.2.3"},
}


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
@pytest.mark.parametrize("what", OTHERS)
def test_labels_of_another_without_references_are_refused(  # type: ignore[no-untyped-def]
    form, what, study, files, tmp_path: Path
) -> None:
    (tmp_path / "alone").mkdir()
    path = stranger(files[form], tmp_path / "alone" / "x.dcm", references=False, **OTHERS[what])
    for name, door in MEASURING.items():
        with pytest.raises(InputError, match=f"of another.*{what}") as refusal:
            door(study, path)
        assert "SOMEONE" not in str(refusal.value), name
    with pytest.raises(InputError, match=f"of another.*{what}"):
        by_run(study, path.parent)
    with pytest.raises(InputError, match=f"of another.*{what}"):
        count_regions(study.folder, path, Request(windows=("muscle",)))
    config = study.config(series="2")
    drawn = Drawn(path=path)
    insisted = [
        run_reviewed(study.folder, drawn, config=config, stages=study.stages(config)).best,
        count_regions(study.folder, path, Request(windows=("muscle",), series="2")),
    ]
    config = study.config(series="2", backend=f"labels:{path}")
    insisted.append(run_study(study.folder, config=config, stages=study.located(config)).best)
    for found in insisted:
        assert "labels_of_another" in {flag.code for flag in found.flags}


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
def test_pseudonyms_in_the_same_space_are_told(form, study, files, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Only the patient's ID was replaced: the frame of reference says that it is the same scan."""
    path = stranger(files[form], tmp_path / "x.dcm", references=False, PatientID="PSEUDO")
    for name, door in MEASURING.items():
        assert "labels_of_another" in {flag.code for flag in door(study, path).flags}, name


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
@pytest.mark.parametrize("what", OTHERS)
def test_labels_that_name_these_images_and_another_scan_are_told(  # type: ignore[no-untyped-def]
    form, what, study, files, tmp_path: Path
) -> None:
    path = stranger(files[form], tmp_path / "x.dcm", references=True, **OTHERS[what])
    for name, door in MEASURING.items():
        said = {flag.code: flag.message for flag in door(study, path).flags}
        assert "these images, but tell of another" in said["labels_of_another"], name
        # a structure set names the study of its images besides its own
        named = (form, what) != ("rtstruct", "study")
        assert (what in said["labels_of_another"]) == named, name
        assert "SOMEONE" not in said["labels_of_another"], name


@pytest.mark.parametrize("form", ["seg", "rtstruct", "nifti"])
def test_labels_of_this_scan_are_not(form, study, files, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = files[form]
    if form != "nifti":
        path = stranger(path, tmp_path / "x.dcm", references=False)
    for door in MEASURING.values():
        for given in (path, files[form]):
            assert "labels_of_another" not in {flag.code for flag in door(study, given).flags}
    assert count_regions(study.folder, path, Request(windows=("muscle",))).flags == ()


def test_frames_made_up_for_every_image_are_no_other_scan(phantom, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The labels lie in the space of one image, as de-identification left it."""
    write_dicom(phantom, tmp_path / "ct", faults=Faults(headers=("jitter_frames",)))
    (series,) = list_series(tmp_path / "ct")[0].series
    last = dcmread(series.instances[-1].path)
    first = dcmread(series.instances[0].path)
    assert last.FrameOfReferenceUID != first.FrameOfReferenceUID
    last.SOPInstanceUID = "1.2.3"
    last.save_as(tmp_path / "labels.dcm")
    assert of_another(tmp_path / "labels.dcm", series, insisted=False) == ()
    last.FrameOfReferenceUID = "1.2.3"
    last.save_as(tmp_path / "labels.dcm")
    with pytest.raises(InputError, match="another frame of reference"):
        of_another(tmp_path / "labels.dcm", series, insisted=False)


@pytest.mark.parametrize("charset", ["0", "ISO_IR 999", ["", "ISO 2022 IR 0"]])
def test_an_unknown_character_set_is_told_to_nobody(phantom, charset, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """pydicom warns of it, by value, wherever a text is read: no warning may reach the user."""
    write_dicom(phantom, tmp_path / "ct")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for path in (tmp_path / "ct").rglob("*.dcm"):
            image = dcmread(path)
            image.SpecificCharacterSet = charset
            image.save_as(path)
        assert heard  # else this proves nothing
        heard.clear()
        (series,) = list_series(tmp_path / "ct")[0].series
        labels = dcmread(series.instances[-1].path)
        labels.SOPInstanceUID = "1.2.3"
        labels.save_as(tmp_path / "labels.dcm")
        heard.clear()
        assert of_another(tmp_path / "labels.dcm", series, insisted=False) == ()
        drawn_on(tmp_path / "labels.dcm").shared_with(series)
    assert [str(one.message) for one in heard] == []
