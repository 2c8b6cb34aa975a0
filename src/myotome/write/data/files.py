"""The numbers and masks of a result as files of its folder."""

from __future__ import annotations

from pathlib import Path

from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Catalogue, Judged
from myotome.write.data import assessed, document, table


def write_documents(result: StudyResult, folder: Path) -> None:
    """Numbers, landmarks and provenance as JSON; the numbers are checked against their schema."""
    measurements = document.measurements_document(result)
    document.validate(measurements)
    document.write_json(measurements, folder / "measurements.json")
    landmarks = document.landmarks_document(result.landmarks, result.slab)
    document.write_json(landmarks, folder / "landmarks.json")
    document.write_json(document.provenance_document(result), folder / "provenance.json")
    document.write_json(document.times_document(result), folder / "run_times.json")


def write_tables(result: StudyResult, folder: Path) -> None:
    """Numbers and areas slice by slice, as CSV and Parquet."""
    measurements = table.measurement_table(result)
    slices = table.slice_table(result.slice_areas)
    for name, rows in (("measurements", measurements), ("slices", slices)):
        table.write_csv(rows, folder / f"{name}.csv")
        table.write_parquet(rows, folder / f"{name}.parquet")


def write_accounts(
    judged: tuple[Judged, ...], catalogue: Catalogue, folder: Path, *, chosen: str
) -> None:
    """``series.csv`` and ``files.csv``: what became of everything that was given."""
    table.write_csv(table.series_table(judged, chosen), folder / "series.csv")
    table.write_csv(table.file_table(catalogue), folder / "files.csv")


def write_assessment(result: StudyResult, folder: Path) -> None:
    """What citations say, where anything was judged."""
    if result.assessed is None:
        return
    document.write_json(assessed.document(result.assessed), folder / "assessment.json")
    for name, rows in assessed.study_tables(result.assessed).items():
        table.write_csv(rows, folder / f"assessment_{name}.csv")
