"""Label maps and CT slices from files, in canonical order."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.evaluate.scores.regions import IGNORED, LabelSet
from myotome.nouns.space.grid import Grid, reorder
from myotome.read import nifti
from myotome.read.labels.door import read_labels
from myotome.segment.labels.label_table import read_table

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_NIFTI = (".nii", ".nii.gz")
ENDINGS = (*_NIFTI, ".seg.nrrd", ".nrrd", ".dcm")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """Labels uint8 ``(k, j, i)`` on the canonical ``grid``.

    ``counts_down`` says that the file's own z index runs from head to foot.
    """

    labels: NDArray[np.uint8]
    grid: Grid
    counts_down: bool = False


def read_map(
    path: Path, kind: LabelSet, name: str, *, is_reference: bool = False, ct: Grid | None = None
) -> Labels:
    """One label map of ``kind``, of any format that :func:`read_labels` reads.

    ``name`` is what messages call it, ``ct`` the grid that contours are drawn onto. Segments
    with names are known by them, values by their number. Ignored values of a reference become
    ``IGNORED``. Refuses (InputError) what cannot be read, and labels that ``kind`` does not
    know.
    """
    try:
        found = read_labels(path, ct)
    except InputError as error:
        raise InputError(f"{name}: {error.what}", why=error.why, mend=error.mend) from error
    ignored = kind.ignored if is_reference else frozenset()
    known = dict(zip(range(1, kind.classes), range(1, kind.classes), strict=True))
    known |= dict.fromkeys(ignored, IGNORED)
    if found.names:
        known = _by_name(found.names, kind, name)
    table = np.zeros(1 << 16, np.uint8)
    unknown = sorted(set(found.values()) - set(known))
    if unknown:
        told = ", ".join(map(str, unknown[:12])) + (" and more" if len(unknown) > 12 else "")
        raise InputError(
            f"{name} holds label values that are none of {kind.words}: {told}.",
            why="They may be structures that would count as missing.",
            mend=f"Translate it to the values 0 to {kind.classes - 1} first.",
        )
    for value, own in known.items():
        table[value] = own
    down = path.name.lower().endswith(_NIFTI) and _counts_down(path)
    return Labels(labels=table[found.labels], grid=found.grid, counts_down=down)


def _by_name(names: Mapping[str, int], kind: LabelSet, name: str) -> dict[int, int]:
    """Value in the file to our value, by the names of the segments."""
    ours = {f"{r.structure}_{r.side}" if r.side else r.structure: r.values[0] for r in kind.singles}
    table = read_table("names")
    out: dict[int, int] = {}
    for word, value in names.items():
        target = table.of_name(word)
        if target not in ours:
            raise InputError(
                f'{name} has a segment "{word}", which is none of {kind.words}.',
                mend='Name the segments like "left psoas".',
            )
        out[value] = ours[target]
    return out


def _counts_down(path: Path) -> bool:
    head = nifti.read_head(path)
    affine = head.sform if head.sform is not None else head.qform
    if affine is None:
        return False
    axis = int(np.argmax(np.abs(affine[2, :3])))
    return bool(affine[2, axis] < 0)


def annotated_slices(
    reference: Labels, kind: LabelSet, slices: Path | None, name: str
) -> NDArray[np.bool_]:
    """``(k, group)``: on which slices of ``reference`` each group of ``kind`` is complete.

    ``slices`` is a ``slices.json``: ``{"complete_z": {"default": [first, last], ...}}`` with
    inclusive array indices along the z axis of the reference's file (from the lowest slice for
    formats without such an axis). Without it, see :class:`LabelSet`.
    """
    count = reference.grid.shape[0]
    if slices is None:
        if kind.sparse:
            some = ((reference.labels > 0) & (reference.labels != IGNORED)).any(axis=(1, 2))
            return np.repeat(some[:, None], len(kind.groups), axis=1)
        return np.ones((count, len(kind.groups)), bool)
    ranges = _ranges(slices, kind, name)
    out = np.zeros((count, len(kind.groups)), bool)
    for column, group in enumerate(kind.groups):
        low, high = ranges[group] if group in ranges else ranges["default"]
        if high >= count:
            raise InputError(
                f"the annotated slices of {name} end at {high}, but it has {count}.",
                mend="Check that they belong together.",
            )
        low, high = (count - 1 - high, count - 1 - low) if reference.counts_down else (low, high)
        out[low : high + 1, column] = True
    return out


def _ranges(slices: Path, kind: LabelSet, name: str) -> dict[str, tuple[int, int]]:
    what = f"the annotated slices of {name}"
    form = 'Write {"complete_z": {"default": [first, last], "psoas": [first, last]}}.'
    try:
        found = json.loads(slices.read_text(encoding="utf-8"))["complete_z"]
        ranges = {str(key): _whole(pair) for key, pair in dict(found).items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{what} cannot be read.", mend=form) from error
    unknown = sorted(set(ranges) - set(kind.groups) - {"default"})
    if unknown:
        raise InputError(f"{what} name unknown structures: {', '.join(unknown)}.", mend=form)
    missing = sorted(set(kind.groups) - set(ranges))
    if missing and "default" not in ranges:
        raise InputError(f"{what} lack {', '.join(missing)}.", mend='Add a "default" range.')
    if any(not 0 <= low <= high for low, high in ranges.values()):
        raise InputError(f"{what} hold a range that is not first to last.", mend=form)
    return ranges


def _whole(pair: Sequence[object]) -> tuple[int, int]:
    low, high = pair
    if not (isinstance(low, int) and isinstance(high, int)):
        raise TypeError
    return low, high


def ct_grid(path: Path, name: str) -> Grid:
    """The canonical grid of a CT in NIfTI."""
    with _reading(name):
        image = _open(path, name)
        return _grid(image, name).canonical()


def read_ct_slice(path: Path, k: int, grid: Grid, name: str) -> NDArray[np.float32]:
    """HU ``(j, i)`` of canonical slice ``k``. Refuses (InputError) a CT on another grid."""
    with _reading(name):
        image = _open(path, name)
        own = _grid(image, name)
        if not own.canonical().matches(grid, tolerance_mm=0.1):
            raise InputError(f"{name} is on another grid than its labels.")
        axes, flips = own.canonical_axes()
        at = grid.shape[0] - 1 - k if flips[0] else k
        index: list[slice] = [slice(None)] * 3
        index[2 - axes[0]] = slice(at, at + 1)
        plane = np.asarray(image.dataobj[tuple(index)], dtype=np.float32)
    turned: NDArray[np.float32] = reorder(plane.transpose(), own)[0]
    return turned


def _open(path: Path, name: str) -> Any:
    import nibabel

    if not path.name.lower().endswith(_NIFTI) or not path.is_file():
        raise InputError(f"{name} is no NIfTI file (.nii or .nii.gz), or does not exist.")
    return nibabel.load(path)


def _grid(image: Any, name: str) -> Grid:
    shape = image.shape
    if len(shape) != 3:
        raise InputError(f"{name} has {len(shape)} axes, not 3.")
    return Grid.from_matrix(shape[::-1], _LPS_FROM_RAS @ image.affine)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever a damaged file throws, as an InputError that names no path."""
    from nibabel.filebasedimages import ImageFileError

    try:
        yield
    except (ImageFileError, OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"{name} cannot be read.", why="It is damaged or no NIfTI.") from error
