"""The bodies along a spine: pulled straight, shown to the network, counted and named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from myotome.locate.bodies.count import count_bodies
from myotome.locate.bodies.levels import Found
from myotome.locate.bodies.names import name_bodies
from myotome.locate.bodies.straight import WIDE, images, scaled, straighten
from myotome.locate.spine import Spine
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.vertebrae import COUNTED, ENDPLATES, RIBS

Float32 = NDArray[np.float32]
Predict = Callable[[Float32], Float32]

CHANNELS = len(ENDPLATES) + len(RIBS) + len(COUNTED)

_AIR = -1.0
_LEAST_ROWS = 24


def network_input(hu: Float32) -> Float32:
    """``(1, 14, z, WIDE)``: four sagittal images (the rest of their columns is air), ten coronal.

    ``hu`` is straightened, ``(z, DEEP, WIDE)``. Short spines are filled up with air above.
    """
    sagittal, coronal = (scaled(shown) for shown in images(hu))
    rows = max(hu.shape[0], _LEAST_ROWS)
    out = np.full((1, len(sagittal) + len(coronal), rows, WIDE), _AIR, np.float32)
    out[0, : len(sagittal), : hu.shape[0], : sagittal.shape[2]] = sagittal
    out[0, len(sagittal) :, : hu.shape[0]] = coronal
    return out


def find_bodies(
    volume: Volume, spine: Spine, predict: Predict, organs: Mapping[str, float]
) -> Found | None:
    """The named bodies along ``spine``; None where there is none, or only the sacrum.

    ``organs`` are the middles of levels (z, mm) as the organs around them would have it.
    ``predict`` takes :func:`network_input` to logits ``(1, CHANNELS, z)``.
    """
    straight = straighten(volume, spine.z_mm, spine.x_mm, spine.y_mm)
    rows = len(straight.z_mm)
    logits = np.asarray(predict(network_input(straight.hu)), np.float32)[0][:, :rows]
    heat, rest = logits[: len(ENDPLATES)], logits[len(ENDPLATES) :]
    bodies = count_bodies(straight.z_mm, heat)
    if not bodies:
        return None
    ribs, names = rest[: len(RIBS)], rest[len(RIBS) :]
    naming = name_bodies(straight.z_mm, bodies, names, ribs, organs)
    if naming is None:
        return None
    named = bodies[naming.first : naming.first + len(naming.names)]
    return Found(z_mm=straight.z_mm, heat=heat, bodies=named, naming=naming)
