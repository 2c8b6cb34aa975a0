"""One door to every maker of labels: the bundled network, TotalSegmentator, label maps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myotome.errors import BackendError
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]

BUNDLED = "bundled"
LABELS = "labels"
TOTALSEGMENTATOR = "totalsegmentator"
NET = "muscles"
"""The bundled network that segments, by its name among the weights."""


class Backend(Protocol):
    """Anything that labels the 12 muscles of a CT between two planes."""

    def __call__(self, volume: Volume, slab: Slab, /) -> Segmentation:
        """The muscles on the CT's grid, at least on the slices of the slab that it can do."""


def backend(
    name: str, *, mapping: str | None = None, nets: Callable[[str], Network] | None = None
) -> Backend:
    """The backend called ``name``: "bundled", "totalsegmentator" or "labels:PATH".

    ``mapping`` belongs to "labels" (a built-in name or a JSON or TOML file), ``nets`` gives
    the bundled network by name. Nothing is loaded before the backend is called, but a wrong
    name or mapping is refused here.
    """
    kind, _, path = name.partition(":")
    if mapping is not None and kind != LABELS:
        raise BackendError(
            f'the backend "{kind}" takes no mapping.', mend="Use --mapping with labels:PATH only."
        )
    if kind == LABELS and path:
        from myotome.segment.labels.imported import imported

        return imported(Path(path), mapping)
    if name == TOTALSEGMENTATOR:
        from myotome.segment.labels.totalsegmentator import totalsegmentator

        return totalsegmentator()
    if name == BUNDLED and nets is not None:
        return _bundled(nets)
    raise BackendError(
        f'there is no backend "{kind}".',
        mend=f"Use {BUNDLED}, {TOTALSEGMENTATOR} or {LABELS}:PATH.",
    )


def _bundled(nets: Callable[[str], Network]) -> Backend:
    def segment(volume: Volume, slab: Slab) -> Segmentation:
        from myotome.segment.bundled.confidence import Expectation, calibration_of
        from myotome.segment.bundled.predict import predict

        network = nets(NET)
        judge = Expectation(calibration_of(network))
        return predict(volume, slab, network, name=BUNDLED, judge=judge)

    return segment
