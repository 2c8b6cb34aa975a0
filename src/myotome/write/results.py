"""One run's results folder, written whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Catalogue, Judged
from myotome.write.data import assessed, document, nifti, table
from myotome.write.folder import finished
from myotome.write.outputs import NONE, DicomObjects, Extras, write_fhir
from myotome.write.pictures import muscles as figure
from myotome.write.pictures.canvas import Picture
from myotome.write.pictures.composition import composition_pictures, measured_places, svg
from myotome.write.report import page as report

_TALL_MM = 30.0
"""Below this height a cut along the body shows no more than a strip."""
_ALSO_SVG = frozenset({"quality L3", "composition L3", "quality montage", "composition montage"})


def write_results(
    result: StudyResult, out_dir: Path, *, overwrite: bool = False, extras: Extras = NONE
) -> StudyResult:
    """Write everything about ``result`` into ``out_dir`` and return it with ``out_dir`` set.

    ``extras`` adds DICOM objects (``dicom/``) and FHIR (``fhir.json``). All files are written
    beside ``out_dir`` and appear together. Refuses (OutputError, nothing left behind) a folder
    that holds anything but Myotome's results, results of an earlier run without ``overwrite``,
    a full disk and any other failure to write.
    """
    with (
        finished(out_dir, overwrite=overwrite) as folder,
        DicomObjects(result, extras) as dicom,
        ThreadPoolExecutor(2) as pool,
    ):
        # zlib and Pillow release the interpreter's lock, so these two run side by side
        labels = pool.submit(_write_labels, result, folder)
        pictures = pool.submit(_write_pictures, result, folder)
        _write_documents(result, folder)
        _write_tables(result, folder)
        _write_assessment(result, folder)
        dicom.prepare(pictures.result())
        html = report.render(result, pictures.result())
        (folder / "report.html").write_text(html, encoding="utf-8")
        dicom.write(pictures.result(), folder / "dicom")
        write_fhir(result, extras, folder / "fhir.json")
        labels.result()
    return replace(result, out_dir=out_dir)


def write_series_csv(judged: tuple[Judged, ...], catalogue: Catalogue, path: Path) -> None:
    """Account for every series and file of a study of which nothing could be measured.

    ``path`` is the results folder (or ``series.csv`` in it); it then holds ``series.csv`` and
    ``files.csv`` and nothing that looks like a result. Refuses as :func:`write_results` does.
    """
    folder = path.parent if path.name == "series.csv" else path
    with finished(folder) as temporary:
        _write_accounts(judged, catalogue, temporary, chosen="")


def _write_accounts(
    judged: tuple[Judged, ...], catalogue: Catalogue, folder: Path, *, chosen: str
) -> None:
    table.write_csv(table.series_table(judged, chosen), folder / "series.csv")
    table.write_csv(table.file_table(catalogue), folder / "files.csv")


def _write_documents(result: StudyResult, folder: Path) -> None:
    measurements = document.measurements_document(result)
    document.validate(measurements)
    document.write_json(measurements, folder / "measurements.json")
    landmarks = document.landmarks_document(result.landmarks, result.slab)
    document.write_json(landmarks, folder / "landmarks.json")
    document.write_json(document.provenance_document(result), folder / "provenance.json")


def _write_assessment(result: StudyResult, folder: Path) -> None:
    if result.assessed is None:
        return
    document.write_json(assessed.document(result.assessed), folder / "assessment.json")
    for name, rows in assessed.study_tables(result.assessed).items():
        table.write_csv(rows, folder / f"assessment_{name}.csv")


def _write_tables(result: StudyResult, folder: Path) -> None:
    measurements = table.measurement_table(result.measurements)
    slices = table.slice_table(result.slice_areas)
    for name, rows in (("measurements", measurements), ("slices", slices)):
        table.write_csv(rows, folder / f"{name}.csv")
        table.write_parquet(rows, folder / f"{name}.parquet")
    _write_accounts(result.judged, result.catalogue, folder, chosen=result.chosen)


def _write_labels(result: StudyResult, folder: Path) -> None:
    made, source = result.segmentation, result.volume.source_grid
    nifti.write_labels(made.labels, made.grid, source, folder / "segmentation.nii.gz")
    document.write_json(nifti.label_rows(), folder / "segmentation_labels.json")
    (folder / "segmentation_labels.txt").write_text(nifti.snap_labels(), encoding="utf-8")
    if made.compartments is not None:
        path = folder / "compartments.nii.gz"
        nifti.write_labels(made.compartments, made.grid, source, path, kind="compartments")
        document.write_json(nifti.compartment_rows(), folder / "compartments_labels.json")


def _write_pictures(result: StudyResult, folder: Path) -> dict[str, Picture]:
    overlays = folder / "overlays"
    overlays.mkdir()
    pictures = draw(result)
    for role, picture in pictures.items():
        if role != "hero":
            (overlays / f"{picture.name}.png").write_bytes(picture.standalone_png())
        if role in _ALSO_SVG:
            (overlays / f"{picture.name}.svg").write_text(svg(picture), encoding="utf-8")
    return pictures


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
