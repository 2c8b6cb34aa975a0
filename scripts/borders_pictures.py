"""The pictures of docs/concepts/borders.md: labels and disputed zones at L3, L2, L1 and T12.

python scripts/borders_pictures.py OUT_OF_BORDERS_CASES docs/pictures/borders
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("Agg")
from matplotlib import pyplot as plt
from PIL import Image

from myotome.segment.labels.label_table import read_table
from myotome.tables.anatomy.muscles import GROUPS
from myotome.train.cases.disputed import settled_labels
from myotome.train.cases.mapped import map_labels
from myotome.train.cases.scan import Scan, read_scan
from myotome.voxels.borders import UNKNOWN

LEVELS = ("L3", "L2", "L1", "T12")
CASES = ("cort_liver", "hcc_006", "hcc_007", "hcc_015")
MOST_BYTES = 150_000
_MARGIN_PX = 8
_DISPUTED = (255, 235, 59)


def picture(folder: Path, points: Path, target: Path) -> None:
    """One JPG of four slices: outlines as drawn, another reader's in white, disputed yellow."""
    scan = read_scan(folder / "ct.nii.gz")
    labels = map_labels(folder / "muscles.nii.gz", read_table("ours"), scan).muscles
    settled = settled_labels(labels, folder / "borders.json", scan)
    second = folder / "muscles_raterB.nii.gz"
    other = map_labels(second, read_table("ours"), scan).muscles if second.is_file() else None
    figure, axes = plt.subplots(2, 2, figsize=(12.8, 9.2), dpi=100, facecolor="black")
    for axis, level in zip(axes.flat, LEVELS, strict=True):
        k = _slice_of(points, level, scan, labels)
        box = _box(labels[k])
        _panel(axis, scan, k, box, settled[k])
        _outlines(axis, labels[k][box], [group.colour for group in GROUPS])
        if other is not None:
            _outlines(axis, other[k][box], [(255, 255, 255)] * len(GROUPS), 0.6)
        title = f"{folder.name}, {level}, slice {scan.file_index(k)}"
        axis.set_title(title, color="white", fontsize=10)
    figure.subplots_adjust(0, 0, 1, 0.97, 0.01, 0.05)
    _save(figure, target)


def _slice_of(points: Path, level: str, scan: Scan, labels: NDArray[np.uint8]) -> int:
    """The slice of the level's middle, or the labelled one next to it."""
    rows = json.loads(points.read_text(encoding="utf-8"))["vertebrae"]
    z = next(row["centre_lps_mm"][2] for row in rows if row["name"] == level)
    drawn = np.flatnonzero((labels > 0).any(axis=(1, 2)))
    heights = np.asarray(scan.grid.slice_z_mm(drawn))
    return int(drawn[np.abs(heights - z).argmin()])


def _box(drawn: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns with labels, and a margin."""
    out = []
    for axis in (1, 0):
        hit = np.flatnonzero((drawn > 0).any(axis=axis))
        out.append(slice(max(0, hit[0] - _MARGIN_PX), hit[-1] + _MARGIN_PX))
    return out[0], out[1]


def _panel(
    axis: plt.Axes, scan: Scan, k: int, box: tuple[slice, slice], settled: NDArray[np.uint8]
) -> None:
    dj, di = scan.grid.spacing_mm[1:]
    axis.imshow(scan.hu[k][box], cmap="gray", vmin=-160, vmax=240, aspect=dj / di)
    shade = np.zeros((*settled[box].shape, 4))
    shade[settled[box] == UNKNOWN] = (*(c / 255 for c in _DISPUTED), 0.55)
    axis.imshow(shade, aspect=dj / di, interpolation="nearest")
    axis.axis("off")


def _outlines(
    axis: plt.Axes,
    drawn: NDArray[np.uint8],
    colours: Sequence[tuple[int, int, int]],
    width: float = 1.1,
) -> None:
    for group, colour in zip(GROUPS, colours, strict=True):
        for value in (group.left, group.right):
            mask = (drawn == value).astype(float)
            if mask.any():
                line = tuple(c / 255 for c in colour)
                axis.contour(mask, [0.5], colors=[line], linewidths=width)


def _save(figure: plt.Figure, target: Path) -> None:
    """JPG of at most ``MOST_BYTES``."""
    held = io.BytesIO()
    figure.savefig(held, format="png", facecolor="black")
    plt.close(figure)
    image = Image.open(held).convert("RGB")
    target.parent.mkdir(parents=True, exist_ok=True)
    for quality in range(85, 20, -5):
        image.save(target, quality=quality, optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            return


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    for case in CASES:
        picture(data / "cases" / case, data / "vertebrae" / f"{case}.json", out / f"{case}.jpg")
