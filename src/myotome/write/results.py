"""One run's results folder, written whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from myotome.errors import MyotomeError, OutputError
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Catalogue, Judged
from myotome.write.contents import OUTPUTS, Job, Output, undeclared
from myotome.write.data import files
from myotome.write.folder import finished
from myotome.write.outputs import NONE, Extras
from myotome.write.pictures import muscles as figure
from myotome.write.pictures.canvas import Picture
from myotome.write.pictures.composition import composition_pictures, measured_places

_TALL_MM = 30.0
"""Below this height a cut along the body shows no more than a strip."""


def write_results(
    result: StudyResult, out_dir: Path, *, overwrite: bool = False, extras: Extras = NONE
) -> StudyResult:
    """Write everything about ``result`` into ``out_dir`` and return it with ``out_dir`` set.

    Every output that is always written, and those that ``extras`` asks for, by their rows
    (``write.contents``). All files are written beside ``out_dir`` and appear together. Refuses
    (OutputError, nothing left behind) a folder that holds anything but Myotome's results,
    results of an earlier run without ``overwrite``, a full disk and any other failure to write.
    """
    with (
        finished(out_dir, overwrite=overwrite) as folder,
        ThreadPoolExecutor(2) as pool,
    ):
        # zlib and Pillow release the interpreter's lock, so these run side by side
        drawn = pool.submit(draw, result)
        job = Job(result=result, folder=folder, pictures=drawn.result, extras=extras)
        rows = extras.ours()
        early = [pool.submit(row.write, job) for row in rows if row.beside]
        for row in rows:
            if not row.beside:
                row.write(job)
        for one in early:
            one.result()
        for row, argument in extras.theirs():
            _write_theirs(row, replace(job, argument=argument))
    return replace(result, out_dir=out_dir)


def _write_theirs(row: Output, job: Job) -> None:
    """Let a plug-in write. Refuses (OutputError) its failure and files that it does not name."""
    try:
        row.write(job)
    except (MyotomeError, OSError):
        raise
    except Exception as error:
        raise OutputError(
            f'the output "{row.key}" of another package failed.',
            mend="Leave it out, and tell those who made it.",
        ) from error
    if undeclared(job.folder, (*OUTPUTS.own.values(), *(row for row, _ in job.extras.theirs()))):
        raise OutputError(
            f'the output "{row.key}" of another package left files that it does not name.',
            why="A later run could not tell them from somebody's own.",
            mend="Leave it out, and tell those who made it.",
        )


def write_series_csv(judged: tuple[Judged, ...], catalogue: Catalogue, path: Path) -> None:
    """Account for every series and file of a study of which nothing could be measured.

    ``path`` is the results folder (or ``series.csv`` in it); it then holds ``series.csv`` and
    ``files.csv`` and nothing that looks like a result. Refuses as :func:`write_results` does.
    """
    folder = path.parent if path.name == "series.csv" else path
    with finished(folder) as temporary:
        files.write_accounts(judged, catalogue, temporary, chosen="")


def draw(result: StudyResult) -> dict[str, Picture]:
    """All pictures by their role in the report: axials head to foot, hero, coronal, map, body.

    Cuts along the body are left out where the scan is no taller than a few slices.
    """
    shown = figure.places(result)
    frame = figure.body_frame(result.volume, shown)
    best = figure.best_place(result, shown)
    pictures = {f"axial {p.name}": figure.axial(result, p, frame) for p in shown}
    pictures["hero"] = pictures[f"axial {best.name}"]
    tall = _height_mm(result) >= _TALL_MM
    if tall:
        pictures["coronal"] = figure.coronal(result)
    pictures["map"] = figure.muscle_map(result, best, frame)
    body = composition_pictures(result, frame, measured_places(result))
    return pictures | {role: p for role, p in body.items() if tall or role != "sagittal"}


def _height_mm(result: StudyResult) -> float:
    grid = result.volume.grid
    return grid.shape[0] * grid.spacing_mm[0]
