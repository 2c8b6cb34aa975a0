"""What the network should say of each row of a straightened spine, and where it is not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.tables.anatomy.vertebrae import COUNTED, ENDPLATES, RIBS
from myotome.train.vertebrae.points import Vertebra

Float32 = NDArray[np.float32]

_END_MM, _CENTRE_MM = 2.2, 3.0
_RIM_MM = 4.0
_SACRUM_WEIGHT = 0.5
_LEAST_MM = 10.0
SACRUM = "S1"
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """Rows along z. ``heat`` (3, z) is 0..1 and counts by ``heat_weight``.

    ``names`` (z) are places in ``COUNTED`` (-1: not asked) and count by ``name_weight``;
    ``ribs`` (2, z) are 0 or 1 (-1: not asked).
    """

    heat: Float32
    heat_weight: Float32
    names: NDArray[np.int64]
    name_weight: Float32
    ribs: Float32


def targets_of(z_mm: NDArray[np.float64], vertebrae: Sequence[Vertebra]) -> Targets:
    """The targets of rows at ``z_mm`` for what is known of their vertebrae.

    Beyond the endplates of a vertebra that the scan cuts, and below the sacrum's top body,
    nothing is asked of the endplates; rows below S1 are sacrum.
    """
    rows = len(z_mm)
    out = Targets(
        heat=np.zeros((len(ENDPLATES), rows), np.float32),
        heat_weight=np.ones((len(ENDPLATES), rows), np.float32),
        names=np.full(rows, UNKNOWN, np.int64),
        name_weight=np.zeros(rows, np.float32),
        ribs=np.full((len(RIBS), rows), float(UNKNOWN), np.float32),
    )
    upwards = sorted(vertebrae, key=lambda vertebra: vertebra.centre_mm[2])
    for number, vertebra in enumerate(upwards):
        _add_ends(out, z_mm, vertebra)
        if vertebra.superior_z_mm is None and number == len(upwards) - 1:
            out.heat_weight[:, z_mm > vertebra.centre_mm[2]] = 0
        if vertebra.inferior_z_mm is None and number == 0:
            out.heat_weight[:, z_mm < vertebra.centre_mm[2]] = 0
        _add_names(out, z_mm, vertebra)
    return out


def _add_ends(out: Targets, z_mm: NDArray[np.float64], vertebra: Vertebra) -> None:
    def peak(at: float, spread: float) -> Float32:
        return np.asarray(np.exp(-0.5 * ((z_mm - at) / spread) ** 2), dtype=np.float32)

    superior, inferior = vertebra.superior_z_mm, vertebra.inferior_z_mm
    for row, end in enumerate((superior, inferior)):
        if end is not None:
            out.heat[row] = np.maximum(out.heat[row], peak(end, _END_MM))
    if superior is not None and inferior is not None and vertebra.name != SACRUM:
        out.heat[2] = np.maximum(out.heat[2], peak(vertebra.centre_mm[2], _CENTRE_MM))
    if vertebra.estimated:
        low, high = vertebra.ends_mm
        out.heat_weight[2, (z_mm > low - _RIM_MM) & (z_mm < high + _RIM_MM)] = 0


def _add_names(out: Targets, z_mm: NDArray[np.float64], vertebra: Vertebra) -> None:
    low, high = vertebra.ends_mm
    inside = (z_mm >= low) & (z_mm <= high)
    out.names[inside] = COUNTED.index(vertebra.name)
    shown = vertebra.whole or high - low > _LEAST_MM
    out.name_weight[inside] = max(0.0, vertebra.sure) if shown else 0.0
    if vertebra.name != SACRUM:
        for side, bears in enumerate(vertebra.ribs):
            if bears is not None:
                out.ribs[side, inside] = float(bears)
        return
    below = z_mm < low
    out.names[below] = COUNTED.index(SACRUM)
    out.name_weight[below] = _SACRUM_WEIGHT
    end = low if vertebra.inferior_z_mm is None else vertebra.inferior_z_mm
    out.heat_weight[:, z_mm < end] = 0
