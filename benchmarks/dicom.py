"""What the DICOM objects of a study cost: seconds of CPU and of the clock, and bytes.

``python -m benchmarks.dicom [FOLDER]`` measures a DICOM study of yours instead of the phantom.
CPU seconds do not depend on what else the machine does; the clock does.
"""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.cases import Row, big_study
from myotome import StudyResult, run
from myotome.write.outputs import Extras, write_dicom
from myotome.write.pictures.canvas import Picture
from myotome.write.results import draw

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

GOAL_CPU_S, GOAL_S = 5.0, 3.0
FOLDER = Path("out/bench")


class Spent(NamedTuple):
    cpu_s: float
    wall_s: float

    def words(self) -> str:
        return f"{self.cpu_s:.2f} s CPU, {self.wall_s:.2f} s"


def spent(work: Callable[[], object]) -> Spent:
    """What ``work`` costs in this process and in those it ends."""
    cpu, wall = _cpu_s(), time.perf_counter()
    work()
    return Spent(_cpu_s() - cpu, time.perf_counter() - wall)


def dicom_objects(folder: Path) -> list[Row]:
    return rows(big_study(folder), folder / "dicom")


def rows(study: Path, out: Path) -> list[Row]:
    """All objects at once, as a run writes them; then each alone, with its size."""
    result = run(study)
    pictures = draw(result)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    whole = spent(lambda: _all_at_once(result, pictures, out / "all"))
    alone = {name: spent(work) for name, work in _steps(result, pictures, out).items()}
    sizes = _sizes(out / "all")
    ct_bytes = sum(file.stat().st_size for file in study.rglob("*") if file.is_file())
    slices = result.volume.source_grid.shape[0]
    made = [
        Row(
            f"all DICOM objects of {slices} slices, CPU",
            f"{whole.cpu_s:.2f} s",
            f"≤ {GOAL_CPU_S} s",
        ),
        Row(
            "— on the clock",
            f"{whole.wall_s:.2f} s",
            f"≤ {GOAL_S} s on a free core",
        ),
    ]
    for name, cost in alone.items():
        size = sizes[name]
        share = f"{size / 1e6:.2f} MB, {100 * size / ct_bytes:.1f} % of the CT"
        made.append(Row(f"— {name}", f"{cost.words()}; {share}"))
    rest = whole.cpu_s - sum(cost.cpu_s for cost in alone.values())
    return [*made, Row("— loading libraries and the rest, CPU", f"{rest:.2f} s")]


def _all_at_once(result: StudyResult, pictures: Mapping[str, Picture], folder: Path) -> None:
    write_dicom(result, Extras(dicom=True), pictures, folder)


def _steps(
    result: StudyResult, pictures: Mapping[str, Picture], out: Path
) -> dict[str, Callable[[], None]]:
    """Each object made and saved, without what only the first one pays."""
    from myotome.write.dicom.capture import captures
    from myotome.write.dicom.pdf.pdf import render_pdf, report_pdf
    from myotome.write.dicom.seg import composition_seg, muscle_seg
    from myotome.write.dicom.series import save
    from myotome.write.dicom.source import Source
    from myotome.write.dicom.sr.report import study_report

    source = Source.of(result)
    segs = [muscle_seg(result, source), composition_seg(result, source)]

    def keep(*made: Dataset) -> None:
        for number, dataset in enumerate(made):
            save(dataset, out / f"{number}.dcm")

    def quiet(make: Callable[[], list[Dataset]]) -> Callable[[], None]:
        def work() -> None:
            keep(*make())

        return work

    return {
        "muscle SEG": quiet(lambda: [muscle_seg(result, source)]),
        "composition SEG": quiet(lambda: [s for s in [composition_seg(result, source)] if s]),
        "measurements SR": quiet(lambda: [study_report(result, source, segs)]),
        "Secondary Captures": quiet(lambda: [*captures(result, source, pictures)]),
        "PDF": quiet(lambda: [report_pdf(result, source, render_pdf(result, pictures))]),
    }


_FILES = {
    "muscle SEG": "muscle_seg",
    "composition SEG": "composition_seg",
    "measurements SR": "measurements_sr",
    "Secondary Captures": "capture_",
    "PDF": "report_pdf",
}


def _sizes(folder: Path) -> dict[str, int]:
    return {
        name: sum(file.stat().st_size for file in folder.glob(f"{stem}*"))
        for name, stem in _FILES.items()
    }


def _cpu_s() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))


def main() -> int:
    study = Path(sys.argv[1]) if sys.argv[1:] else big_study(FOLDER)
    for row in rows(study, FOLDER / "dicom"):
        print(f"| {row.what} | {row.measured} | {row.goal} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
