"""What is asked for beside the results folder's own files: DICOM objects, FHIR, plug-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from myotome.errors import InputError, OutputError
from myotome.tables.option import asked
from myotome.tables.plugins import Broken
from myotome.write.contents import OUTPUTS, Output

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from myotome.nouns.study.result import StudyResult
    from myotome.nouns.study.series import Series
    from myotome.write.dicom.source import Source
    from myotome.write.pictures.canvas import Picture

Release = Literal["R4", "R5", ""]
_MOST_KEY_BYTES = 4096


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """``dicom``: SEG, SR, Secondary Captures and PDF. ``fhir``: "R4", "R5" or "".

    ``rtstruct`` adds the muscles as contours, which needs ``dicom``.
    ``also`` are outputs of other packages, each "key" or "key:argument".
    ``pseudonym_key`` are the secret bytes that pseudonyms are made with; without them DICOM
    objects carry the patient and study of their source, as an archive needs them.
    """

    dicom: bool = field(
        default=False,
        metadata=asked("Also SEG, SR, captures and PDF as DICOM.", names=("--dicom",)),
    )
    rtstruct: bool = field(
        default=False,
        metadata=asked("With --dicom: also the muscles as contours.", names=("--rtstruct",)),
    )
    fhir: Release = field(
        default="", metadata=asked("Also a FHIR bundle: R4 or R5.", kind=str, read=str.upper)
    )
    pseudonym_key: bytes | None = field(
        default=None,
        repr=False,
        metadata=asked(
            "File with a secret key: pseudonyms instead of names.", kind=Path | None, read=read_key
        ),
    )
    also: tuple[str, ...] = field(
        default=(),
        metadata=asked(
            "An output of another package, as `myotome info` lists them. Repeatable.",
            kind=list[str] | None,
            read=tuple,
        ),
    )

    def __post_init__(self) -> None:
        if self.fhir not in get_args(Release):
            raise InputError(
                f'"{self.fhir[:20]}" is no release of FHIR that Myotome writes.',
                mend="Use R4 or R5.",
            )
        belongs = (
            (self.pseudonym_key is not None, "a key for pseudonyms"),
            (self.rtstruct, "RTSTRUCT"),
        )
        for wanted, words in belongs:
            if wanted and not self.dicom:
                raise InputError(f"{words} belongs to DICOM objects.", mend="Add --dicom.")

    def ours(self) -> tuple[Output, ...]:
        """The rows of our own that are to be written."""
        rows = OUTPUTS.own.values()
        return tuple(row for row in rows if not row.options or getattr(self, row.options[0]))

    def theirs(self) -> tuple[tuple[Output, str], ...]:
        """The rows of other packages that are asked for, each with its argument.

        Refuses (OutputError) one that nobody offers, a broken plug-in, and an argument that is
        missing or not taken.
        """
        return tuple(_plugin(name) for name in self.also)

    def require(self) -> None:
        """Refuse (OutputError) before minutes of work what could not be written after them."""
        for row in (*self.ours(), *(row for row, _ in self.theirs())):
            if row.missing:
                raise OutputError(
                    f"the output cannot be written: {row.words}.",
                    why=f"Not installed: {', '.join(row.missing)}.",
                    mend=row.mend,
                )
        if self.pseudonym_key is not None:
            from myotome.write.dicom.pseudonym import Pseudonyms

            Pseudonyms(key=self.pseudonym_key)

    def require_source(self, series: Series) -> None:
        """Refuse (InputError) a source that DICOM objects cannot refer to."""
        rows = (*self.ours(), *(row for row, _ in self.theirs()))
        words = next((row.words for row in rows if row.from_dicom), "")
        if words and series.format != "dicom":
            raise InputError(
                f"{words} need a CT that came as DICOM.",
                why="They refer to its images, patient and study, which NIfTI does not hold.",
                mend="Give the DICOM study, or leave out --dicom.",
            )
        if words and not all(image.sop_instance_uid for image in series.instances):
            raise InputError(
                f"{words} need a CT whose images have their UIDs.",
                why="They refer to its images, which here have none.",
                mend="Take the study as it was before its UIDs were removed, or leave out --dicom.",
            )


def _plugin(name: str) -> tuple[Output, str]:
    key, _, argument = name.partition(":")
    row = None if key in OUTPUTS.own else OUTPUTS.find(key)
    if isinstance(row, Broken):
        raise OutputError(f"{row}.", mend="Mend or remove that package, or leave out --also.")
    if row is None:
        told = ", ".join(one.syntax for one in OUTPUTS.plugins() if not isinstance(one, Broken))
        raise OutputError(
            f'no other package offers an output "{key[:40]}".',
            mend=f"Use --also with {told}." if told else "Install it, or leave out --also.",
        )
    if bool(argument) is not bool(row.argument):
        raise OutputError(f'the output "{row.key}" is written {row.syntax}.')
    return row, argument


NONE = Extras()


def write_fhir(result: StudyResult, extras: Extras, path: Path) -> None:
    """``fhir.json``: one Bundle with a DiagnosticReport and its Observations."""
    if not extras.fhir:
        return
    from myotome.write.data import document
    from myotome.write.fhir.bundle import bundle

    document.write_json(bundle(result, release=extras.fhir), path)


def write_rtstruct(result: StudyResult, extras: Extras, folder: Path) -> None:
    """``rtstruct.dcm``, beside the other DICOM objects."""
    from myotome.write.dicom.rtstruct import rtstruct
    from myotome.write.dicom.source import Source

    _save({"rtstruct": rtstruct(result, Source.of(result))}, extras, folder)


def write_dicom(
    result: StudyResult, extras: Extras, pictures: Mapping[str, Picture], folder: Path
) -> None:
    """The DICOM objects into ``folder``, one file each, named by what they are."""
    from myotome.write.dicom.source import Source

    if extras.pseudonym_key is not None:
        result = _unnamed(result)
    made = _objects(result, Source.of(result), pictures)
    folder.mkdir()
    _save(made, extras, folder)


def _unnamed(result: StudyResult) -> StudyResult:
    """Without the name of who set levels, which the paper would print."""
    marks = result.landmarks
    return replace(result, landmarks=replace(marks, given=replace(marks.given, reader="")))


def _objects(
    result: StudyResult, source: Source, pictures: Mapping[str, Picture]
) -> dict[str, Dataset]:
    from myotome.write.dicom.capture import captures
    from myotome.write.dicom.pdf import pdf
    from myotome.write.dicom.seg import composition_seg, muscle_seg
    from myotome.write.dicom.sr.report import study_report

    muscles = muscle_seg(result, source)
    composition = composition_seg(result, source)
    made: dict[str, Dataset] = {"muscle_seg": muscles}
    if composition is not None:
        made["composition_seg"] = composition
    made["measurements_sr"] = study_report(result, source, (muscles, composition))
    for number, capture in enumerate(captures(result, source, pictures), 1):
        made[f"capture_{number:02}"] = capture
    made["report_pdf"] = pdf.report_pdf(result, source, pdf.render_pdf(result, pictures))
    return made


def _save(made: Mapping[str, Dataset], extras: Extras, folder: Path) -> None:
    from myotome.write.dicom.pseudonym import Pseudonyms, pseudonymous
    from myotome.write.dicom.series import save

    names, datasets = list(made), list(made.values())
    if extras.pseudonym_key is not None:
        datasets = pseudonymous(datasets, Pseudonyms(key=extras.pseudonym_key))
    for name, dataset in zip(names, datasets, strict=True):
        save(dataset, folder / f"{name}.dcm")
