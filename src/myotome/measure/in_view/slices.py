"""The edge of the field of view."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.volume import Volume

FOV_EDGE_PIXELS = 2


def fov_edge(volume: Volume) -> NDArray[np.bool_]:
    """Pixels ``(j, i)`` at the border of the image or within 2 of the reconstructed circle."""
    edge = np.zeros(volume.grid.shape[1:], np.bool_)
    edge[[0, -1], :] = True
    edge[:, [0, -1]] = True
    if volume.fov is not None:
        edge |= ~ndimage.binary_erosion(volume.fov, iterations=FOV_EDGE_PIXELS, border_value=1)
    return edge
