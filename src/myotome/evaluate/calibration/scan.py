"""A labelled CT as the calibration takes it: with its slab, and where its labels are complete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.locate.find import locate
from myotome.locate.slab import slab as find_slab
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.input.files import opened
from myotome.read.labels.door import read_labels
from myotome.segment.bundled.confidence import CLASSES
from myotome.segment.labels.borders import read_borders, upwards
from myotome.segment.labels.masks import labelled
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.voxels.borders import settled

Labels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """A CT with its slab and reference labels (255: disputed).

    ``annotated`` is bool ``(k, 13)``: which labels are complete where.
    """

    subject: str
    volume: Volume
    slab: Slab
    reference: Labels
    annotated: NDArray[np.bool_]


def read_scan(folder: Path, *, threads: int = 1) -> Scan:
    """The case in ``folder`` (ct.nii.gz, muscles.nii.gz, slices.json) with the slab found in it.

    What its ``borders.json``, if it has one, disputes is 255 in the reference.

    Refuses what ``read`` and ``segment.labels.masks`` refuse, and a case without annotated
    slices.
    """
    with opened(folder / "ct.nii.gz") as source:
        found = catalogue(source, threads=threads)
        volume = assemble(found.series[0])
    nets = [Engine(load(name), threads=threads) for name in ("landmarks", "vertebrae")]
    slab = find_slab(volume, locate(volume, *nets))
    reference = labelled(folder / "muscles.nii.gz", None, read_labels)(volume, slab).labels
    return Scan(
        subject=folder.name,
        volume=volume,
        slab=slab,
        reference=_settled(reference, folder / "borders.json", volume),
        annotated=_annotated(folder, volume),
    )


def _settled(reference: Labels, path: Path, volume: Volume) -> Labels:
    """The reference without what the borders of the case dispute."""
    if not path.is_file():
        return reference
    borders = read_borders(path)
    if volume.source_grid.canonical_axes()[1][0]:
        borders = upwards(borders, len(reference))
    return settled(reference, borders, volume.grid, lambda k: volume.hu[k].astype(np.float32))


def _annotated(folder: Path, volume: Volume) -> NDArray[np.bool_]:
    """Bool ``(k, 13)`` on the volume's slices, from inclusive ranges along the file's own z."""
    import nibabel as nib

    affine = nib.load(folder / "ct.nii.gz").affine
    axis = int(np.argmax(np.abs(affine[2, :3])))
    ranges = json.loads((folder / "slices.json").read_text(encoding="utf-8"))["complete_z"]
    z = np.asarray(volume.grid.slice_z_mm(np.arange(volume.grid.shape[0])))
    out = np.zeros((len(z), CLASSES), np.bool_)
    for muscle in MUSCLES:
        ends = np.array(ranges.get(muscle.group, ranges["default"]))
        ends_mm = affine[2, axis] * ends + affine[2, 3]
        half = abs(affine[2, axis]) / 2
        out[:, muscle.value] = (z > ends_mm.min() - half) & (z < ends_mm.max() + half)
    if not out.any():
        raise InputError(f"{folder.name}: no slice is annotated.", mend="Check slices.json.")
    return out
