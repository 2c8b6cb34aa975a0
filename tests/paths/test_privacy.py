"""Nothing that names the person leaves: not in results, messages, file names or digests."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pydicom
import pytest

from myotome import run
from myotome.cli import app as cli
from myotome.errors import MyotomeError
from myotome.phantom import write_dicom, write_nifti
from myotome.runtime.config import Configuration

SECRETS = {
    "PatientName": "QUIXANO^ALONSO",
    "PatientID": "PID-7731942",
    "PatientBirthDate": "19470923",
    "OtherPatientIDs": "SSN-55512345",
    "PatientAddress": "1 Windmill Lane",
    "AccessionNumber": "ACC884422",
    "StudyID": "STID99871",
    "InstitutionName": "Hospital of La Mancha",
    "ReferringPhysicianName": "CERVANTES^MIGUEL",
    "OperatorsName": "PANZA^SANCHO",
    "StationName": "ROCINANTE01",
    "StudyDate": "20190807",
    "DeviceSerialNumber": "SER4242424",
}
FRAGMENTS = (
    "QUIXANO",
    "ALONSO",
    *(v for k, v in SECRETS.items() if "Name" not in k),
    "La Mancha",
    "CERVANTES",
    "PANZA",
    "ROCINANTE",
)


@pytest.fixture(scope="module")
def named_study(phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study full of identifiers, in the headers and in the folder names."""
    folder = tmp_path_factory.mktemp("pacs") / "QUIXANO_ALONSO_PID-7731942" / "ACC884422"
    write_dicom(phantom, folder)
    for path in folder.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        for keyword, value in SECRETS.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
        path.rename(path.with_name(f"QUIXANO_{path.name}"))
    return folder.parent.parent / "QUIXANO_ALONSO_PID-7731942"


def leaks(text: str, uids: set[str]) -> list[str]:
    lower = text.lower()
    return [f for f in FRAGMENTS if f.lower() in lower] + [u for u in uids if u in text]


def identifiers_of(study: Path) -> set[str]:
    found: set[str] = set()
    for path in study.rglob("*.dcm"):
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        names = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
        found |= {str(dataset.get(name)) for name in names if dataset.get(name)}
    return found


def test_results_name_nobody(named_study: Path, phantom, known_stages, tmp_path: Path) -> None:
    said: list[str] = []
    result = run(
        named_study,
        out=tmp_path / "out",
        stages=known_stages(phantom, Configuration()),
        listen=lambda *words: said.append(str(words)),
    )
    uids = identifiers_of(named_study)
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert len(written) > 8
    for path in written:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        text = content.decode("latin-1")
        assert not leaks(text, uids), path.name
        assert not leaks(path.name, uids)
        if path.suffix in {".json", ".csv", ".html", ".txt"}:
            assert str(named_study.parent) not in text
            assert str(tmp_path) not in text
    assert not leaks("\n".join(said), uids)
    assert not leaks(repr(result.provenance), uids)
    assert not leaks(" ".join(flag.message for flag in result.flags), uids)


def test_the_series_list_names_nobody(
    named_study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["myotome", "series", str(named_study), "--json"])
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["status"] == "ok"
    assert not leaks(said.out + said.err, identifiers_of(named_study))


def test_refusals_name_nobody(named_study: Path, phantom, tmp_path: Path) -> None:
    study = tmp_path / "QUIXANO"
    shutil.copytree(named_study, study)
    for position, path in enumerate(sorted(study.rglob("*.dcm"))):
        if 20 <= position < 24:
            path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(MyotomeError) as refusal:
        run(study, out=tmp_path / "out")
    assert not leaks(str(refusal.value), identifiers_of(named_study))
    for path in (tmp_path / "out").rglob("*.csv"):
        assert not leaks(path.read_text(encoding="utf-8"), identifiers_of(named_study))


def test_a_nifti_named_after_a_person(phantom, known_stages, tmp_path: Path) -> None:
    write_nifti(phantom, tmp_path / "in")
    named = tmp_path / "in" / "QUIXANO_ALONSO.nii.gz"
    (tmp_path / "in" / "ct.nii.gz").rename(named)
    stages = known_stages(phantom, Configuration())
    run(named, out=tmp_path / "out", stages=stages)
    for path in (tmp_path / "out").rglob("*"):
        if path.suffix in {".json", ".csv", ".html", ".txt"}:
            assert not leaks(path.read_text(encoding="utf-8"), set()), path.name
