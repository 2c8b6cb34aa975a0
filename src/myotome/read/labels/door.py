"""One door to label maps of every format: NIfTI, NRRD, 3D Slicer, DICOM SEG, RTSTRUCT."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome.errors import GridMismatchError, InputError, MyotomeError, TooLargeError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import Keep, LabelMap, everything
from myotome.read import nrrd
from myotome.read.labels import nifti as labels_nifti
from myotome.read.labels import nrrd as labels_nrrd
from myotome.read.labels.sheet import Sheet

_VOLUMES = (".nii", ".nii.gz", ".nrrd")
_RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
_SEGS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_META_START = 132


def read_labels(path: str | Path, ct: Grid | None = None, *, keep: Keep = everything) -> LabelMap:
    """The labels in ``path``: a file of any format, or a folder with one file or with masks.

    What the file is, its content says. A folder of several NIfTI or NRRD files is read as one
    binary mask each, named by its file. ``ct`` is the CT's grid, needed for contours
    (RTSTRUCT) only. ``keep(name, value)`` says which named segments are wanted; the others are
    left out before overlaps are looked for. Refuses (InputError, GeometryError,
    GridMismatchError) what is damaged, hostile, fractional, without orientation, or overlaps.
    """
    source = the_file(Path(path))
    if source.is_dir():
        return _masks(_files(source), keep)
    if not source.is_file():
        raise InputError("the labels do not exist.", mend="Check the path.")
    with source.open("rb") as handle:
        start = handle.read(_META_START)
    if start.startswith(nrrd.MAGIC):
        return labels_nrrd.read(source, keep)
    if start[128:] == b"DICM":
        return _dicom(source, ct, keep)
    if source.name.lower().endswith(_VOLUMES[:2]):
        return labels_nifti.read(source)
    raise InputError(
        "the labels are of no known format.",
        mend="Give NIfTI (.nii, .nii.gz), NRRD (.nrrd, .seg.nrrd), DICOM SEG or RTSTRUCT.",
    )


def the_file(path: Path) -> Path:
    """The one file in the folder ``path``; else ``path`` itself."""
    files = _files(path) if path.is_dir() else []
    return files[0] if len(files) == 1 else path


def _files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if f.is_file() and f.name[0] != ".")


def _dicom(path: Path, ct: Grid | None, keep: Keep) -> LabelMap:
    from myotome.read.quiet import quiet

    try:
        with quiet():
            return _of_dataset(dicom_dataset(path), ct, keep)
    except MyotomeError:
        raise
    except MemoryError as error:
        raise TooLargeError("the labels take more memory than can be had.") from error
    except Exception as error:  # values are decoded late, and a broken one raises anything
        raise InputError("the DICOM file is damaged or cut off.", mend="Copy it again.") from error


def _of_dataset(dataset: Any, ct: Grid | None, keep: Keep) -> LabelMap:
    kind = str(dataset.get("SOPClassUID", ""))
    if kind in _SEGS:
        from myotome.read.labels import seg as labels_seg

        return labels_seg.read(dataset, keep, ct)
    if kind != _RTSTRUCT:
        raise InputError("the DICOM file is neither a segmentation nor a structure set.")
    if ct is None:
        raise InputError(
            "contours need the CT they were drawn on.",
            why="A structure set has no pixels of its own.",
        )
    from myotome.read.labels import rtstruct as labels_rtstruct

    return labels_rtstruct.read(dataset, keep, ct)


def dicom_dataset(path: Path) -> Any:
    """The whole object; refuses one that grows beyond what it announces."""
    from myotome.read.bounded.dicom import read_whole

    with path.open("rb") as handle:
        if handle.read(_META_START)[128:] != b"DICM":
            raise InputError("the file is no DICOM file.", mend="Give the one that was meant.")
    return read_whole(path)


def _masks(files: list[Path], keep: Keep) -> LabelMap:
    """Binary masks on one grid, one per file, as named segments."""
    volumes = [f for f in files if f.name.lower().endswith(_VOLUMES)]
    if not volumes:
        raise InputError(f"the folder of labels holds {len(files)} files, and no masks.")
    first = read_labels(volumes[0])
    sheet, grid = Sheet(first.grid.shape), first.grid
    for value, file in enumerate(volumes, start=1):
        name = file.name.partition(".")[0]
        if not keep(name, value):
            continue
        mask = first if value == 1 else read_labels(file)
        if mask.names or set(mask.values()) - {1}:
            raise InputError(f'"{file.name}" is not a mask of zeros and ones.')
        if not mask.grid.matches(grid):
            raise GridMismatchError(f'the mask "{file.name}" is on another grid than the others.')
        sheet.name(name, value)
        sheet.paint(value, slice(None), mask.labels != 0)
    names = MappingProxyType(sheet.names)
    return LabelMap(labels=sheet.labels, grid=grid, format="folder", names=names)
