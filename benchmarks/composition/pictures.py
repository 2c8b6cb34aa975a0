"""Sheets of one level per CT: the slice, what the reference counts, what was found, and where not.

Colours are Okabe and Ito's, which the colour-blind can tell apart.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.composition.reference import (
    WIDE,
    levels_of,
    nearest,
    reference_labels,
    reference_tissue_plane,
)
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.voxels.regions import countable, regions, tissue_codes

Codes = NDArray[np.uint8]
LEVEL = "L3"

COLOURS = ("#000000", "#E69F00", "#D55E00", "#56B4E9", "#F0E442")
NAMES = ("", "skeletal muscle", "fat in the muscle wall", "subcutaneous fat", "visceral fat")
_COUNTED = (
    ("skeletal_muscle", "muscle"),
    ("intermuscular_fat", "intermuscular_fat"),
    ("subcutaneous_fat", "subcutaneous_fat"),
    ("visceral_fat", WIDE),
)
_CT_HU = (-160, 240)
_MARGIN_MM = 12.0


class Panel(NamedTuple):
    """One row of a sheet; codes are indices of ``NAMES``, ``reference`` None where unknown."""

    title: str
    hu: NDArray[np.int16]
    found: Codes
    reference: Codes | None
    side_mm: float


def panels(case: Path, result: StudyResult) -> Iterator[Panel]:
    """The sheet's row of one CT at the reference's L3, else at the one found; none without L3."""
    volume, level = result.volume, result.landmarks.levels.get(LEVEL)
    z = levels_of(case).get(LEVEL, level.mid_z_mm if level else None)
    k = None if z is None else nearest(volume, z)
    if k is not None and result.segmentation.compartments is not None:
        yield Panel(
            title=case.name,
            hu=volume.hu[k],
            found=tissues(volume, result.segmentation, k),
            reference=_reference(case, volume, k),
            side_mm=volume.grid.spacing_mm[1],
        )


def _reference(case: Path, volume: Volume, k: int) -> Codes | None:
    plane = reference_tissue_plane(case, volume, k)
    if plane is not None:
        return np.array([0, 1, 3, 4, 2], np.uint8)[plane]
    labels = reference_labels(case, volume)
    if labels is None or not labels.labels[k].any():
        return None
    return tissues(volume, labels, k)


def tissues(volume: Volume, labels: Segmentation, k: int) -> Codes:
    """What composition counts on slice ``k``: indices of ``NAMES``, fat at -190..-30 HU."""
    hu = volume.hu[k]
    return tissue_codes(countable(regions(labels, k), hu, volume.grid.spacing_mm[1:]), hu, _COUNTED)


def sheet(panels: Sequence[Panel], path: Path) -> Path:
    """One row per panel: slice, reference, found, and where muscle or its place differs."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch

    figure, axes = plt.subplots(
        len(panels), 4, figsize=(14, 3.1 * len(panels)), squeeze=False, layout="constrained"
    )
    for row, panel in zip(axes, panels, strict=True):
        _row(row, panel)
    for axis, words in zip(axes[0], ("slice", "reference", "found", "muscle"), strict=True):
        axis.set_title(words, fontsize=9)
    handles = [Patch(color=c, label=n) for c, n in zip(COLOURS, NAMES, strict=True) if n]
    handles += [Patch(color="#0072B2", label="muscle: found alone")]
    handles += [Patch(color="#CC79A7", label="muscle: reference alone")]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=8, frameon=False)
    stream = io.BytesIO()
    figure.savefig(stream, dpi=80, format="png")
    plt.close(figure)
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    Image.open(stream).convert("RGB").save(part, format="JPEG", quality=85, optimize=True)
    part.replace(path)
    return path


def _row(axes: NDArray[np.object_], panel: Panel) -> None:
    from matplotlib.colors import ListedColormap

    box = _box(panel)
    grey = np.clip((panel.hu[box].astype(np.float32) - _CT_HU[0]) / (_CT_HU[1] - _CT_HU[0]), 0, 1)
    maps = (None, panel.reference, panel.found)
    for axis, codes in zip(axes, (*maps, None), strict=True):
        axis.imshow(grey, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axis.set_xticks([])
        axis.set_yticks([])
        if codes is not None:
            shown = np.ma.masked_equal(codes[box], 0)
            axis.imshow(shown, cmap=ListedColormap(COLOURS), vmin=0, vmax=4, alpha=0.65,
                        interpolation="nearest")  # fmt: skip
    axes[0].set_ylabel(panel.title, fontsize=9)
    if panel.reference is None:
        axes[1].text(0.5, 0.5, "no reference", color="w", ha="center", transform=axes[1].transAxes)
        return
    ours, theirs = panel.found[box] == 1, panel.reference[box] == 1
    apart = np.where(ours & ~theirs, 1, np.where(theirs & ~ours, 2, 0))
    axes[3].imshow(np.ma.masked_equal(apart, 0), cmap=ListedColormap(["#0072B2", "#CC79A7"]),
                   vmin=1, vmax=2, interpolation="nearest")  # fmt: skip


def _box(panel: Panel) -> tuple[slice, slice]:
    body = panel.found > 0 if panel.reference is None else (panel.found > 0) | (panel.reference > 0)
    margin = round(_MARGIN_MM / panel.side_mm)
    ends = []
    for axis in (1, 0):
        at = np.flatnonzero(body.any(axis=axis))
        ends.append(slice(max(0, int(at[0]) - margin), int(at[-1]) + margin))
    return ends[0], ends[1]
