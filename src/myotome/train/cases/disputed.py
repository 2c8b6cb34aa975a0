"""Labels of a case after its ``borders.json``, where it has one; all others stay as drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.segment.labels.borders import read_borders, upwards
from myotome.train.cases.scan import Scan
from myotome.voxels.borders import settled


def settled_labels(muscles: NDArray[np.uint8], path: Path | None, scan: Scan) -> NDArray[np.uint8]:
    """``muscles`` (k, j, i) with 255 where it is disputed, and without what the gate takes.

    Refuses (InputError) a file that holds no borders, and zones outside the scan.
    """
    if path is None:
        return muscles
    borders = read_borders(path)
    if not scan.upward:
        borders = upwards(borders, len(muscles))
    return settled(muscles, borders, scan.grid, lambda k: scan.hu[k])
