"""A CT with points on its vertebrae, straightened and ready to be learnt from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from myotome.errors import InputError
from myotome.locate.bodies.straight import straighten
from myotome.locate.coarse import coarse_view, probabilities
from myotome.locate.spine import through_bodies, trace
from myotome.locate.vertebrae import label_stretches, middles
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.vertebrae import COUNTED

Float = NDArray[np.float64]
Coarse = Callable[[NDArray[np.float32]], NDArray[np.float32]]

_MOST_BYTES = 4 * 2**20
_DARKEST, _BRIGHTEST = -1000, 1500
_BEYOND_MM = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertebra:
    """One vertebra of a case: what of it was read, patient z and centre in LPS mm.

    ``superior_z_mm``/``inferior_z_mm`` are None where the scan does not show them, ``ribs``
    (image left, image right) None where nobody can tell. ``estimated``: the scan cuts it, so
    its centre was guessed. ``sure`` is the reader's certainty of the name, 0..1.
    """

    name: str
    centre_mm: tuple[float, float, float]
    superior_z_mm: float | None = None
    inferior_z_mm: float | None = None
    ribs: tuple[bool | None, bool | None] = (None, None)
    whole: bool = True
    estimated: bool = False
    sure: float = 1.0

    @property
    def ends_mm(self) -> tuple[float, float]:
        """The inferior and superior end, 12 mm from the centre where it is not known."""
        middle = self.centre_mm[2]
        low = middle - 12.0 if self.inferior_z_mm is None else self.inferior_z_mm
        high = middle + 12.0 if self.superior_z_mm is None else self.superior_z_mm
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpineCase:
    """One scan, straightened along several lines: int16 ``(z, DEEP, WIDE)`` each."""

    name: str
    z_mm: Float
    straight: tuple[NDArray[np.int16], ...]
    vertebrae: tuple[Vertebra, ...]


def read_points(path: Path) -> tuple[Vertebra, ...]:
    """The vertebrae in a JSON file of points. Refuses (InputError) what is none."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path.name} is too large for points.")
        rows = json.loads(path.read_text(encoding="utf-8"))["vertebrae"]
        return tuple(_vertebra(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} holds no points of vertebrae.") from error


def _vertebra(row: dict[str, Any]) -> Vertebra:
    def z(key: str) -> float | None:
        return None if row[key] is None else float(row[key][2])

    x, y, middle = (float(v) for v in row["centre_lps_mm"])
    return Vertebra(
        name=str(row["name"]),
        centre_mm=(x, y, middle),
        superior_z_mm=z("superior_endplate_lps_mm"),
        inferior_z_mm=z("inferior_endplate_lps_mm"),
        ribs=(row["has_rib_left"], row["has_rib_right"]),
        whole=row["in_view"] == "whole",
        estimated=bool(row.get("centre_estimated", False)),
        sure=float(row.get("sure_of_name") or 0.0),
    )


def spine_case(
    name: str, volume: Volume, vertebrae: Sequence[Vertebra], coarse: Coarse
) -> SpineCase:
    """``volume`` along the line through the centres, and along those that ``locate`` finds.

    Refuses (InputError) fewer than two vertebrae.
    """
    known = [v for v in vertebrae if v.name in COUNTED]
    if len(known) < 2:
        raise InputError(f'the case "{name}" has fewer than two vertebrae.')
    lines = [_through_centres(volume, known), *_found(volume, coarse)]
    all_straight = [straighten(volume, *line) for line in lines]
    return SpineCase(
        name=name,
        z_mm=all_straight[0].z_mm,
        straight=tuple(
            np.clip(one.hu, _DARKEST, _BRIGHTEST).astype(np.int16) for one in all_straight
        ),
        vertebrae=tuple(known),
    )


def _through_centres(volume: Volume, known: Sequence[Vertebra]) -> tuple[Float, Float, Float]:
    """z, x and y of the line through the centres, straight on beyond the first and last."""
    points = np.array(sorted((v.centre_mm for v in known), key=lambda point: point[2]))
    at = points[:, 2]
    low, high = volume.grid.faces_z_mm
    z = np.arange(low - _BEYOND_MM, high + _BEYOND_MM, 2.0)

    def along(axis: int) -> Float:
        values = points[:, axis]
        first = (values[1] - values[0]) / (at[1] - at[0])
        last = (values[-1] - values[-2]) / (at[-1] - at[-2])
        curve = PchipInterpolator(at, values)(np.clip(z, at[0], at[-1]))
        beyond = first * np.minimum(z - at[0], 0) + last * np.maximum(z - at[-1], 0)
        return np.asarray(curve + beyond, dtype=np.float64)

    return z, along(0), along(1)


def _found(volume: Volume, coarse: Coarse) -> list[tuple[Float, Float, Float]]:
    """The lines that ``locate`` would follow: as traced, and led through the bodies."""
    view = coarse_view(volume)
    probability = probabilities(view, coarse)
    spine = trace(view, probability)
    if spine is None:
        return []
    led = through_bodies(spine, view, probability, middles(spine, label_stretches(spine)))
    return [(line.z_mm, line.x_mm, line.y_mm) for line in (spine, led)]
