"""TotalSegmentator as a backend, if the user has it: a program of its own, run on a NIfTI copy."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myotome.errors import BackendError
from myotome.nouns.space.label_map import LabelReader
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.labels.label_table import read_table
from myotome.segment.labels.masks import masks
from myotome.segment.labels.understood import understand
from myotome.tables.anatomy.mappings import TOGETHER_GAPS
from myotome.tables.anatomy.muscles import MUSCLE

NAME = "totalsegmentator"
PROGRAM = "TotalSegmentator"
TASKS: MappingProxyType[str, str] = MappingProxyType(
    {
        "total": "totalsegmentator",
        "abdominal_muscles": "totalsegmentator_abdominal_muscles",
    }
)
"""Each task that is run, with the mapping of its labels."""

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def totalsegmentator(
    read: LabelReader, program: Path | None = None
) -> Callable[[Volume, Slab], Segmentation]:
    """A backend that runs TotalSegmentator's tasks total and abdominal_muscles.

    ``abdominal_muscles`` wins on the slices it labelled (T4 to L4); beyond them, and for
    gluteus medius everywhere, ``total`` is taken. What neither gives is in ``gaps``. Refuses
    if TotalSegmentator is not installed or fails.
    """

    def segment(volume: Volume, slab: Slab) -> Segmentation:  # noqa: ARG001 - a backend's form
        found = program or find()
        with tempfile.TemporaryDirectory(prefix="myotome-") as folder:
            ct = Path(folder) / "ct.nii.gz"
            _write(volume, ct)
            maps = {task: _masks(_run(found, task, ct), task, volume, read) for task in TASKS}
        return together(maps["total"], maps["abdominal_muscles"])

    return segment


def find() -> Path:
    """The TotalSegmentator program, on the PATH or beside this Python."""
    on_path = shutil.which(PROGRAM)
    if on_path:
        return Path(on_path)
    beside = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    if importlib.util.find_spec("totalsegmentator") and beside:
        return Path(beside)
    raise BackendError(
        "TotalSegmentator is not installed.",
        why="It is a program of its own and no part of Myotome.",
        mend='Run "pip install TotalSegmentator", or use another --backend.',
    )


def _write(volume: Volume, path: Path) -> None:
    """The CT as NIfTI, without anything of its header."""
    import nibabel as nib

    image = nib.Nifti1Image(volume.hu.transpose(), _LPS_TO_RAS @ volume.grid.matrix)
    nib.save(image, path)


def _run(program: Path, task: str, ct: Path) -> Path:
    out = ct.parent / f"{task}.nii.gz"
    words = [str(program), "-i", str(ct), "-o", str(out), "--ml", "--task", task]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise BackendError(
            "TotalSegmentator cannot be started.", why="The system refused to run it."
        ) from error
    if done.returncode != 0 or not out.is_file():
        raise BackendError(
            f"TotalSegmentator's task {task} failed (exit code {done.returncode}).",
            why=_last_words(done.stderr),
            mend=f"Try it by hand: {PROGRAM} -i ct.nii.gz -o out.nii.gz --ml --task {task}",
        )
    return out


def _masks(path: Path, task: str, volume: Volume, read: LabelReader) -> Segmentation:
    found = understand(path, volume.grid, read_table(TASKS[task]), read)
    return replace(masks(found, volume), backend=NAME)


def _last_words(stderr: str) -> str:
    """The last line of what it said, if that names no path (paths may name the patient)."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    return "" if "/" in last or "\\" in last else last[:200]


def together(total: Segmentation, abdominal: Segmentation) -> Segmentation:
    """Both tasks in one: ``abdominal_muscles`` where it labelled slices, ``total`` beyond.

    Gluteus medius comes from ``total`` on every slice, where ``abdominal_muscles`` has nothing.
    """
    start, stop = abdominal.k_range
    labels = total.labels.copy()
    gluteus = [MUSCLE[f"gluteus_medius_{side}"].value for side in ("left", "right")]
    for k in range(start, stop):
        cap = np.where(np.isin(labels[k], gluteus), labels[k], 0)
        labels[k] = np.where(abdominal.labels[k] > 0, abdominal.labels[k], cap)
    return replace(
        abdominal,
        labels=labels,
        k_range=(min(start, total.k_range[0]), max(stop, total.k_range[1])),
        gaps=TOGETHER_GAPS,
        flags=tuple(dict.fromkeys((*total.flags, *abdominal.flags))),
    )
