"""Everything that a results folder may hold: one row per output, with its files and its writer.

Another package adds one by an entry point of the group ``myotome.outputs``
(docs/how-to/add-an-output.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from myotome.tables.outputs.clutter import CLUTTER, CLUTTER_STARTS
from myotome.tables.outputs.masks import BEYOND_FILE, COMPARTMENTS_FILE, SLAB_FILE, WEIGHTS_FILE
from myotome.tables.plugins import Extensible, absent
from myotome.tables.registry import Registry

if TYPE_CHECKING:
    from myotome.nouns.study.result import StudyResult
    from myotome.write.outputs import Extras
    from myotome.write.pictures.canvas import Picture

GROUP = "myotome.outputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of an output, or many: ``name`` may lie in one folder, "*" stands for what varies.

    ``when`` says what it takes for the file to be there; empty: it always is.
    """

    name: str
    words: str
    when: str = ""

    @property
    def top(self) -> str:
        """The name that it shows in the results folder itself."""
        return self.name.partition("/")[0]

    def covers(self, path: PurePosixPath) -> bool:
        """Whether ``path`` (relative to the results folder) may be this file."""
        return len(path.parts) == self.name.count("/") + 1 and path.match(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a writer is given: the result, and the folder to write into.

    ``pictures`` waits for the pictures, which are drawn meanwhile. ``argument`` is what stood
    behind the colon where the output was asked for.
    """

    result: StudyResult
    folder: Path
    pictures: Callable[[], Mapping[str, Picture]]
    extras: Extras
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output: the files it may leave, what it needs and its writer.

    ``options`` are fields of :class:`myotome.write.outputs.Extras`; the first asks for the
    output, and without any it is always written (a plug-in is asked for by its key instead).
    ``needs`` are modules that must be installed, ``mend`` says how. ``from_dicom``: the CT must
    have come as DICOM. ``argument`` names what must stand behind a colon after the key of a
    plug-in. ``beside`` lets the writer work beside the others: it must share nothing with them.
    """

    key: str
    words: str
    files: tuple[File, ...]
    write: Callable[[Job], None]
    options: tuple[str, ...] = ()
    argument: str = ""
    needs: tuple[str, ...] = ()
    mend: str = ""
    from_dicom: bool = False
    beside: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that it needs and this installation does not have."""
        return absent(self.needs)

    @property
    def syntax(self) -> str:
        """How a plug-in is asked for on the command line; our own have options of their own."""
        return f"{self.key}:{self.argument}" if self.argument else self.key


def _labels(job: Job) -> None:
    from myotome.write.data.masks import write_masks

    write_masks(job.result, job.folder)


def _pictures(job: Job) -> None:
    from myotome.write.pictures.files import write_pictures

    write_pictures(job.pictures(), job.folder / "overlays")


def _documents(job: Job) -> None:
    from myotome.write.data import files

    files.write_documents(job.result, job.folder)


def _tables(job: Job) -> None:
    from myotome.write.data import files

    files.write_tables(job.result, job.folder)


def _accounts(job: Job) -> None:
    from myotome.write.data import files

    found = job.result
    files.write_accounts(found.judged, found.catalogue, job.folder, chosen=found.chosen)


def _assessment(job: Job) -> None:
    from myotome.write.data import files

    files.write_assessment(job.result, job.folder)


def _report(job: Job) -> None:
    from myotome.write.report import page

    html = page.render(job.result, job.pictures())
    (job.folder / "report.html").write_text(html, encoding="utf-8")


def _dicom(job: Job) -> None:
    from myotome.write.outputs import write_dicom

    write_dicom(job.result, job.extras, job.pictures(), job.folder / "dicom")


def _rtstruct(job: Job) -> None:
    from myotome.write.outputs import write_rtstruct

    write_rtstruct(job.result, job.extras, job.folder / "dicom")


def _fhir(job: Job) -> None:
    from myotome.write.outputs import write_fhir

    write_fhir(job.result, job.extras, job.folder / "fhir.json")


_COMPARTMENTS = "with a backend that gives body compartments"
_LEVEL = "where the level is in the scan"
_TALL = "where the scan is taller than a few slices"
_DICOM_MEND = "pip install 'myotome[dicom]'."

OUTPUTS: Extensible[Output] = Extensible(
    Registry(
        "output",
        (
            Output(
                key="segmentation",
                words="the masks",
                write=_labels,
                beside=True,
                files=(
                    File(
                        name=SLAB_FILE,
                        words="the 12 muscles on the CT's grid, the slices of the slab alone",
                    ),
                    File(
                        name=BEYOND_FILE,
                        words="the 12 muscles on all other slices",
                        when="where a level lies beyond the slab",
                    ),
                    File(
                        name=WEIGHTS_FILE,
                        words="the share of each slice in the slab: counts volumes again",
                    ),
                    File(name="segmentation_labels.json", words="its values, names and colours"),
                    File(name="segmentation_labels.txt", words="the same for ITK-SNAP"),
                    File(
                        name=COMPARTMENTS_FILE,
                        words="body compartments on the CT's grid",
                        when=_COMPARTMENTS,
                    ),
                    File(name="compartments_labels.json", words="their values", when=_COMPARTMENTS),
                ),
            ),
            Output(
                key="pictures",
                words="pictures to check the outlines by",
                write=_pictures,
                beside=True,
                files=(
                    File(name="overlays/axial_*.png", words="muscles at a level", when=_LEVEL),
                    File(name="overlays/coronal.png", words="a coronal cut", when=_TALL),
                    File(name="overlays/sagittal_levels.png", words="the levels", when=_TALL),
                    File(name="overlays/muscle_map_*.png", words="muscles by their names"),
                    *(
                        File(name=f"overlays/{kind}_*.{suffix}", words=words, when=_COMPARTMENTS)
                        for kind, words in (
                            ("composition", "body composition at a level, or at all"),
                            ("quality", "muscle by attenuation at a level, or at all"),
                        )
                        for suffix in ("png", "svg")
                    ),
                ),
            ),
            Output(
                key="documents",
                words="everything for programs",
                write=_documents,
                files=(
                    File(name="measurements.json", words="every number with status and reason"),
                    File(
                        name="landmarks.json",
                        words="vertebrae, lung base, slab, and each level's measured slice",
                    ),
                    File(name="provenance.json", words="versions, digests, configuration"),
                    File(name="run_times.json", words="when it was run, and for how long"),
                ),
            ),
            Output(
                key="tables",
                words="the numbers as tables",
                write=_tables,
                files=(
                    File(name="measurements.csv", words="one row per number"),
                    File(name="measurements.parquet", words="the same"),
                    File(name="slices.csv", words="areas slice by slice"),
                    File(name="slices.parquet", words="the same"),
                ),
            ),
            Output(
                key="accounts",
                words="what became of every series and file; also left by a refused study",
                write=_accounts,
                files=(
                    File(name="series.csv", words="every series, used or refused, and why"),
                    File(name="files.csv", words="every file, and why it was left out"),
                ),
            ),
            Output(
                key="assessment",
                words="what citations say of the numbers and the person",
                write=_assessment,
                files=tuple(
                    File(name=f"assessment{part}", words=words, when="for a judged result")
                    for part, words in (
                        (".json", "everything"),
                        ("_criteria.csv", "one row per criteria set"),
                        ("_cutoffs.csv", "one row per published cut-off"),
                        ("_references.csv", "places among published references"),
                    )
                ),
            ),
            Output(
                key="report",
                words="the report to read",
                write=_report,
                files=(File(name="report.html", words="one page with its pictures inside"),),
            ),
            Output(
                key="dicom",
                words="DICOM objects for the archive",
                write=_dicom,
                options=("dicom", "pseudonym_key"),
                needs=("highdicom", "typst", "contourpy"),
                mend=_DICOM_MEND,
                from_dicom=True,
                files=(
                    File(name="dicom/muscle_seg.dcm", words="the muscles (SEG)"),
                    File(
                        name="dicom/composition_seg.dcm",
                        words="body composition (SEG)",
                        when=_COMPARTMENTS,
                    ),
                    File(name="dicom/measurements_sr.dcm", words="the numbers (SR, TID 1500)"),
                    File(name="dicom/capture_*.dcm", words="pictures (Secondary Capture)"),
                    File(name="dicom/report_pdf.dcm", words="the report (Encapsulated PDF)"),
                ),
            ),
            Output(
                key="rtstruct",
                words="the muscles as contours",
                write=_rtstruct,
                options=("rtstruct",),
                needs=("highdicom", "contourpy"),
                mend=_DICOM_MEND,
                from_dicom=True,
                files=(File(name="dicom/rtstruct.dcm", words="contours (RTSTRUCT)"),),
            ),
            Output(
                key="fhir",
                words="a FHIR bundle",
                write=_fhir,
                options=("fhir",),
                files=(File(name="fhir.json", words="DiagnosticReport and Observations"),),
            ),
        ),
    ),
    GROUP,
)
"""Every output, in the order they are written. Plug-ins come last, if they are asked for."""

ACCOUNTS = frozenset(file.name for file in OUTPUTS.own["accounts"].files)
"""What a study without a measurable series leaves: not a result, so it may be replaced."""


def always() -> frozenset[str]:
    """The names that every results folder shows."""
    rows = [row for row in OUTPUTS.own.values() if not row.options]
    return frozenset(file.top for row in rows for file in row.files if not file.when) | {"overlays"}


def foreign(folder: Path) -> list[PurePosixPath]:
    """What in ``folder`` is no file of any output, nor of a file browser. Plug-ins come last."""
    strangers = undeclared(folder, OUTPUTS.own.values())
    if strangers:
        strangers = undeclared(folder, OUTPUTS.usable())
    return sorted(path for path in strangers if not is_clutter(path.name))


def is_clutter(name: str) -> bool:
    """Whether file browsers and disks of other systems leave files of that name everywhere."""
    return name.lower() in CLUTTER or name.startswith(CLUTTER_STARTS)


def undeclared(folder: Path, rows: Iterable[Output]) -> set[PurePosixPath]:
    """The paths in ``folder``, relative to it, that none of ``rows`` names among its files."""
    files = [file for row in rows for file in row.files]
    folders = {file.top for file in files if "/" in file.name}
    tops = [PurePosixPath(path.name) for path in folder.iterdir()]
    inner = [
        PurePosixPath(path.relative_to(folder))
        for name in folders
        if (folder / name).is_dir()
        for path in (folder / name).rglob("*")
    ]
    known = [path for path in tops if path.name in folders and (folder / path).is_dir()]
    return {
        path
        for path in (*tops, *inner)
        if path not in known and not any(file.covers(path) for file in files)
    }
