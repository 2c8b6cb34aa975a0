"""The bundled network: slab of a CT in, 12 muscles and body compartments out, on its grid."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.errors import AnatomyError
from myotome.nets.inputs import NEIGHBOUR_MM, PIXEL_MM, neighbours, shrink_planes, window
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.compartments import CHANNELS, compartments_of, levels_beyond
from myotome.segment.bundled.confidence import Expectation, Judge
from myotome.segment.bundled.edge import fit_edge
from myotome.segment.bundled.enlarge import Taps, enlarge
from myotome.tables.anatomy.muscles import MUSCLES

Float32 = NDArray[np.float32]
Network = Callable[[Float32], Float32]

_CLASSES = len(MUSCLES) + 1
_MULTIPLE = 16
_BATCH = 4
_MARGIN_MM = 12.0
_BODY_HU = -300
NOT_GIVEN = "not segmented by this network"
_MIN_BODY_PIXELS = 30
"""Columns or rows with fewer body pixels (of 2 mm or so) hold only the table or clothing."""


def predict(
    volume: Volume,
    slab: Slab,
    network: Network,
    *,
    name: str = "bundled",
    judge: Judge | None = None,
    missing: Collection[str] = (),
) -> Segmentation:
    """Label every slice that the slab touches, and one more at each end.

    ``network`` takes float32 ``(n, 3, j, i)`` windowed slices (below, at, above) on 1.5 mm
    pixels and returns logits whose first 13 channels are background and the 12 muscles; six
    more, if there are any, become compartments, also on the slices of ``slab.levels``
    beyond the slab. ``judge`` says how sure it was (None: its raw expectation, uncalibrated);
    ``missing`` are the keys of muscles that this network never gives.
    Refuses a slab without any body in it.
    """
    judge = judge or Expectation()
    start, stop = slab_slices(volume, slab)
    labels = np.zeros(volume.grid.shape, np.uint8)
    rooms = np.zeros(volume.grid.shape, np.uint8)
    has_rooms = False
    spacing = volume.grid.spacing_mm[1:]
    shift_hu = volume.hu_scale.shift_hu if volume.hu_scale else 0.0
    for run in (range(start, stop), *levels_beyond(volume.grid, slab, (start, stop))):
        rows, columns, seen = _seen(volume, run, network)
        for k, logits, taps in seen:
            hu = volume.hu[k, rows, columns]
            muscles = fit_edge(enlarge(logits[:_CLASSES], taps), hu, spacing, shift_hu)
            if start <= k < stop:
                judge.see(k, logits[:_CLASSES])
                labels[k, rows, columns] = muscles
            if len(logits) >= _CLASSES + CHANNELS:
                plane = enlarge(logits[_CLASSES : _CLASSES + CHANNELS], taps)
                rooms[k, rows, columns] = compartments_of(
                    plane, muscles, hu, spacing, every_muscle=not missing
                )
                has_rooms = True
    return Segmentation(
        labels=labels,
        grid=volume.grid,
        backend=name,
        k_range=(start, stop),
        compartments=rooms if has_rooms else None,
        gaps=MappingProxyType(dict.fromkeys(missing, NOT_GIVEN)),
        confidence=judge.verdict(),
    )


def _seen(
    volume: Volume, wanted: range, network: Network
) -> tuple[slice, slice, Iterator[tuple[int, Float32, Taps]]]:
    """Rows and columns of the body, and (slice, logits, taps) there for each wanted slice."""
    dk, dj, di = volume.grid.spacing_mm
    reach = int(np.ceil(NEIGHBOUR_MM / dk))
    low, high = max(0, wanted.start - reach), min(volume.grid.shape[0], wanted.stop + reach)
    rows, columns = body_box(volume.hu[low:high], (dj, di))
    planes = window(shrink_planes(volume.hu[low:high, rows, columns], (dj, di)))
    inner = range(wanted.start - low, wanted.stop - low)
    size = (rows.stop - rows.start, columns.stop - columns.start)
    taps = Taps.between(size, (dj / PIXEL_MM, di / PIXEL_MM), planes.shape[1:])
    found = ((low + k, logits, taps) for k, logits in _logits(planes, inner, dk, network))
    return rows, columns, found


def slab_slices(volume: Volume, slab: Slab) -> tuple[int, int]:
    """Half-open range of slices that the slab touches, widened by one slice at each end."""
    bottom, top = volume.grid.z_to_k(slab.inferior_z_mm), volume.grid.z_to_k(slab.superior_z_mm)
    start = max(0, int(np.floor(bottom + 0.5)) - 1)
    stop = min(volume.grid.shape[0], int(np.ceil(top - 0.5)) + 2)
    if start >= stop:
        raise AnatomyError(
            "the slab between lung base and L5 lies outside the scan.",
            mend="Check the landmarks, or choose another series.",
        )
    return start, stop


def body_box(hu: NDArray[np.int16], spacing_ji_mm: tuple[float, float]) -> tuple[slice, slice]:
    """Rows and columns that hold the body, with a margin; the whole plane if in doubt."""
    step = max(1, round(2.0 / min(spacing_ji_mm)))
    body = hu[:, ::step, ::step] > _BODY_HU
    out = []
    for axis, side_mm in ((1, spacing_ji_mm[0]), (0, spacing_ji_mm[1])):
        hit = np.flatnonzero((body.sum(axis=axis + 1) >= _MIN_BODY_PIXELS).any(axis=0))
        if not len(hit):
            raise AnatomyError(
                "there is no body in the slab.", mend="Check that the values are HU."
            )
        margin = int(_MARGIN_MM / side_mm)
        n = hu.shape[2 - axis]
        out.append(
            slice(max(0, int(hit[0]) * step - margin), min(n, (int(hit[-1]) + 1) * step + margin))
        )
    return out[0], out[1]


def _logits(
    planes: Float32, wanted: range, dk_mm: float, network: Network
) -> Iterator[tuple[int, Float32]]:
    """(slice, logits of every class) for each wanted slice, run in small batches."""
    height, width = planes.shape[1:]
    padded = [-(-n // _MULTIPLE) * _MULTIPLE for n in (height, width)]
    batch = np.zeros((_BATCH, 3, *padded), np.float32)
    for first in range(wanted.start, wanted.stop, _BATCH):
        ks = range(first, min(first + _BATCH, wanted.stop))
        for row, k in enumerate(ks):
            batch[row, :, :height, :width] = neighbours(planes, k, dk_mm)
        out = network(batch)
        for row, k in enumerate(ks):
            yield k, out[row, :, :height, :width]
