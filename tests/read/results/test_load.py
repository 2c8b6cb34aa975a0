"""What was written is read back equal; what was not written by Myotome is refused by name."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import myotome
from myotome import LoadedResult, Person, StudyResult
from myotome.errors import InputError
from myotome.nouns.numbers.measurement import SliceArea
from myotome.nouns.study.provenance import Provenance
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.write import write_results

Doc = dict[str, Any]


@pytest.fixture(scope="module")
def loaded(written: StudyResult) -> LoadedResult:
    assert written.out_dir is not None
    return myotome.load(written.out_dir)


@pytest.fixture
def folder(written: StudyResult, tmp_path: Path) -> Path:
    """A copy to do harm to."""
    assert written.out_dir is not None
    return Path(shutil.copytree(written.out_dir, tmp_path / "results"))


def change(path: Path, how: Callable[[Doc], object]) -> None:
    document = json.loads(path.read_text())
    how(document)
    path.write_text(json.dumps(document))


def without_columns(path: Path, *names: str) -> None:
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", newline="") as stream:
        kept = [name for name in rows[0] if name not in names]
        writer = csv.DictWriter(stream, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def as_written(area: SliceArea) -> SliceArea:
    six = {
        key: float(f"{value:.6g}")
        for key in ("z_mm", "area_cm2", "mean_hu")
        if (value := getattr(area, key)) is not None
    }
    return replace(area, **six)


def as_timed(made: Provenance) -> Provenance:
    """When the times were written, the writing was not over."""
    seconds = {stage: s for stage, s in made.stage_seconds.items() if stage != "write"}
    return replace(made, stage_seconds=seconds)


# --- equal ---------------------------------------------------------------------------------


def test_numbers_and_flags_come_back_equal(written: StudyResult, loaded: LoadedResult) -> None:
    assert loaded.measurements == written.measurements
    assert any(m.window_hu for m in loaded.measurements)
    assert loaded.slice_areas == tuple(map(as_written, written.slice_areas))
    assert loaded.flags == written.flags
    assert {flag.level for flag in loaded.flags} == {"", "L2"}
    assert any(m.interval for m in loaded.measurements)
    made = written.segmentation.confidence
    assert made is not None
    assert loaded.confidence == replace(made, spread=None), "the numbers carry what it gives"


def test_places_come_back_equal(written: StudyResult, loaded: LoadedResult) -> None:
    assert loaded.landmarks == written.landmarks
    assert loaded.slab == written.slab
    assert loaded.levels == written.levels
    assert loaded.levels["L3"].k is not None
    assert any(level.beyond or level.reason for level in loaded.levels.values())


def test_who_and_how_come_back_equal(written: StudyResult, loaded: LoadedResult) -> None:
    assert loaded.person == written.person
    assert loaded.provenance == as_timed(written.provenance)
    assert loaded.contrast_header == written.contrast_header
    assert loaded.hu_scale == written.volume.hu_scale
    assert loaded.hu_scale is not None
    assert (loaded.study_key, loaded.subject_key) == (written.study_key, written.subject_key)
    assert loaded.study_key
    assert (loaded.backend, loaded.gaps) == (
        written.segmentation.backend,
        dict(written.segmentation.gaps),
    )
    assert loaded.out_dir == written.out_dir


def test_decisions_on_series_and_files_come_back(
    written: StudyResult, loaded: LoadedResult
) -> None:
    assert loaded.chosen == written.chosen
    told = [(row.key, row.verdict, row.rank, row.images) for row in loaded.series]
    assert told == [
        (j.series.key, j.verdict, j.rank, len(j.series.instances)) for j in written.judged
    ]
    (measured,) = [row for row in loaded.series if row.measured]
    assert (measured.key, measured.study_key) == (written.chosen, written.study_key)
    assert float(measured.header["kvp"]) == written.volume.acquisition.kvp
    assert [f.status for f in loaded.files] == [f.status for f in written.catalogue.files]


def test_the_assessment_comes_back_but_for_what_is_not_written(
    written: StudyResult, loaded: LoadedResult
) -> None:
    was, now = written.assessed, loaded.assessed
    assert was is not None
    assert now is not None
    assert (now.facts, now.criteria, now.flags, now.notes) == (
        was.facts,
        was.criteria,
        was.flags,
        was.notes,
    )
    cutoffs = [
        replace(row, shown="", caveats=("; ".join(row.caveats),) if row.caveats else ())
        for row in was.cutoffs
    ]
    assert list(now.cutoffs) == cutoffs != []
    assert list(now.references) == [replace(row, curve=()) for row in was.references] != []


def test_the_masks_come_back_equal(written: StudyResult, loaded: LoadedResult) -> None:
    made = written.segmentation
    assert loaded.muscles is not None
    assert loaded.compartments is not None
    assert made.compartments is not None
    assert loaded.muscles.grid.matches(made.grid)
    assert np.array_equal(loaded.muscles.labels, made.labels)
    assert np.array_equal(loaded.compartments.labels, made.compartments)
    outside = np.array(loaded.slab_weights.weights) == 0  # type: ignore[union-attr]
    assert loaded.muscles.labels[outside].any()  # those of segmentation_beyond.nii.gz too


@pytest.mark.parametrize(("thickness_mm", "axes"), [(6.0, "PIR"), (6.0, "RAI"), (1.2, "LAS")])
def test_volumes_can_be_counted_from_what_was_loaded(
    written_as: Callable[[float, str], StudyResult], thickness_mm: float, axes: str
) -> None:
    result = written_as(thickness_mm, axes)
    assert result.out_dir is not None
    found = myotome.load(result.out_dir)
    assert found.muscles is not None
    assert found.slab_weights is not None
    assert found.compartments is None
    volumes = {(m.structure, m.side): m.value for m in found.measurements if m.quantity == "volume"}
    weights = np.array(found.slab_weights.weights)
    z = np.array([np.nan if z is None else z for z in found.slab_weights.z_mm])
    assert (np.diff(z[~np.isnan(z)]) >= 0).all()
    for muscle in MUSCLES:
        count = (found.muscles.labels == muscle.value).sum(axis=(1, 2)) @ weights
        expected = volumes[muscle.group, muscle.side]
        assert count * found.slab_weights.voxel_ml == pytest.approx(expected or 0.0, rel=1e-6)


def test_without_masks_there_are_none_but_all_else(folder: Path, loaded: LoadedResult) -> None:
    (folder / "segmentation.nii.gz").write_bytes(
        (folder / "segmentation.nii.gz").read_bytes()[:2000]
    )
    found = myotome.load(folder, with_masks=False)
    assert (found.muscles, found.compartments) == (None, None)
    assert found.slab_weights == loaded.slab_weights
    assert found.measurements == loaded.measurements


def test_the_oldest_have_no_age_and_a_note(written: StudyResult, tmp_path: Path) -> None:
    old = replace(written, person=Person(sex="M", age_years=93))
    write_results(old, tmp_path / "out")
    found = myotome.load(tmp_path / "out", with_masks=False)
    assert (found.person.sex, found.person.age_years) == ("M", None)
    assert "90+" in found.person.notes[0]


def test_nothing_heavy_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, myotome; assert 'load' in myotome.__all__; "
        "print('numpy' in sys.modules, 'myotome.read' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# --- older versions ------------------------------------------------------------------------


def aged(folder: Path) -> Path:
    """The folder as the version before wrote it: one provenance, fewer facts, other statuses."""

    def numbers(document: Doc) -> None:
        document["schema_version"] = "1.2"
        for key in ("study_key", "subject_key", "weights"):
            del document[key]
        for flag in document["flags"]:
            del flag["level"], flag["structure"]
        for row in document["measurements"]:
            del row["window_hu"], row["slices"], row["flags"]
            if row["status"] == "absent":
                row["status"] = "not_measurable"

    times = json.loads((folder / "run_times.json").read_text())
    (folder / "run_times.json").unlink()
    (folder / "slab_weights.json").unlink()
    change(folder / "measurements.json", numbers)
    change(folder / "landmarks.json", lambda d: d.pop("level_slices"))
    change(folder / "provenance.json", lambda d: d.update(times))
    return folder


def test_an_older_folder_still_loads_without_newer_facts(
    folder: Path, written: StudyResult
) -> None:
    found = myotome.load(aged(folder))
    assert (found.study_key, found.subject_key) == ("", "")
    assert found.slab_weights is None
    assert dict(found.levels) == {}
    assert found.provenance == as_timed(written.provenance)
    assert {(m.window_hu, m.slices) for m in found.measurements} == {(None, None)}
    assert {(f.level, f.structure) for f in found.flags} == {("", "")}
    assert [m.value for m in found.measurements] == [m.value for m in written.measurements]
    assert "absent" not in {str(m.status) for m in found.measurements}
    assert found.landmarks.levels == written.landmarks.levels


# --- refused -------------------------------------------------------------------------------


def first(document: Doc) -> Doc:
    row: Doc = document["measurements"][0]
    return row


BROKEN: dict[str, tuple[str, Callable[[Doc], object]]] = {
    "another schema": ("measurements.json", lambda d: d.update(schema="other/measurements")),
    "later format": ("measurements.json", lambda d: d.update(schema_version="2.0")),
    "status": ("measurements.json", lambda d: first(d).update(status="guessed")),
    "no value": ("measurements.json", lambda d: first(d).update(value=None, status="measured")),
    "text as value": ("measurements.json", lambda d: first(d).update(value="12")),
    "huge value": ("measurements.json", lambda d: first(d).update(value=10**400)),
    "lost key": ("measurements.json", lambda d: first(d).pop("unit")),
    "half an interval": (
        "measurements.json",
        lambda d: first(d).update(interval={"low_90": 1.0, "n": 14}),
    ),
    "interval upside down": (
        "measurements.json",
        lambda d: first(d).update(
            interval={"low_80": 3.0, "high_80": 2.0, "low_90": 1.0, "high_90": 4.0, "n": 14}
        ),
    ),
    "half a window": ("measurements.json", lambda d: first(d).update(window_hu=[1])),
    "no list": ("measurements.json", lambda d: d.update(measurements={})),
    "severity": ("measurements.json", lambda d: d["flags"][0].update(severity="grave")),
    "person": ("measurements.json", lambda d: d["person"].update(height_cm=1.7)),
    "contrast": ("measurements.json", lambda d: d["contrast"].update(header="maybe")),
    "another slab": ("measurements.json", lambda d: d["slab"].update(superior_z_mm=1.0)),
    "another series": ("measurements.json", lambda d: d.update(series="99")),
    "another backend": ("provenance.json", lambda d: d.update(backend="other")),
    "versions": ("provenance.json", lambda d: d.update(packages=[])),
    "level": ("landmarks.json", lambda d: d["levels"]["L3"].update(centre_xy_mm=[1.0])),
    "level slice": ("landmarks.json", lambda d: d["level_slices"]["L3"].update(k=None)),
    "weights": ("slab_weights.json", lambda d: d["weights"].pop()),
    "share": ("slab_weights.json", lambda d: d["weights"].__setitem__(0, 7.0)),
    "axis": ("slab_weights.json", lambda d: d.update(axis=0)),
    "times": ("run_times.json", lambda d: d.pop("started_utc")),
    "statistic": ("assessment.json", lambda d: d["references"][0].update(statistic="guess")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_no_version_wrote_is_refused(folder: Path, case: str) -> None:
    name, how = BROKEN[case]
    change(folder / name, how)
    with pytest.raises(InputError, match=r"results|results folder") as caught:
        myotome.load(folder, with_masks=False)
    assert caught.value.mend


@pytest.mark.parametrize(
    "name",
    ["measurements.json", "landmarks.json", "provenance.json", "run_times.json", "assessment.json"],
)
@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b'{"a": NaN}', b"[" * 200_000, b""])
def test_damaged_json_is_refused_by_name(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        myotome.load(folder, with_masks=False)


@pytest.mark.parametrize("name", ["slices.csv", "series.csv", "files.csv"])
@pytest.mark.parametrize("content", [b"a,b\n1,2,3\n", b"a,b\n1\n", b"a\n\xff\n", b"a,b\n1,2\n"])
def test_damaged_tables_are_refused_by_name(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        myotome.load(folder, with_masks=False)


@pytest.mark.parametrize("column", ["z_mm", "area_cm2", "in_slab"])
def test_a_table_without_a_column_is_refused(folder: Path, column: str) -> None:
    without_columns(folder / "slices.csv", column)
    with pytest.raises(InputError, match=column):
        myotome.load(folder, with_masks=False)


def test_cells_of_another_kind_are_refused(folder: Path) -> None:
    text = (folder / "slices.csv").read_text()
    for wrong in (text.replace("true", "yes"), text.replace("psoas,left,", "psoas,left,much")):
        (folder / "slices.csv").write_text(wrong)
        with pytest.raises(InputError, match=r"slices\.csv, row"):
            myotome.load(folder, with_masks=False)


def test_a_file_that_is_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myotome.read.results.folder._MOST_BYTES", 1000)
    with pytest.raises(InputError, match=r"measurements\.json has more than"):
        myotome.load(folder, with_masks=False)


@pytest.mark.parametrize(
    "name", ["segmentation.nii.gz", "segmentation_beyond.nii.gz", "compartments.nii.gz"]
)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.9])
def test_truncated_masks_are_refused(folder: Path, name: str, share: float) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match="damaged") as caught:
        myotome.load(folder)
    assert "nii.gz" in str(caught.value)


def test_masks_with_values_of_nobody_are_refused(folder: Path) -> None:
    content = bytearray(gzip.decompress((folder / "compartments.nii.gz").read_bytes()))
    content[-1] = 77
    (folder / "compartments.nii.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(InputError, match=r"compartments\.nii\.gz holds values"):
        myotome.load(folder)


def test_masks_of_another_grid_are_refused(folder: Path) -> None:
    content = bytearray(gzip.decompress((folder / "compartments.nii.gz").read_bytes()))
    # srow_x[3]: the place along x (nifti1.h), with the qform off
    content[252:254] = (0).to_bytes(2, "little")
    content[292:296] = np.float32(900.0).tobytes()
    (folder / "compartments.nii.gz").write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(InputError, match="another grid"):
        myotome.load(folder)


@pytest.mark.parametrize(
    "name", ["landmarks.json", "provenance.json", "slices.csv", "series.csv", "segmentation.nii.gz"]
)
def test_half_a_folder_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"not whole: {name}"):
        myotome.load(folder, with_masks=False)


def test_an_unfinished_folder_is_refused(folder: Path) -> None:
    unfinished = folder.rename(folder.with_name(".results.partial-0a1b2c3d"))
    with pytest.raises(InputError, match="never finished"):
        myotome.load(unfinished)


def test_foreign_and_missing_folders_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="no results of Myotome"):
        myotome.load(tmp_path / "foreign")
    with pytest.raises(InputError, match="no results folder"):
        myotome.load(tmp_path / "nothing")
    with pytest.raises(InputError, match="no results folder"):
        myotome.load(folder / "measurements.json")


def test_a_refused_study_is_told_apart(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "refused").mkdir()
    for name in ("series.csv", "files.csv"):
        shutil.copy(folder / name, tmp_path / "refused" / name)
    with pytest.raises(InputError, match="study in this results folder was refused"):
        myotome.load(tmp_path / "refused")


@pytest.mark.parametrize("name", ["../../up.dcm", "/etc/passwd", "a/../b", "..\\up", "C:\\up"])
def test_names_that_lead_out_of_the_study_are_refused(folder: Path, name: str) -> None:
    lines = (folder / "files.csv").read_text().splitlines()
    (folder / "files.csv").write_text("\n".join([lines[0], f"{name},used,2,"]) + "\n")
    with pytest.raises(InputError, match=r"files\.csv, row 1 names a file outside") as caught:
        myotome.load(folder, with_masks=False)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["measurements.json", "segmentation_beyond.nii.gz"])
def test_links_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="no plain file"):
        myotome.load(folder)


def test_a_pipe_is_refused_and_not_waited_for(folder: Path) -> None:
    (folder / "landmarks.json").unlink()
    os.mkfifo(folder / "landmarks.json")
    with pytest.raises(InputError, match="no plain file"):
        myotome.load(folder)
