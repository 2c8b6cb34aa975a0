"""The sound studies that are spoiled: phantoms in every form, and real CTs where there are any."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom

from benchmarks.mutations.kind import Kind, Target
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.phantom import Anatomy, Faults, NiftiForm, Phantom, render, write_dicom, write_nifti
from myotome.runtime.config import Configuration
from myotome.study import run_study
from myotome.write.dicom.seg import muscle_seg
from myotome.write.dicom.series import save
from myotome.write.dicom.source import Source

SPACING_MM = (8.0, 4.0, 4.0)
OTHER_SEED = 3
PERSON = {"PatientSex": "F", "PatientAge": "061Y", "PatientSize": 1.68, "PatientWeight": 70}
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A sound study in ``folder``: study/, other/ and perhaps labels/, and how it is measured.

    ``form`` is "dicom" or "nifti", ``stack`` whether every image has a file of its own;
    ``labels`` is the name of the label file under labels/, "" for the bundled network.
    ``weight`` is how often it is drawn.
    """

    name: str
    folder: Path
    form: str
    stack: bool = True
    labels: str = ""
    weight: float = 1.0

    def copied(self, to: Path) -> Target:
        """A copy that may be spoiled. The other person's study is not copied."""
        for part in ("study", "labels"):
            if (self.folder / part).exists():
                shutil.copytree(self.folder / part, to / part)
        return Target(
            study=to / "study",
            other=self.folder / "other",
            form=self.form,
            labels=to / "labels" / self.labels if self.labels else None,
        )

    def fits(self, kind: Kind) -> bool:
        """Whether this study can be spoiled in that way."""
        has = {
            "any": True,
            "dicom": self.form == "dicom",
            "stack": self.form == "dicom" and self.stack,
            "planes": self.form == "nifti" or self.stack,
            "nifti": self.form == "nifti",
            "labels": bool(self.labels),
            "nifti labels": self.labels.endswith((".nii", ".nii.gz")),
            "seg": self.labels.endswith(".dcm"),
        }
        return has[kind.needs]


def phantom_scenes(root: Path, spacing_mm: tuple[float, float, float] = SPACING_MM) -> list[Scene]:
    """Phantoms with their own labels or for the network, as DICOM of several syntaxes and NIfTI."""
    body = render(spacing_mm=spacing_mm, noise_hu=8.0)
    other = render(Anatomy.draw(OTHER_SEED), spacing_mm=spacing_mm, noise_hu=8.0)
    scenes = []
    for name, faults, labels, weight in (
        ("dicom", Faults(), "muscles.nii", 4.0),
        ("dicom_network", Faults(), "", 3.0),
        ("implicit", Faults(syntax="implicit"), "muscles.nii.gz", 0.7),
        ("j2k", Faults(syntax="j2k"), "muscles.nii.gz", 0.7),
        ("rle", Faults(syntax="rle"), "muscles.nii.gz", 0.5),
        ("deflated", Faults(syntax="deflated"), "muscles.nii.gz", 0.5),
        ("multiframe", Faults(multiframe=True), "muscles.nii", 1.0),
        ("dicomdir", Faults(dicomdir=True), "muscles.nii.gz", 0.5),
    ):
        folder = root / name
        if not folder.exists():
            write_dicom(body, folder / "study", faults=faults)
            write_dicom(other, folder / "other", faults=faults)
            _named(folder / "study", "P1")
            _named(folder / "other", "P2")
            _labelled(body, folder, labels)
        stack = not faults.multiframe
        scenes.append(
            Scene(name=name, folder=folder, form="dicom", stack=stack, labels=labels, weight=weight)
        )
    scenes.append(_with_seg(root / "seg", scenes[0]))
    for name, labels in (("nifti", "muscles.nii"), ("nifti_network", "")):
        folder = root / name
        if not folder.exists():
            _as_nifti(body, folder / "study", packed=not labels)
            _as_nifti(other, folder / "other", packed=not labels)
            _labelled(body, folder, labels)
        scenes.append(Scene(name=name, folder=folder, form="nifti", labels=labels, weight=2.0))
    return scenes


def _with_seg(folder: Path, plain: Scene) -> Scene:
    """The study of ``plain``, its labels as a DICOM segmentation of that study."""
    if not folder.exists():
        config = Configuration(backend=f"labels:{plain.folder / 'labels' / plain.labels}")
        result = run_study(plain.folder / "study", config=config).best
        for part in ("study", "other"):
            shutil.copytree(plain.folder / part, folder / part)
        (folder / "labels").mkdir()
        save(muscle_seg(result, Source.of(result)), folder / "labels" / "seg.dcm")
    return Scene(name="seg", folder=folder, form="dicom", labels="seg.dcm", weight=1.5)


def real_scenes(root: Path, data: Path) -> list[Scene]:
    """A small real CT for the network, as NIfTI and as DICOM; another person's beside it."""
    one, two = data / "cases" / "ts_example", data / "cases" / "cort_liver"
    scenes = [
        Scene(name="real_nifti", folder=root / "real_nifti", form="nifti", weight=3.0),
        Scene(name="real_dicom", folder=root / "real_dicom", form="dicom", weight=5.0),
    ]
    for scene in scenes:
        for part, case in (("study", one), ("other", two)):
            place = scene.folder / part
            if place.exists():
                continue
            if scene.form == "nifti":
                place.mkdir(parents=True)
                shutil.copy(case / "ct.nii.gz", place)
            else:
                write_dicom(_worn(case / "ct.nii.gz"), place)
                _named(place, case.name)
    return scenes


def _worn(path: Path) -> Phantom:
    """A real CT in the clothes of a phantom, so that it can be written as DICOM."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    turned = nibabel.orientations.apply_orientation(
        np.asanyarray(image.dataobj), np.array([[0, -1], [1, -1], [2, 1]])
    )
    flip = nibabel.orientations.inv_ornt_aff(np.array([[0, -1], [1, -1], [2, 1]]), image.shape)
    matrix = (RAS_TO_LPS @ image.affine @ flip)[:, [2, 1, 0, 3]]
    hu = np.ascontiguousarray(turned.transpose(2, 1, 0)).astype(np.int16)
    own = np.eye(4)
    own[:, :3] = matrix[:, :3][:, ::-1]
    own[:, 3] = matrix[:, 3]
    grid = Grid.from_matrix(hu.shape, own)
    body = render(spacing_mm=(20.0, 20.0, 20.0))
    return replace(body, volume=Volume(hu=hu, grid=grid, source_grid=grid))


def _named(folder: Path, patient: str) -> None:
    """Give the files of a study a person, as headers of real ones have."""
    for path in folder.rglob("*"):
        if not path.is_file() or path.name == "DICOMDIR":
            continue
        ds = pydicom.dcmread(path)
        ds.PatientID = ds.PatientName = patient
        for keyword, value in PERSON.items():
            setattr(ds, keyword, value)
        ds.save_as(path)


def _as_nifti(body: Phantom, folder: Path, *, packed: bool) -> None:
    write_nifti(body, folder, form=NiftiForm(compressed=packed))
    for path in folder.iterdir():
        if not path.name.startswith("ct."):
            path.unlink()


def _labelled(body: Phantom, folder: Path, name: str) -> None:
    if name:
        made = folder / "made"
        write_nifti(body, made, form=NiftiForm(compressed=name.endswith(".gz")))
        (folder / "labels").mkdir()
        (made / name).rename(folder / "labels" / name)
        shutil.rmtree(made)
