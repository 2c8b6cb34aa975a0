"""`myotome run --dicom --fhir`: whole, of one study, pseudonymous on request, or not at all."""

from __future__ import annotations

import errno
import gzip
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pypdf import PdfReader
from typer.testing import CliRunner

from myotome import study as study_module
from myotome.cli import app as cli
from myotome.errors import OutputError
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Series
from myotome.phantom import Phantom, render, write_dicom, write_nifti
from myotome.runtime.config import Configuration
from myotome.segment.labels import masks
from myotome.study import Stages, run
from myotome.tables import plugins
from myotome.tables.outputs.dicom_outputs import DICOM_OUTPUT, RESEARCH_SUFFIX
from myotome.write import write_results
from myotome.write.dicom import series as series_module
from myotome.write.dicom.pseudonym import Pseudonyms
from myotome.write.outputs import Extras

pytest.importorskip("highdicom", reason="needs the [dicom] extra")

_RUN_STUDY = study_module.run_study
SPACING_MM = (12.0, 4.0, 4.0)
KEY = b"secret-of-the-hospital-32-bytes!"
SECRETS = {
    "PatientName": "QUIXANO^ALONSO",
    "PatientID": "PID-7731942",
    "PatientBirthDate": "19470923",
    "OtherPatientIDs": "SSN-55512345",
    "PatientAddress": "1 Windmill Lane",
    "AccessionNumber": "ACC884422",
    "StudyID": "STID99871",
    "StudyDescription": "WINDMILL INJURY",
    "InstitutionName": "Hospital of La Mancha",
    "ReferringPhysicianName": "CERVANTES^MIGUEL",
    "OperatorsName": "PANZA^SANCHO",
    "StationName": "ROCINANTE01",
    "StudyDate": "20190807",
}
PARTS = tuple(part for value in SECRETS.values() for part in value.split("^"))
SOURCE_SERIES = 2
SERIES = (
    "muscle_seg",
    "composition_seg",
    "measurements_sr",
    "overlay_sc",
    "quality_sc",
    "report_pdf",
)
PERSON = {"sex": "F", "age_years": 71, "height_cm": 161, "weight_kg": 64.5, "grip_kg": 15.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one command line led to."""

    code: int
    last: dict[str, object]
    said: str


Call = Callable[..., Answer]


@pytest.fixture(scope="module")
def body() -> Phantom:
    return render(spacing_mm=SPACING_MM)


@pytest.fixture(scope="module")
def study(body: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study full of identifiers."""
    folder = tmp_path_factory.mktemp("pacs") / "QUIXANO_ALONSO"
    write_dicom(body, folder)
    for path in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        for keyword, value in SECRETS.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
    return folder


@pytest.fixture(scope="module")
def stages(body: Phantom, known_stages) -> Callable[[bool], Callable[[Configuration], Stages]]:
    """The real path with known labels; ``few``: of every fifth number only."""

    def maker(few: bool) -> Callable[[Configuration], Stages]:
        def of(config: Configuration) -> Stages:
            usual = replace(known_stages(body, config), needs=())

            def compose(scan: Scan, **known: object) -> Measured:
                made = usual.compose(scan, **known)  # type: ignore[arg-type]
                return replace(made, measurements=made.measurements[::5])

            return replace(usual, compose=compose) if few else usual

        return of

    return maker


def _call(of: Callable[[Configuration], Stages], *words: object) -> Answer:
    def run_study(path: Path, *, config: Configuration, **others: object) -> study_module.Outcome:
        return _RUN_STUDY(path, config=config, stages=of(config), **others)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "run_study", run_study)
        done = CliRunner().invoke(cli.app, [str(word) for word in words])
    lines = done.stdout.strip().splitlines()
    last = json.loads(lines[-1]) if lines else {}
    return Answer(code=done.exit_code, last=last, said=done.output + done.stderr)


@pytest.fixture
def call(stages) -> Call:
    """One command line in this process, with labels that are known and fewer numbers."""
    return lambda *words: _call(stages(True), *words)


@pytest.fixture
def no_work() -> Call:
    """The same, but the first stage that costs time fails the test."""

    def of(config: Configuration) -> Stages:
        def assemble(series: Series) -> Volume:
            pytest.fail(f"series {series.key} was read before the refusal")

        return replace(Stages.of(config), assemble=assemble, needs=())

    return lambda *words: _call(of, *words)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("person") / "person.json"
    path.write_text(json.dumps(PERSON))
    return path


@pytest.fixture(scope="module")
def results(study: Path, person: Path, stages, tmp_path_factory) -> Path:
    """What the whole command leaves, with every number and a real PDF."""
    out = tmp_path_factory.mktemp("whole") / "out"
    words = ("run", study, "-o", out, "--dicom", "--fhir", "R4", "--person", person)
    answer = _call(stages(False), *words)
    assert answer.code == 0, answer.said
    return out


@pytest.fixture(scope="module")
def made(results: Path) -> dict[str, Dataset]:
    """The objects of ``results``, by the names of their files."""
    return objects(results)


@pytest.fixture(scope="module")
def result(study: Path, stages) -> StudyResult:
    """The same, not written."""
    return run(study, stages=stages(True)(Configuration()), extras=Extras(dicom=True))


def refusal(answer: Answer, kind: str, *words: str) -> None:
    code = {"InputError": 3, "OutputError": 10}[kind]
    assert (answer.code, answer.last["kind"]) == (code, kind), answer.said
    for word in words:
        assert word in str(answer.last["error"])


def objects(folder: Path) -> dict[str, Dataset]:
    return {path.stem: pydicom.dcmread(path) for path in sorted((folder / "dicom").iterdir())}


def source_uids(study: Path) -> set[str]:
    """Every UID of the source that names an object."""
    found: set[str] = set()
    for path in study.rglob("*.dcm"):
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        found |= {str(e.value) for e in dataset.iterall() if e.VR == "UI" and e.value}
    return {uid for uid in found if not uid.startswith("1.2.840.10008.")}


def words_of(pdf: bytes) -> str:
    """What a PDF prints, and what it says of itself."""
    reader = PdfReader(io.BytesIO(pdf))
    printed = (page.extract_text() for page in reader.pages)
    return "\n".join((*printed, str(reader.metadata)))


def everything_in(folder: Path) -> dict[str, bytes]:
    """All bytes of all files, unpacked where they are packed; of a PDF its words."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            found[path.name] = gzip.decompress(content) if path.suffix == ".gz" else content
            if path.stem == "report_pdf":
                pdf = pydicom.dcmread(path).EncapsulatedDocument
                found["report.pdf"] = words_of(pdf).encode("utf-8")
    return found


# Everything that was asked for ---------------------------------------------------------------


def test_every_object_is_there(results: Path, made) -> None:
    names = set(made)
    assert {"muscle_seg", "composition_seg", "measurements_sr", "report_pdf"} < names
    captured = {name for name in names if name.startswith("capture_")}
    assert names - captured == {"muscle_seg", "composition_seg", "measurements_sr", "report_pdf"}
    assert captured == {f"capture_{n:02}" for n in range(1, len(captured) + 1)}
    assert [path.name for path in results.parent.iterdir()] == ["out"]


def test_they_belong_to_the_study_and_patient_of_their_source(made, study: Path) -> None:
    source = pydicom.dcmread(next(study.rglob("*.dcm")))
    for dataset in made.values():
        for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "AccessionNumber"):
            assert dataset[keyword].value == source[keyword].value
        assert dataset.SeriesInstanceUID != source.SeriesInstanceUID
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
        # what the source says of the place and its people stays there
        for keyword in ("InstitutionName", "OperatorsName", "PatientAddress", "StationName"):
            assert not dataset.get(keyword)


def test_each_kind_is_a_series_of_its_own(made) -> None:
    series: dict[str, set[tuple[int, str, str]]] = {}
    instances = set()
    for dataset in made.values():
        words = (int(dataset.SeriesNumber), str(dataset.Modality), str(dataset.SeriesDescription))
        series.setdefault(str(dataset.SeriesInstanceUID), set()).add(words)
        instances.add((str(dataset.SeriesInstanceUID), int(dataset.InstanceNumber)))
    expected = {
        (1000 * SOURCE_SERIES + row.number, row.modality, f"{row.words} {RESEARCH_SUFFIX}")
        for row in DICOM_OUTPUT.values()
        if row.key in SERIES
    }
    assert all(len(words) == 1 for words in series.values())
    assert {next(iter(words)) for words in series.values()} == expected
    assert len(series) == len(expected)
    assert len(instances) == len(made)


def test_each_can_be_read_whole(made) -> None:
    assert made["muscle_seg"].pixel_array.any()
    assert made["composition_seg"].pixel_array.any()
    assert all(d.pixel_array.ndim == 3 for name, d in made.items() if name.startswith("capture"))
    assert made["report_pdf"].EncapsulatedDocument.startswith(b"%PDF-")
    assert b"%%EOF" in made["report_pdf"].EncapsulatedDocument[-1024:]


def evidence(report: Dataset) -> set[str]:
    """The instances that a report rests on."""
    return {
        str(item.ReferencedSOPInstanceUID)
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }


def test_the_report_refers_to_both_segmentations(made) -> None:
    segs = {str(made[name].SOPInstanceUID) for name in ("muscle_seg", "composition_seg")}
    assert segs <= evidence(made["measurements_sr"])


def test_fhir_has_the_numbers_of_the_results(results: Path) -> None:
    bundle = json.loads((results / "fhir.json").read_text(encoding="utf-8"))
    document = json.loads((results / "measurements.json").read_text(encoding="utf-8"))
    told = [
        entry["resource"]["valueQuantity"]["value"]
        for entry in bundle["entry"]
        if "valueQuantity" in entry["resource"] and "bodySite" in entry["resource"]
    ]
    values = [row["value"] for row in document["measurements"] if row["value"] is not None]
    assert sorted(told) == sorted(values)
    assert len(values) > 400


def test_the_results_folder_itself_names_nobody(results: Path, study: Path) -> None:
    """DICOM objects carry the patient, as an archive needs them; nothing else does."""
    words = [word.lower().encode() for word in (*PARTS, *source_uids(study))]
    objects_here = {path.name for path in (results / "dicom").iterdir()}
    for name, content in everything_in(results).items():
        if name not in objects_here:
            assert [w for w in words if w in content.lower()] == [], name


# Again -----------------------------------------------------------------------------------------


def test_a_rerun_replaces_all_objects(results: Path, study: Path, call: Call, tmp_path) -> None:
    out = tmp_path / "out"
    shutil.copytree(results, out)
    before = objects(out)
    refusal(call("run", study, "-o", out, "--dicom"), "OutputError", "--overwrite")
    answer = call("run", study, "-o", out, "--dicom", "--overwrite")
    assert answer.code == 0, answer.said
    after = objects(out)
    old = {str(d.SOPInstanceUID) for d in before.values()}
    assert not old & {str(d.SOPInstanceUID) for d in after.values()}
    assert not (out / "fhir.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["notes.txt", "holiday.dcm"])
def test_somebody_elses_file_among_the_objects_is_kept(
    results: Path, study: Path, no_work: Call, tmp_path, name: str
) -> None:
    out = tmp_path / "out"
    shutil.copytree(results, out)
    (out / "dicom" / name).write_bytes(b"mine")
    answer = no_work("run", study, "-o", out, "--dicom", "--overwrite")
    refusal(answer, "OutputError", "did not write")
    assert (out / "dicom" / name).read_bytes() == b"mine"


# Refused before the work ----------------------------------------------------------------------


def test_nifti_has_no_study_for_dicom_objects(body, no_work: Call, tmp_path: Path) -> None:
    write_nifti(body, tmp_path / "in")
    answer = no_work("run", tmp_path / "in" / "ct.nii.gz", "-o", tmp_path / "out", "--dicom")
    refusal(answer, "InputError", "came as DICOM", "leave out --dicom")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"series.csv", "files.csv"}


@pytest.mark.parametrize("absent", ["highdicom", "typst"])
def test_a_missing_extra_is_told_first(study, no_work: Call, monkeypatch, tmp_path, absent) -> None:
    monkeypatch.setattr(plugins, "find_spec", lambda name: None if name == absent else object())
    answer = no_work("run", study, "-o", tmp_path / "out", "--dicom")
    refusal(answer, "OutputError", absent, "myotome[dicom]")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (None, "InputError", "cannot be read"),
        (b"", "OutputError", "0 bytes"),
        (b"fifteen-bytes-x", "OutputError", "15 bytes"),
        (b"x" * 5000, "InputError", "too long"),
    ],
    ids=["missing", "empty", "short", "long"],
)
def test_a_bad_key_is_told_first(study, no_work, tmp_path, content, kind, told) -> None:
    path = tmp_path / "QUIXANO.key"
    if content is not None:
        path.write_bytes(content)
    out = tmp_path / "out"
    answer = no_work("run", study, "-o", out, "--dicom", "--pseudonym-key", path)
    refusal(answer, kind, told)
    assert "QUIXANO" not in answer.said
    assert not content or content.decode() not in answer.said
    assert not out.exists()


def test_a_key_without_objects_is_told_first(study, no_work: Call, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY)
    answer = no_work("run", study, "-o", tmp_path / "out", "--pseudonym-key", tmp_path / "key")
    refusal(answer, "InputError", "--dicom")
    assert not (tmp_path / "out").exists()


def test_an_unknown_release_is_told_first(study, no_work: Call, tmp_path: Path) -> None:
    answer = no_work("run", study, "-o", tmp_path / "out", "--fhir", "STU3")
    refusal(answer, "InputError", "R4 or R5")
    assert not (tmp_path / "out").exists()


# Pseudonyms ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pseudonymous(study: Path, person: Path, stages, tmp_path_factory) -> tuple[Path, Answer]:
    folder = tmp_path_factory.mktemp("pseudonymous")
    (folder / "key").write_bytes(KEY)
    words = ("run", study, "-o", folder / "out", "--dicom", "--fhir", "R4", "--person", person)
    answer = _call(stages(True), *words, "--rtstruct", "--pseudonym-key", folder / "key")
    assert answer.code == 0, answer.said
    return folder / "out", answer


def test_no_byte_names_the_person_or_the_study(pseudonymous, study: Path) -> None:
    out, answer = pseudonymous
    words = [word.lower().encode() for word in (*PARTS, *source_uids(study))]
    assert len(words) > 30
    contents = everything_in(out)
    assert {"fhir.json", "report.html", "provenance.json"} <= set(contents)
    assert {"muscle_seg.dcm", "rtstruct.dcm", "report.pdf"} <= set(contents)
    assert b"12 abdominal muscles" in contents["report.pdf"]
    for name, content in contents.items():
        assert [w for w in words if w in content.lower()] == [], name
        assert KEY not in content, name
    assert [w for w in words if w in answer.said.replace(str(out), "").lower().encode()] == []


def test_no_date_of_the_objects_betrays_the_shift(pseudonymous) -> None:
    """``provenance.json`` tells when Myotome ran, so no object may tell it moved."""
    out, _ = pseudonymous
    for name, dataset in objects(out).items():
        days = {str(e.value)[:8] for e in dataset.iterall() if e.VR in ("DA", "DT") and e.value}
        assert days == {dataset.StudyDate}, name


def test_pseudonymous_objects_stay_together(pseudonymous, study: Path) -> None:
    out, _ = pseudonymous
    made = objects(out)
    source = pydicom.dcmread(next(study.rglob("*.dcm")))
    key = Pseudonyms(key=KEY)
    assert {str(d.StudyInstanceUID) for d in made.values()} == {key.uid(source.StudyInstanceUID)}
    assert {str(d.PatientID) for d in made.values()} == {key.patient(source)}
    assert {str(d.PatientName) for d in made.values()} == {key.patient(source)}
    assert {d.PatientIdentityRemoved for d in made.values()} == {"YES"}
    series = made["muscle_seg"].ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == key.uid(source.SeriesInstanceUID)
    assert str(made["muscle_seg"].SOPInstanceUID) in evidence(made["measurements_sr"])


# Whole or not at all ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "failure", "raised"),
    [
        ("muscle_seg", OSError(errno.ENOSPC, "No space left on device"), OutputError),
        ("measurements_sr", KeyboardInterrupt(), KeyboardInterrupt),
        ("report_pdf", OSError(errno.ENOSPC, "No space left on device"), OutputError),
    ],
    ids=["disk full", "ctrl-c", "disk full at last"],
)
def test_a_failure_leaves_nothing(
    result: StudyResult, monkeypatch, tmp_path, name, failure, raised
) -> None:
    save = series_module.save

    def fail(dataset: Dataset, path: Path) -> None:
        if path.stem == name:
            raise failure
        save(dataset, path)

    monkeypatch.setattr(series_module, "save", fail)
    with pytest.raises(raised) as caught:
        write_results(result, tmp_path / "out", extras=Extras(dicom=True))
    assert list(tmp_path.iterdir()) == []
    if raised is OutputError:
        assert "disk is full" in str(caught.value)


# What a reader drew ----------------------------------------------------------------------------


def test_what_a_reader_drew_is_not_called_automatic(result: StudyResult) -> None:
    """PS3.3 C.8.20.4: AUTOMATIC is what a program made alone."""
    drawn = replace(result.segmentation, backend=masks.NAME)
    assert series_module.algorithm_type(result) == "AUTOMATIC"
    edited = replace(result, segmentation=drawn)
    assert series_module.algorithm_type(edited) == "SEMIAUTOMATIC"
