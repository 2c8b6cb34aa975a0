"""Each number of the README: how it is made and what was hoped for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from benchmarks.process import myotome

SLICES = 150
FILES = 1000
REPEAT = 3
YARDSTICK_S = 58.0
"""TotalSegmentator --fast with random weights on such a volume, measured once on 2 cores."""


class Row(NamedTuple):
    what: str
    measured: str
    goal: str = ""


def start_up(folder: Path) -> list[Row]:
    del folder
    ran = myotome("--help", repeat=7)
    return [Row("`myotome --help`", f"{ran.seconds:.2f} s", "< 0.5 s")]


def catalogue(folder: Path) -> list[Row]:
    """1,000 files of 512 x 512: the big study's slices under several series UIDs."""
    study = big_study(folder)
    many = folder / "thousand"
    if len(list(many.glob("*.dcm"))) != FILES:
        shutil.rmtree(many, ignore_errors=True)
        _multiply(study, many)
    ran = myotome("series", str(many), "--json", repeat=REPEAT)
    found = sum(series["images"] for series in ran.answer["series"])
    if found != FILES:
        raise SystemExit(f"{found} of {FILES} files were catalogued")
    return [
        Row(f"{FILES:,} files catalogued (whole command)", f"{ran.seconds:.1f} s", "≤ 3 s"),
        Row("its peak memory", f"{ran.peak_mb:.0f} MB"),
    ]


def whole_study(folder: Path) -> list[Row]:
    study, out = big_study(folder), folder / "result"
    ran = myotome("run", str(study), "-o", str(out), "--overwrite", repeat=REPEAT)
    stages: dict[str, float] = ran.answer["seconds"]
    rows = [
        Row(f"512 x 512 x {SLICES} DICOM series, all outputs", f"{ran.seconds:.1f} s", "≤ 10 s"),
        Row("its peak memory", f"{ran.peak_mb / 1000:.2f} GB", "≤ 1.5 GB"),
    ]
    rows += [Row(f"— {stage}", f"{seconds:.2f} s") for stage, seconds in stages.items()]
    rest = ran.seconds - sum(stages.values())
    rows.append(Row("— start of Python, imports and the rest", f"{rest:.2f} s"))
    ratio = YARDSTICK_S / ran.seconds
    rows.append(Row(f"yardstick: TotalSegmentator --fast, {YARDSTICK_S:.0f} s", f"{ratio:.0f} x"))
    return rows


def engines(folder: Path) -> list[Row]:
    del folder
    from benchmarks.engines import compare

    return [
        Row(
            f"network {t.network}, one call, {t.engine}",
            f"{t.milliseconds:.0f} ms ({t.ratio:.1f} x; {100 * t.difference:.2f} % labels differ)",
        )
        for t in compare()
    ]


def size(folder: Path) -> list[Row]:
    del folder
    from benchmarks.install_size import core_megabytes

    return [Row("core installation", f"{core_megabytes():.0f} MB")]


def big_study(folder: Path) -> Path:
    """An abdomen of 512 x 512 x 150, made once: 315 mm of phantom in slices of 2.1 mm."""
    made = folder / "study"
    if not (made / "truth.json").exists():
        shutil.rmtree(made, ignore_errors=True)
        myotome("phantom", str(made), "--spacing-mm", "2.1", "0.8", "0.8")
    count = len(list((made / "dicom").glob("*.dcm")))
    if count != SLICES:
        raise SystemExit(f"the benchmark's study has {count} slices, not {SLICES}")
    return made / "dicom"


def _multiply(study: Path, many: Path) -> None:
    """Write the study's slices again and again, each time as another series."""
    import pydicom

    many.mkdir()
    sources = sorted(study.glob("*.dcm"))
    for number in range(FILES):
        turn, index = divmod(number, len(sources))
        dataset = pydicom.dcmread(sources[index])
        dataset.SeriesNumber = 100 + turn
        dataset.SeriesInstanceUID = f"{dataset.SeriesInstanceUID[:50]}.{turn}"
        dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID[:50]}.{number}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(many / f"{number:04d}.dcm")
