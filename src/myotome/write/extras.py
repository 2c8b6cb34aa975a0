"""What may be written beside the results folder's own files: DICOM objects and FHIR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from myotome.errors import InputError, OutputError
from myotome.nouns.result import StudyResult
from myotome.nouns.series import Series

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from myotome.write.canvas import Picture
    from myotome.write.dicom.source import Source

Release = Literal["R4", "R5", ""]
_MOST_KEY_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """``dicom``: SEG, SR, Secondary Captures and PDF. ``fhir``: "R4", "R5" or "".

    ``pseudonym_key`` are the secret bytes that pseudonyms are made with; without them DICOM
    objects carry the patient and study of their source, as an archive needs them.
    """

    dicom: bool = False
    fhir: Release = ""
    pseudonym_key: bytes | None = None

    def __post_init__(self) -> None:
        if self.fhir not in get_args(Release):
            raise InputError(
                f'"{self.fhir[:20]}" is no release of FHIR that Myotome writes.',
                mend="Use R4 or R5.",
            )
        if self.pseudonym_key is not None and not self.dicom:
            raise InputError("a key for pseudonyms belongs to DICOM objects.", mend="Add --dicom.")

    def require(self) -> None:
        """Refuse (OutputError) before minutes of work what could not be written after them."""
        missing = [name for name in ("highdicom", "weasyprint") if not find_spec(name)]
        if self.dicom and missing:
            raise OutputError(
                "DICOM objects cannot be written.",
                why=f"Not installed: {', '.join(missing)}.",
                mend="pip install 'myotome[dicom]'.",
            )
        if self.pseudonym_key is not None:
            from myotome.write.dicom.pseudonym import Pseudonyms

            Pseudonyms(key=self.pseudonym_key)

    def require_source(self, series: Series) -> None:
        """Refuse (InputError) a source that DICOM objects cannot refer to."""
        if self.dicom and series.format != "dicom":
            raise InputError(
                "DICOM objects need a CT that came as DICOM.",
                why="They refer to its images, patient and study, which NIfTI does not hold.",
                mend="Give the DICOM study, or leave out --dicom.",
            )


NONE = Extras()


def read_key(path: Path) -> bytes:
    """The secret key in a file, as it is. Refuses what is no file or far too long."""
    try:
        with path.open("rb") as stream:
            key = stream.read(_MOST_KEY_BYTES + 1)
    except OSError as error:
        raise InputError(
            "the key for pseudonyms cannot be read.", mend="Check its path."
        ) from error
    if len(key) > _MOST_KEY_BYTES:
        raise InputError("the key for pseudonyms is too long for a key.")
    return key


def write_fhir(result: StudyResult, extras: Extras, path: Path) -> None:
    """``fhir.json``: one Bundle with a DiagnosticReport and its Observations."""
    if not extras.fhir:
        return
    from myotome.write import document
    from myotome.write.fhir.bundle import bundle

    document.write_json(bundle(result, release=extras.fhir), path)


def write_dicom(
    result: StudyResult, extras: Extras, pictures: Mapping[str, Picture], html: str, folder: Path
) -> None:
    """All DICOM objects of ``result`` into ``folder``, one file each, named by what they are."""
    if not extras.dicom:
        return
    from myotome.write.dicom.pdf import Rendering, report_pdf
    from myotome.write.dicom.source import Source

    source = Source.of(result)
    rendering = Rendering(html)  # seconds, beside all the others
    try:
        made = _objects(result, source, pictures)
        folder.mkdir()
        _save(made, extras, folder)
        _save({"report_pdf": report_pdf(result, source, rendering.pdf())}, extras, folder)
    finally:
        rendering.stop()


def _objects(
    result: StudyResult, source: Source, pictures: Mapping[str, Picture]
) -> dict[str, Dataset]:
    from myotome.write.dicom.capture import captures
    from myotome.write.dicom.seg import composition_seg, muscle_seg
    from myotome.write.dicom.sr import study_report

    muscles = muscle_seg(result, source)
    composition = composition_seg(result, source)
    made: dict[str, Dataset] = {"muscle_seg": muscles}
    if composition is not None:
        made["composition_seg"] = composition
    made["measurements_sr"] = study_report(result, source, (muscles, composition))
    for number, capture in enumerate(captures(result, source, pictures), 1):
        made[f"capture_{number:02}"] = capture
    return made


def _save(made: Mapping[str, Dataset], extras: Extras, folder: Path) -> None:
    from myotome.write.dicom.pseudonym import Pseudonyms, pseudonymous
    from myotome.write.dicom.series import save

    names, datasets = list(made), list(made.values())
    if extras.pseudonym_key is not None:
        datasets = pseudonymous(datasets, Pseudonyms(key=extras.pseudonym_key))
    for name, dataset in zip(names, datasets, strict=True):
        save(dataset, folder / f"{name}.dcm")
