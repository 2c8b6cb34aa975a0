"""Where voxels are. One convention inside: LPS millimetres, ``array[k, j, i]``.

LPS is DICOM's patient system: +x to the patient's left, +y to posterior, +z to superior.
A *canonical* grid has i along +x (left), j along +y (posterior) and k along +z (superior),
up to the obliquity of the scan; :meth:`Grid.is_canonical` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from myotome.errors import GeometryError, GridMismatchError

Float = NDArray[np.float64]

_TIE = 1e-6
STRAIGHT = 0.003
"""Axes whose cosine is below this are at right angles (0.17 degrees, 0.5 mm in 170)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A right- or left-handed rectangular voxel grid in LPS millimetres.

    ``shape`` is ``(k, j, i)``. ``affine`` is 4x4 and maps ``(i, j, k, 1)`` (NIfTI's order of
    columns) of a voxel centre to LPS millimetres. It is kept as nested tuples, so that grids
    are hashable and comparable. Refuses non-finite or singular affines and empty shapes.
    """

    shape: tuple[int, int, int]
    affine: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise GeometryError(f"a grid of shape {self.shape} holds no voxels")
        matrix = self.matrix
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise GeometryError("the affine is not a finite 4x4 matrix")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise GeometryError("the affine is singular: at least one voxel side is 0 mm")

    @classmethod
    def from_matrix(cls, shape: tuple[int, int, int], matrix: ArrayLike) -> Grid:
        """A grid from a 4x4 array-like mapping (i, j, k, 1) to LPS mm."""
        rows = np.asarray(matrix, dtype=np.float64)
        return cls(
            shape=(int(shape[0]), int(shape[1]), int(shape[2])),
            affine=tuple(tuple(float(v) for v in row) for row in rows),
        )

    @classmethod
    def axial(
        cls,
        shape: tuple[int, int, int],
        spacing_mm: tuple[float, float, float],
        origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Grid:
        """A canonical grid: ``spacing_mm`` is (k, j, i), ``origin_mm`` is LPS (x, y, z)."""
        dk, dj, di = spacing_mm
        matrix = np.diag([di, dj, dk, 1.0])
        matrix[:3, 3] = origin_mm
        return cls.from_matrix(shape, matrix)

    @property
    def matrix(self) -> Float:
        """The affine as a 4x4 float64 array, (i, j, k, 1) -> LPS mm."""
        return np.asarray(self.affine, dtype=np.float64)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel sides along (k, j, i) in mm."""
        di, dj, dk = np.linalg.norm(self.matrix[:3, :3], axis=0)
        return (float(dk), float(dj), float(di))

    @property
    def direction(self) -> Float:
        """3x3, columns are the unit LPS directions of i, j and k."""
        m = self.matrix[:3, :3]
        unit: Float = m / np.linalg.norm(m, axis=0)
        return unit

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres (exact for sheared grids too)."""
        return float(abs(np.linalg.det(self.matrix[:3, :3])) / 1000.0)

    @property
    def pixel_cm2(self) -> float:
        """Area of one in-plane pixel (i by j) in cm2."""
        m = self.matrix[:3, :3]
        return float(np.linalg.norm(np.cross(m[:, 0], m[:, 1])) / 100.0)

    def to_lps_mm(self, index_kji: ArrayLike) -> Float:
        """LPS mm of fractional voxel indices; ``(..., 3)`` as (k, j, i) -> ``(..., 3)`` xyz."""
        ijk = np.asarray(index_kji, dtype=np.float64)[..., ::-1]
        m = self.matrix
        return np.asarray(ijk @ m[:3, :3].T + m[:3, 3], dtype=np.float64)

    def to_index(self, lps_mm: ArrayLike) -> Float:
        """Fractional (k, j, i) of LPS points; the inverse of :meth:`to_lps_mm`."""
        inverse = np.linalg.inv(self.matrix)
        xyz = np.asarray(lps_mm, dtype=np.float64)
        ijk = xyz @ inverse[:3, :3].T + inverse[:3, 3]
        return np.asarray(ijk[..., ::-1], dtype=np.float64)

    def slice_z_mm(self, k: ArrayLike) -> Any:
        """LPS z of slice index ``k`` at the in-plane centre of the grid (fractions allowed)."""
        k_arr = np.asarray(k, dtype=np.float64)
        centre = np.stack(
            [
                k_arr,
                np.full_like(k_arr, (self.shape[1] - 1) / 2),
                np.full_like(k_arr, (self.shape[2] - 1) / 2),
            ],
            axis=-1,
        )
        z = self.to_lps_mm(centre)[..., 2]
        return float(z) if k_arr.ndim == 0 else z

    @property
    def faces_z_mm(self) -> tuple[float, float]:
        """LPS z of the outer faces of the first and the last slice, at the in-plane centre."""
        return float(self.slice_z_mm(-0.5)), float(self.slice_z_mm(self.shape[0] - 0.5))

    def lower_face_z_mm(self, k: int) -> float:
        """LPS z of the face of slice ``k`` that points to the feet, at the in-plane centre."""
        return float(min(self.slice_z_mm(k - 0.5), self.slice_z_mm(k + 0.5)))

    def z_to_k(self, z_mm: float) -> float:
        """Fractional slice index whose in-plane centre lies at LPS ``z_mm``."""
        z0, z1 = self.slice_z_mm(0.0), self.slice_z_mm(1.0)
        return float((z_mm - z0) / (z1 - z0))

    def nearest_k(self, z_mm: float) -> int | None:
        """The slice nearest LPS ``z_mm``; None beyond the outer faces of the scan.

        Of two slices that are equally near the lower one (smaller z) is taken, so that all who
        ask agree; what float arithmetic leaves of a tie (1e-6 of a slice) still is one.
        """
        k, count = self.z_to_k(z_mm), self.shape[0]
        if not -0.5 - _TIE <= k <= count - 0.5 + _TIE:
            return None
        upwards = self.slice_z_mm(1.0) > self.slice_z_mm(0.0)
        nearest = np.ceil(k - 0.5 - _TIE) if upwards else np.floor(k + 0.5 + _TIE)
        return int(np.clip(nearest, 0, count - 1))

    @property
    def is_canonical(self) -> bool:
        """True if i, j, k point mainly to +x (left), +y (posterior), +z (superior)."""
        d = self.direction
        return bool(all(int(np.argmax(np.abs(d[:, a]))) == a and d[a, a] > 0 for a in range(3)))

    @property
    def is_sheared(self) -> bool:
        """True if two axes are not at right angles, as in a stack of tilted slices."""
        d = self.direction
        return max(abs(float(d[:, a] @ d[:, b])) for a, b in ((0, 1), (0, 2), (1, 2))) > STRAIGHT

    def canonical_axes(self) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
        """How to reach canonical order: (array axes to transpose to, which then to flip).

        Apply as ``array.transpose(axes)`` and then flip each output axis marked True. Refuses
        grids so oblique that two axes have the same main direction.
        """
        d = np.abs(self.direction)
        main = [int(np.argmax(d[:, a])) for a in range(3)]  # world axis of i, j, k
        if sorted(main) != [0, 1, 2]:
            raise GeometryError(
                "the axes are more than 45 degrees oblique, so left, front and up are ambiguous"
            )
        axes, flips = [], []
        for world in (2, 1, 0):  # k, j, i of the result
            source = main.index(world)  # 0=i, 1=j, 2=k of this grid
            axes.append(2 - source)
            flips.append(bool(self.direction[world, source] < 0))
        return (axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2])

    def canonical(self) -> Grid:
        """The same voxels in canonical order."""
        axes, flips = self.canonical_axes()
        m = self.matrix
        columns, origin = [], m[:3, 3].copy()
        for axis, flip in zip(axes, flips, strict=True):  # k, j, i
            column = m[:3, 2 - axis]
            if flip:
                origin = origin + column * (self.shape[axis] - 1)
                column = -column
            columns.append(column)
        out = np.eye(4)
        out[:3, 0], out[:3, 1], out[:3, 2] = columns[2], columns[1], columns[0]
        out[:3, 3] = origin
        shape = (self.shape[axes[0]], self.shape[axes[1]], self.shape[axes[2]])
        return Grid.from_matrix(shape, out)

    def crop_k(self, start: int, stop: int) -> Grid:
        """The grid of slices ``start`` to ``stop`` (exclusive)."""
        if not 0 <= start < stop <= self.shape[0]:
            raise GeometryError(f"slices {start}:{stop} are outside 0:{self.shape[0]}")
        m = self.matrix
        m[:3, 3] = m[:3, 3] + m[:3, 2] * start
        return Grid.from_matrix((stop - start, *self.shape[1:]), m)

    def matches(self, other: Grid, *, tolerance_mm: float = 1e-2) -> bool:
        """True if both grids place every voxel at the same point within ``tolerance_mm``."""
        if self.shape != other.shape:
            return False
        corners = [(0, 0, 0), tuple(n - 1 for n in self.shape)]
        corners += [(self.shape[0] - 1, 0, 0), (0, self.shape[1] - 1, 0)]
        gap = self.to_lps_mm(corners) - other.to_lps_mm(corners)
        return bool(np.abs(gap).max() <= tolerance_mm)

    def require_same(self, other: Grid, what: str) -> None:
        """Refuse to combine ``what`` if it is on another grid."""
        if not self.matches(other):
            raise GridMismatchError(
                f"{what} is on another grid ({other.shape}, {_mm(other)} mm) than the CT "
                f"({self.shape}, {_mm(self)} mm).",
                mend="Resample it onto the CT's grid first.",
            )


def _mm(grid: Grid) -> str:
    return "x".join(f"{v:.3g}" for v in grid.spacing_mm)


def reorder(array: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """``array`` (on ``grid``) in canonical order, as a view; see :meth:`Grid.canonical`."""
    axes, flips = grid.canonical_axes()
    out = array.transpose(axes)
    return out[tuple(slice(None, None, -1) if f else slice(None) for f in flips)]


def restore(array: NDArray[Any], grid: Grid) -> NDArray[Any]:
    """The inverse of :func:`reorder`: from canonical order back to ``grid``'s own axes."""
    axes, flips = grid.canonical_axes()
    flipped = array[tuple(slice(None, None, -1) if f else slice(None) for f in flips)]
    return flipped.transpose(np.argsort(axes))
