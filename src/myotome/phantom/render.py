"""From an Anatomy to voxels: HU with partial volume, and labels that conserve volume."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, tan

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.phantom.body.anatomy import Anatomy
from myotome.phantom.body.shapes import Float32
from myotome.phantom.body.structures import Structure, structures
from myotome.phantom.body.tissues import AIR_HU, BODY_TISSUE, CONTRASTS, FAT_IN_MUSCLE_HU
from myotome.phantom.truth import Truth, slice_mean_area_mm2
from myotome.tables.anatomy.muscles import COMPARTMENTS

_COMPARTMENT = {c.key: c.value for c in COMPARTMENTS}
_COUCH_HU = -780.0
_TEXTURE_STEP_MM = 6.0
_TILE_MM = 240.0
_PAID = 0.15
_FOV_MM, _MARGIN_MM = 409.6, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a phantom is sampled. ``spacing_mm`` is (k, j, i); one image is ``fov_mm`` wide.

    ``contrast`` is one of ``tissues.CONTRASTS``. ``oversample`` planes are averaged per slice.
    ``noise_hu`` is the SD of Gaussian noise, ``sharpness`` 0 for a soft kernel, 1 for an
    edge-enhancing one. ``tilt_deg`` tilts every plane about the x axis as a gantry does: the
    grid is then sheared. ``z_mm`` is the (superior, inferior) scan edge, None: the anatomy's.
    ``fov_mm`` None: 409.6 mm, or as much more as the body needs.
    """

    spacing_mm: tuple[float, float, float] = (5.0, 0.8, 0.8)
    contrast: str = "unenhanced"
    noise_hu: float = 0.0
    seed: int = 0
    oversample: int = 2
    sharpness: float = 0.0
    tilt_deg: float = 0.0
    z_mm: tuple[float, float] | None = None
    fov_mm: float | None = None

    def __post_init__(self) -> None:
        if min(*self.spacing_mm, self.fov_mm or 1.0) <= 0 or self.oversample < 1:
            raise InputError("the phantom's voxel sides, field of view and oversample must be > 0.")
        if self.contrast not in CONTRASTS:
            raise InputError(f'contrast "{self.contrast}" is not one of {", ".join(CONTRASTS)}.')
        if not -35 <= self.tilt_deg <= 35:
            raise InputError("a gantry tilts by 35 degrees at most.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phantom:
    """A rendered body: the CT, its labels and what is known of it."""

    anatomy: Anatomy
    recipe: Recipe
    volume: Volume
    segmentation: Segmentation
    truth: Truth


def render(
    anatomy: Anatomy | None = None,
    *,
    spacing_mm: tuple[float, float, float] = (5.0, 0.8, 0.8),
    noise_hu: float = 0.0,
    seed: int = 0,
    contrast: str = "unenhanced",
    oversample: int = 2,
) -> Phantom:
    """A phantom on a canonical axial grid; see :class:`Recipe` and :func:`render_recipe`."""
    recipe = Recipe(
        spacing_mm=spacing_mm,
        noise_hu=noise_hu,
        seed=seed,
        contrast=contrast,
        oversample=oversample,
    )
    return render_recipe(anatomy or Anatomy(), recipe)


def render_recipe(anatomy: Anatomy, recipe: Recipe) -> Phantom:
    """Sample ``anatomy`` as ``recipe`` says.

    Every muscle's pixel count on a slice is its mean area over the slice's thickness (from the
    formula) over the pixel area, rounded, with what rounding owes paid on later slices; the
    pixels taken are those it fills most. So the labels keep both area and volume.
    """
    grid = _grid(anatomy, recipe)
    painter = _Painter(anatomy, recipe, grid)
    hu = np.empty(grid.shape, dtype=np.int16)
    labels = np.zeros(grid.shape, dtype=np.uint8)
    compartments = np.zeros(grid.shape, dtype=np.uint8)
    for k in range(grid.shape[0]):
        hu[k], labels[k], compartments[k] = painter.paint(k)
    scan = _scan_edges(grid)
    return Phantom(
        anatomy=anatomy,
        recipe=recipe,
        volume=Volume(hu=hu, grid=grid, source_grid=grid),
        segmentation=Segmentation(
            labels=labels,
            grid=grid,
            backend="phantom",
            k_range=(0, grid.shape[0]),
            compartments=compartments,
        ),
        truth=Truth(anatomy=anatomy, scan_z_mm=scan, contrast=recipe.contrast),
    )


def _grid(anatomy: Anatomy, recipe: Recipe) -> Grid:
    superior, inferior = recipe.z_mm or anatomy.scan_z_mm
    dk, dj, di = recipe.spacing_mm
    count = max(1, round((superior - inferior) / dk))
    fov = recipe.fov_mm or _fov(anatomy, superior, inferior)
    rows, columns = max(1, round(fov / dj)), max(1, round(fov / di))
    slope = tan(radians(recipe.tilt_deg))
    cosine = float(np.cos(np.arctan(slope)))
    half_x, half_y = (columns - 1) * di / 2, (rows - 1) * dj / 2
    matrix = np.eye(4)
    matrix[0, 0], matrix[1, 1], matrix[2, 1], matrix[2, 2] = (
        di,
        dj * cosine,
        dj * cosine * slope,
        dk,
    )
    matrix[:3, 3] = (-half_x, -half_y * cosine, inferior + dk / 2 - half_y * cosine * slope)
    return Grid.from_matrix((count, rows, columns), matrix)


def _fov(anatomy: Anatomy, superior: float, inferior: float) -> float:
    z = np.linspace(inferior, superior, 60)
    x0, x1, y0, y1 = structures(anatomy)[0].shape.box_mm(z)
    return max(_FOV_MM, 2 * max(-x0, x1, -y0, y1) + _MARGIN_MM)


def _scan_edges(grid: Grid) -> tuple[float, float]:
    first, last = float(grid.slice_z_mm(0)), float(grid.slice_z_mm(grid.shape[0] - 1))
    half = float(grid.matrix[2, 2]) / 2
    return last + half, first - half


class _Painter:
    """Paints one slice after the other, from bottom to top."""

    def __init__(self, anatomy: Anatomy, recipe: Recipe, grid: Grid) -> None:
        self.parts = structures(anatomy)
        self.recipe, self.grid, self.share = recipe, grid, anatomy.intermuscular_fat_share
        m = grid.matrix
        self.x = np.asarray(m[0, 3] + m[0, 0] * np.arange(grid.shape[2]), dtype=np.float32)
        self.y = np.asarray(m[1, 3] + m[1, 1] * np.arange(grid.shape[1]), dtype=np.float32)
        self.pixel_mm = float(np.sqrt(m[0, 0] * m[1, 1]))
        self.owed: dict[str, float] = {}
        self.fat_owed: dict[str, float] = {}
        self.rng = np.random.default_rng(recipe.seed)
        self.texture = _texture(self.rng)
        self.couch_top = max(
            float(p.shape.box_mm(np.asarray(sum(anatomy.scan_z_mm) / 2))[3]) for p in self.parts[:1]
        )

    def paint(self, k: int) -> tuple[NDArray[np.int16], NDArray[np.uint8], NDArray[np.uint8]]:
        """HU, labels and compartments of slice k, each (j, i)."""
        shape = self.grid.shape[1:]
        hu = np.full(shape, AIR_HU, dtype=np.float32)
        self._couch(hu)
        labels = np.zeros(shape, dtype=np.uint8)
        rooms = np.zeros(shape, dtype=np.uint8)
        grain = self._grain(k)
        muscles: list[tuple[Structure, tuple[slice, slice], Float32]] = []
        for part in self.parts:
            found = self._coverage(part, k)
            if found is None:
                continue
            window, cover = found
            tissue = BODY_TISSUE[part.tissue]
            value = tissue.hu(self.recipe.contrast) + tissue.grain_hu * grain[window]
            hu[window] += cover * (value - hu[window])
            rooms[window][cover >= 0.5] = _COMPARTMENT[tissue.compartment]
            if part.muscle:
                muscles.append((part, window, cover))
        for part, window, cover in muscles:
            self._label(part, k, window, cover, labels)
            if self.share > 0:
                self._fatten(part, hu[window], labels[window] == part.muscle, grain[window])
        rooms[labels > 0] = _COMPARTMENT["muscle_wall"]
        return self._finish(hu), labels, rooms

    def _coverage(self, part: Structure, k: int) -> tuple[tuple[slice, slice], Float32] | None:
        """The window of the slice that may hold the part, and the share of each pixel in it."""
        m = self.grid.matrix
        count, dk = self.recipe.oversample, float(m[2, 2])
        steps = (np.arange(count) + 0.5) / count - 0.5
        base = float(m[2, 3]) + dk * k
        rise = float(m[2, 1]) * np.array([0, self.grid.shape[1] - 1])
        ends = base + np.array([rise.min() - dk / 2, rise.max() + dk / 2])
        if ends[1] <= part.low_mm or ends[0] >= part.high_mm:
            return None
        z_inside = np.clip(np.linspace(ends[0], ends[1], 5), part.low_mm, part.high_mm)
        window = self._window(part.shape.box_mm(z_inside))
        if window is None:
            return None
        x, y = self.x[window[1]][None, :], self.y[window[0]][:, None]
        cover = np.zeros((y.shape[0], x.shape[1]), dtype=np.float32)
        tilted = bool(m[2, 1])
        for step in steps:
            z = np.asarray(base + dk * step)
            if tilted:
                z = z + float(m[2, 1]) * np.arange(window[0].start, window[0].stop)[:, None]
            share = _z_share(part, z, dk / count)
            if not share.any():
                continue
            z_in = np.clip(z, part.low_mm, part.high_mm)
            distance = part.shape.distance_mm(z_in, x, y)
            inside = np.clip(0.5 - distance / np.float32(self.pixel_mm), 0, 1)
            cover += inside * share.astype(np.float32)
        cover /= np.float32(count)
        return window, cover

    def _window(self, box: tuple[float, float, float, float]) -> tuple[slice, slice] | None:
        pad = 1.5 * self.pixel_mm
        i0, i1 = np.searchsorted(self.x, [box[0] - pad, box[1] + pad])
        j0, j1 = np.searchsorted(self.y, [box[2] - pad, box[3] + pad])
        if i0 >= i1 or j0 >= j1:
            return None
        return slice(int(j0), int(j1)), slice(int(i0), int(i1))

    def _label(
        self,
        part: Structure,
        k: int,
        window: tuple[slice, slice],
        cover: Float32,
        labels: NDArray[np.uint8],
    ) -> None:
        """Give the part the pixels it fills most, as many as its area asks for."""
        m = self.grid.matrix
        middle, dk = float(m[2, 3] + m[2, 2] * k), float(m[2, 2])
        if m[2, 1]:
            # A tilted plane's cut has no closed form; the summed coverage stands in for it.
            exact = float(cover.sum(dtype=np.float64))
        else:
            area = slice_mean_area_mm2(part, middle - dk / 2, middle + dk / 2)
            exact = area / float(m[0, 0] * m[1, 1])
        owed = self.owed.get(part.name, 0.0)
        target = labels[window]
        score = np.where(target == 0, cover, 0).ravel()
        candidates = np.flatnonzero(score > 0)
        # Of what earlier slices owe only little is paid at once: each area stays right too.
        count = min(round(exact + min(max(owed, -_PAID), _PAID)), candidates.size)
        self.owed[part.name] = owed + exact - count
        if count <= 0:
            return
        best = np.argpartition(-score[candidates], count - 1)[:count]
        target[np.unravel_index(candidates[best], target.shape)] = part.muscle

    def _fatten(
        self, part: Structure, hu: Float32, mask: NDArray[np.bool_], grain: Float32
    ) -> None:
        """Turn exactly the asked share of the mask into fat, in streaks."""
        places = np.flatnonzero(mask)
        exact = self.share * places.size + self.fat_owed.get(part.name, 0.0)
        count = round(exact)
        self.fat_owed[part.name] = exact - count
        if count > 0:
            chosen = places[np.argpartition(grain.ravel()[places], count - 1)[:count]]
            hu[np.unravel_index(chosen, hu.shape)] = FAT_IN_MUSCLE_HU

    def _couch(self, hu: Float32) -> None:
        below = self.y[:, None] - self.couch_top - 3 + 0.0009 * self.x[None, :] ** 2 * 0.25
        shell = (np.abs(below - 6) < 1.5) | (np.abs(below - 26) < 1.5)
        width = np.abs(self.x[None, :]) < 190
        hu[(below > 6) & (below < 26) & width] = -960
        hu[shell & width] = _COUCH_HU

    def _grain(self, k: int) -> Float32:
        """Smooth texture of SD 1, periodic in space so that it does not depend on the grid."""
        n = self.texture.shape[0]
        z = float(self.grid.matrix[2, 3] + self.grid.matrix[2, 2] * k) / _TEXTURE_STEP_MM
        kk = int(np.floor(z)) % n
        part = np.float32(z - np.floor(z))
        plane = self.texture[kk] * (1 - part) + self.texture[(kk + 1) % n] * part
        js, ji = self.y / np.float32(_TEXTURE_STEP_MM), self.x / np.float32(_TEXTURE_STEP_MM)
        rows = _lerp(plane, js)
        return _lerp(rows.T, ji).T

    def _finish(self, hu: Float32) -> NDArray[np.int16]:
        """Kernel, noise, rounding."""
        sharp, noise = self.recipe.sharpness, self.recipe.noise_hu
        if sharp > 0:
            soft = ndimage.gaussian_filter(hu, 1.2 / self.pixel_mm)
            hu = hu + np.float32(1.5 * sharp) * (hu - soft)
        if noise > 0:
            white = self.rng.standard_normal(hu.shape, dtype=np.float32)
            if sharp <= 0:
                # A soft kernel leaves noise correlated over about a millimetre.
                white = ndimage.gaussian_filter(white, 0.6)
                white /= np.float32(white.std() + 1e-9)
            hu = hu + np.float32(noise) * white
        return np.clip(np.rint(hu), -1024, 3071).astype(np.int16)


def _z_share(part: Structure, z: NDArray[np.float64], thickness: float) -> NDArray[np.float64]:
    """The share of a plane of ``thickness`` about z that lies between the part's ends."""
    top = np.minimum(z + thickness / 2, part.high_mm)
    bottom = np.maximum(z - thickness / 2, part.low_mm)
    return np.asarray(np.clip((top - bottom) / thickness, 0, 1))


def _texture(rng: np.random.Generator) -> Float32:
    n = round(_TILE_MM / _TEXTURE_STEP_MM)
    field = rng.standard_normal((n, n, n), dtype=np.float32)
    return np.asarray(field, dtype=np.float32)


def _lerp(plane: Float32, at: Float32) -> Float32:
    """Linear interpolation along the first axis, periodic."""
    n = plane.shape[0]
    low = np.floor(at).astype(np.int64)
    part = (at - low).astype(np.float32)[:, None]
    return np.asarray(plane[low % n] * (1 - part) + plane[(low + 1) % n] * part)
