"""A network on CTs it has not learnt from: label maps as a user would get them, and their Dice."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.predict import predict
from myotome.segment.labels.label_table import read_table
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.train.cases.annotated import annotated_slices, ranges_of, tally_of
from myotome.train.cases.disputed import settled_labels
from myotome.train.cases.entry import CaseEntry
from myotome.train.cases.mapped import map_labels
from myotome.train.cases.scan import Scan, read_scan
from myotome.train.fit.checkpoint import write_whole
from myotome.voxels.borders import UNKNOWN
from myotome.write.folder import refusal

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """The labels of one case on its CT's own voxels (canonical order); 255 where disputed.

    ``annotated`` is bool ``(k, group)``: where a group is complete.
    """

    scan: Scan
    muscles: NDArray[np.uint8]
    annotated: NDArray[np.bool_]


def reference_of(entry: CaseEntry) -> Reference | None:
    """The case's CT and muscle labels; None if it has none of the muscles."""
    if entry.labels is None:
        return None
    scan = read_scan(entry.ct)
    mapped = map_labels(entry.labels, read_table(entry.label_table), scan)
    annotated = annotated_slices(ranges_of(entry), mapped.groups, tally_of(mapped.muscles), scan)
    if not annotated.any():
        return None
    muscles = settled_labels(mapped.muscles, entry.borders, scan)
    return Reference(scan=scan, muscles=muscles, annotated=annotated)


def predicted(net: nn.Module, scan: Scan) -> NDArray[np.uint8]:
    """The 12 muscles on every slice of ``scan``, by the path that ``myotome run`` takes."""
    net = net.eval().float().cpu()

    @torch.no_grad()
    def network(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = net(torch.from_numpy(batch)).numpy()
        return logits

    grid = scan.grid
    whole = Slab(
        superior_z_mm=float(grid.slice_z_mm(grid.shape[0] - 1)),
        inferior_z_mm=float(grid.slice_z_mm(0)),
        superior_found=True,
        inferior_found=True,
    )
    volume = Volume(hu=scan.hu, grid=grid, source_grid=grid)
    return predict(volume, whole, network).labels


def slice_dice(reference: Reference, labels: NDArray[np.uint8]) -> dict[str, list[float]]:
    """Dice of each muscle on each annotated slice that shows it in either map.

    Disputed voxels count on neither side.
    """
    out: dict[str, list[float]] = {m.key: [] for m in MUSCLES}
    columns = {g.key: n for n, g in enumerate(GROUPS)}
    for k, (truth, answer) in enumerate(zip(reference.muscles, labels, strict=True)):
        for muscle in MUSCLES:
            if not reference.annotated[k, columns[muscle.group]]:
                continue
            a = truth == muscle.value
            b = (answer == muscle.value) & (truth != UNKNOWN)
            total = int(a.sum()) + int(b.sum())
            if total:
                out[muscle.key].append(2 * int((a & b).sum()) / total)
    return out


def write_labels(path: Path, labels: NDArray[np.uint8], grid: Grid) -> None:
    """Labels on a canonical grid as NIfTI, whole or not at all."""
    image = nibabel.Nifti1Image(
        np.ascontiguousarray(labels.transpose(2, 1, 0)), _LPS_TO_RAS @ grid.matrix
    )
    partial = path.with_name(f".partial.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        nibabel.save(image, partial)
        os.replace(partial, path)  # noqa: PTH105 - the one call that is atomic everywhere
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise refusal(error) from error


def write_reference(folder: Path, reference: Reference) -> bool:
    """``muscles.nii.gz`` and ``slices.json`` for ``myotome evaluate``.

    Of several runs of annotated slices the longest counts. False, and nothing written, if a
    group is annotated nowhere: the file cannot say so.
    """
    spans = {g.key: _longest(reference.annotated[:, n]) for n, g in enumerate(GROUPS)}
    if None in spans.values():
        return False
    write_labels(folder / "muscles.nii.gz", reference.muscles, reference.scan.grid)
    spans = {"default": spans[GROUPS[0].key], **spans}
    words = json.dumps({"complete_z": spans}, indent=1) + "\n"
    write_whole(folder / "slices.json", words.encode())
    return True


def _longest(marked: NDArray[np.bool_]) -> tuple[int, int] | None:
    """First and last index of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    runs = [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]
    return max(runs, key=lambda run: run[1] - run[0]) if runs else None
