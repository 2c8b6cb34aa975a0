"""A small made-up trunk with known vertebrae, and a network that knows its labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.bodies.find import CHANNELS
from myotome.locate.bodies.straight import row_z_mm
from myotome.locate.coarse import coarse_view
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.landmark_classes import COARSE, LANDMARK_CLASS
from myotome.tables.anatomy.vertebrae import COUNTED

NAMES = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9")
HEIGHTS = (26.0, 27.0, 28.0, 28.0, 27.0, 26.0, 24.0, 22.0, 20.0, 19.0)
DISC_MM = 8.0
SACRUM_MM = 40.0


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """``hu`` and coarse class ``labels`` on ``grid``; ``z`` maps "L3.mid", "L3.inf" ... to mm.

    ``lung_base_mm`` is the lower face of the lowest slice with lung.
    """

    hu: NDArray[np.int16]
    labels: NDArray[np.uint8]
    grid: Grid
    z: dict[str, float]
    lung_base_mm: float

    def volume(self, start: int = 0, stop: int | None = None) -> Volume:
        """The slices ``start`` to ``stop`` as a volume."""
        stop = self.hu.shape[0] if stop is None else stop
        grid = self.grid.crop_k(start, stop)
        return Volume(hu=self.hu[start:stop].copy(), grid=grid, source_grid=grid)

    def knowing(self, volume: Volume) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """A predict function that looks the labels up on the coarse grid of ``volume``."""
        view = coarse_view(volume)
        centres = view.grid.to_lps_mm(np.indices(view.hu.shape).reshape(3, -1).T)
        index = np.rint(self.grid.to_index(centres)).astype(int)
        inside = ((index >= 0) & (index < self.labels.shape)).all(axis=1)
        inside &= (index[:, 0] >= 0) & (index[:, 0] < self.labels.shape[0])
        index = np.clip(index, 0, np.array(self.labels.shape) - 1)
        labels = np.where(inside, self.labels[tuple(index.T)], 0).reshape(view.hu.shape)

        def predict(x: NDArray[np.float32]) -> NDArray[np.float32]:
            out = np.zeros((1, len(COARSE), *x.shape[2:]), np.float32)
            for row in COARSE:
                soft = ndimage.gaussian_filter((labels == row.value).astype(np.float32), 0.5)
                out[0, row.value, : labels.shape[0]] = np.log(soft + 1e-4)
            return out

        return predict

    def counting(
        self, volume: Volume, lowest_rib: str = "T12"
    ) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
        """A counting network that knows where the endplates of ``volume`` are."""
        bear = NAMES[NAMES.index(lowest_rib) :]
        z = row_z_mm(volume.grid)
        low, high = volume.grid.faces_z_mm

        def count(x: NDArray[np.float32]) -> NDArray[np.float32]:
            out = np.full((1, CHANNELS, x.shape[2]), -5.0, np.float32)
            heat, ribs, names = np.split(out[0, :, : len(z)], [3, 5])
            for name in NAMES:
                ends = {end: self.z[f"{name}.{end}"] for end in ("sup", "inf", "mid")}
                for row, end in enumerate(("sup", "inf", "mid")):
                    if low < ends[end] < high and (end != "mid" or low < ends["inf"]):
                        heat[row] = np.maximum(heat[row], 5 - ((z - ends[end]) / 1.5) ** 2)
                inside = (z > ends["inf"] - 4) & (z < ends["sup"] + 4)
                names[COUNTED.index(name), inside] = 5.0
                ribs[:, inside] = 5.0 if name in bear else -5.0
            names[COUNTED.index("S1"), z < self.z["S1.sup"]] = 5.0
            return out

        return count


def _ellipse(grid: Grid, centre: tuple[float, float], radii: tuple[float, float]) -> NDArray:
    _, j, i = (np.arange(n) for n in grid.shape)
    x = grid.affine[0][3] + i * grid.spacing_mm[2]
    y = grid.affine[1][3] + j * grid.spacing_mm[1]
    return ((x[None, :] - centre[0]) / radii[0]) ** 2 + (
        (y[:, None] - centre[1]) / radii[1]
    ) ** 2 < 1


def build(dz_mm: float = 3.0, enhanced: bool = False, seed: int = 3) -> Trunk:
    """A straight spine from the sacrum to T9 with ribs, aorta, kidneys and lungs."""
    total = SACRUM_MM + sum(HEIGHTS) + DISC_MM * len(HEIGHTS) + 20.0
    grid = Grid.axial((round(total / dz_mm), 88, 112), (dz_mm, 3.0, 3.0), (-168.0, -120.0, -700.0))
    z = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    bottom = z[0] - dz_mm / 2
    body = _ellipse(grid, (0, 10), (150, 105))
    hu = np.where(body, -100.0, -1000.0) * np.ones((len(z), 1, 1))
    labels = np.zeros(grid.shape, np.uint8)
    column, core = _ellipse(grid, (0, 55), (24, 18)), _ellipse(grid, (0, 55), (21, 15))
    known: dict[str, float] = {}

    def put(low: float, high: float, key: str) -> None:
        inside = (z >= low) & (z < high)
        hu[np.ix_(inside)] = np.where(column, 130.0, hu[inside])
        rim = inside & ((z < low + 3) | (z >= high - 3))
        hu[rim] = np.where(column, 300.0, hu[rim])
        hu[inside] = np.where(column & ~core, 260.0, hu[inside])
        labels[inside] = np.where(column, LANDMARK_CLASS[key].value, labels[inside])

    at = bottom + SACRUM_MM
    put(bottom, at, "sacrum")
    for name, height in zip(NAMES, HEIGHTS, strict=True):
        disc = (z >= at) & (z < at + DISC_MM)
        hu[disc] = np.where(column, 80.0, hu[disc])
        at += DISC_MM
        put(at, at + height, name)
        known |= {f"{name}.inf": at, f"{name}.mid": at + height / 2, f"{name}.sup": at + height}
        at += height
    put(at, z[-1] + dz_mm, "upper_spine")
    _organs(hu, labels, grid, z, known, enhanced)
    lung_base = float(z[z >= known["T12.inf"]][0]) - dz_mm / 2
    for x in (-80, 80):
        lung = _ellipse(grid, (x, 20), (32, 40))
        above = z > lung_base
        hu[above] = np.where(lung, -850.0, hu[above])
        labels[above] = np.where(lung, LANDMARK_CLASS["lung"].value, labels[above])
    hu += np.random.default_rng(seed).normal(0, 12, hu.shape)
    return Trunk(
        hu=np.rint(hu.clip(-1024, 3000)).astype(np.int16),
        labels=labels,
        grid=grid,
        z=known,
        lung_base_mm=lung_base,
    )


def _organs(hu, labels, grid, z, known, enhanced) -> None:
    for x in (-1, 1):
        for rib, name in (("rib_12", "T12"), ("rib_11", "T11"), ("rib", "T10")):
            head = (z > known[f"{name}.mid"] - 12) & (z < known[f"{name}.mid"] + 6)
            part = _ellipse(grid, (x * 40, 70), (16, 9))
            hu[head] = np.where(part, 300.0, hu[head])
            labels[head] = np.where(part, LANDMARK_CLASS[rib].value, labels[head])
        beside = (z > known["L3.mid"]) & (z < known["T12.mid"])
        kidney = _ellipse(grid, (x * 70, 50), (25, 20))
        hu[beside] = np.where(kidney, 160.0 if enhanced else 30.0, hu[beside])
        labels[beside] = np.where(kidney, LANDMARK_CLASS["kidney"].value, labels[beside])
    above = z > known["L4.mid"]
    aorta = _ellipse(grid, (8, 22), (13, 13))
    hu[above] = np.where(aorta, 150.0 if enhanced else 42.0, hu[above])
    labels[above] = np.where(aorta, LANDMARK_CLASS["aorta"].value, labels[above])


@pytest.fixture(scope="session")
def trunk() -> Trunk:
    """The unenhanced trunk with 3 mm slices."""
    return build()


@pytest.fixture(scope="session")
def make_trunk() -> Callable[..., Trunk]:
    """Other trunks: slice distance, contrast, seed."""
    return build


def _read(path: Path) -> Volume:
    image = nibabel.load(path)
    array = np.asarray(image.dataobj).transpose(2, 1, 0)
    own = Grid.from_matrix(array.shape, np.diag([-1, -1, 1, 1]) @ image.affine)
    hu = np.ascontiguousarray(reorder(array, own)).clip(-1024, 3071).astype(np.int16)
    return Volume(hu=hu, grid=own.canonical(), source_grid=own)


@pytest.fixture(scope="session")
def read_nifti() -> Callable[[Path], Volume]:
    """A NIfTI file as a volume, as plainly as can be."""
    return _read
