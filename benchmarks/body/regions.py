"""Other bodies than abdomens, real, rendered and drawn: refused by name, or let through?

``python -m benchmarks.body.regions DATA OUT``: DATA as for the other benchmarks. OUT gets one
JSON row per body: what it is, whether it was refused, and what was said.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from myotome.errors import MyotomeError
from myotome.locate.find import locate
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.phantom.others import others
from myotome.tables.anatomy.muscles import GROUPS
from myotome.train.cases.case import TrainingCase, read_nifti
from myotome.train.synthesis.look import draw_look
from myotome.train.synthesis.repaint import finished
from myotome.train.synthesis.whole_body import built, draw_build
from myotome.train.vertebrae.cases import read_ct
from myotome.train.vertebrae.points import Vertebra, read_points

LOOKS = (1, 11, 12)
MAP = "labels/totalsegmentator_s0327/labels.nii.gz"
_ARMS = (69, 70)
_PAD_PX = 40
PARTS = {
    "neck and shoulders": (193, 215),
    "chest, T6 and up": (167, 215),
    "chest, T9 and up": (150, 215),
    "chest, T4 to T9": (150, 190),
    "thighs": (0, 25),
    "pelvis": (15, 55),
    "pelvis and thighs": (0, 53),
}
"""Parts of the map by its slices of 3 mm; the map reaches from the thighs to C7."""

CHESTS = ("lidc_idri_0001", "acrin_nsclc_042")
LEGS = {"ct_colonography_0518": (12, 24), "ts_example": (14, 24)}
"""Slices below: only thighs, and thighs with the pelvis."""


def bodies(data: Path) -> Iterator[tuple[str, str, Volume]]:
    """(kind, name, scan) of everything that is to be refused, then of whole trunks that are not."""
    for name, volume in others().items():
        yield "drawn", name, volume
    for look in LOOKS:
        whole = rendered(data / MAP, look)
        for name, (low, high) in PARTS.items():
            yield "rendered", f"{name}, look {look}", part(whole, low, high)
        yield "abdomen", f"rendered from neck to thigh, look {look}", whole
    for scan in CHESTS:
        points = data / "vertebrae" / f"{scan}.json"
        volume = read_ct(data, points)
        yield "real", f"chest above T11, {scan}", _above(volume, points, "T11")
        yield "real", f"chest above T9, {scan}", _above(volume, points, "T9")
    for scan, ends in LEGS.items():
        volume = read_ct(data, data / "vertebrae" / f"{scan}.json")
        for end in ends:
            yield "real", f"the lowest {end} slices of {scan}", part(volume, 0, end)


def part(volume: Volume, low: int, high: int) -> Volume:
    """Some slices of a scan."""
    grid = volume.grid.crop_k(low, high)
    return Volume(hu=volume.hu[low:high].copy(), grid=grid, source_grid=grid)


def _above(volume: Volume, points: Path, name: str) -> Volume:
    known: dict[str, Vertebra] = {vertebra.name: vertebra for vertebra in read_points(points)}
    low = int(np.ceil(volume.grid.z_to_k(known[name].ends_mm[1])))
    return part(volume, low, volume.grid.shape[0])


def rendered(path: Path, seed: int) -> Volume:
    """A body painted around a map of organs, arms left out, at 3 x 1.5 x 1.5 mm."""
    array, grid = read_nifti(path)
    ids = array.astype(np.uint8)[::2].copy()
    ids[np.isin(ids, _ARMS)] = 0
    ids = np.pad(ids, ((0, 0), (_PAD_PX, _PAD_PX), (_PAD_PX, _PAD_PX)))
    blank = TrainingCase(
        name="map",
        hu=np.full(ids.shape, -1000, np.float32),
        muscles=np.zeros(ids.shape, np.uint8),
        compartments=np.full(ids.shape, 255, np.uint8),
        annotated=np.zeros((len(ids), len(GROUPS)), bool),
        organs=ids,
        dz_mm=2 * grid.spacing_mm[0],
    )
    rng = np.random.default_rng(seed)
    build, look = draw_build(rng), draw_look(rng, painted=True)
    case, where = built(blank, build, look)
    hu, _, _ = finished(case.hu.copy(), case, where, look, np.random.default_rng(look.seed))
    matrix = grid.matrix
    matrix[:3, 2] *= 2
    matrix[:3, 3] -= matrix[:3, :2].sum(axis=1) * _PAD_PX
    own = Grid.from_matrix(ids.shape, matrix)
    return Volume(hu=np.rint(hu).astype(np.int16), grid=own, source_grid=own)


def main(data: Path, out: Path) -> None:
    """Every body, by the bundled networks."""
    nets = [Engine(load(name), threads=1) for name in ("landmarks", "vertebrae", "upright")]
    rows = []
    for kind, name, volume in bodies(data):
        row = {"kind": kind, "body": name, "refused": False, "said": ""}
        try:
            flags = locate(volume, *nets).flags
            row["said"] = ", ".join(sorted({flag.code for flag in flags}))
        except MyotomeError as error:
            row |= {"refused": True, "said": error.what}
        rows.append(row)
        print(row, flush=True)
    out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:3]))
