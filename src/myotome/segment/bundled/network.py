"""A network as a backend: the bundled one, or a user's own that its card describes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from myotome.nets.channels import Channels
from myotome.nets.model import Model
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.confidence import Expectation, calibration_of
from myotome.segment.bundled.predict import predict
from myotome.segment.bundled.spread import spread_of
from myotome.segment.foreign import without_foreign

BUNDLED, OWN = "bundled", "network"
"""Who made the labels: the network that comes with Myotome, or a user's own."""


def segmented(
    volume: Volume, slab: Slab, network: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> Segmentation:
    """The muscles and compartments that ``network`` gives, without what cannot be muscle.

    A network with a card (``nets.infer.Engine``) is read by the names on it: a muscle that it
    does not have is in ``gaps``. One without is taken to answer as the bundled one.
    """
    model = getattr(network, "model", None)
    judge = Expectation(calibration_of(network), spread_of(network))
    if not isinstance(model, Model):
        return without_foreign(predict(volume, slab, network, name=BUNDLED, judge=judge), volume)
    channels = Channels.of(model.heads, model.name)
    made = predict(
        volume,
        slab,
        channels.reading(network),
        name=OWN if model.own else BUNDLED,
        judge=judge,
        missing=channels.missing,
    )
    return without_foreign(made, volume)
