"""Parts of a slice that hold one and the same value where its neighbours show the body."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.int16]

LEAST_RUN = 24
"""So many pixels side by side with one value, which no scanner measures. None of 1,475 slices of
20 sound scans has such a run."""
_STEP = 8
_UNLIKE_HU, _BODY_HU, _METAL_HU = 300, -300, 2000
"""So far from the slices on both sides, which show the body there; metal is cut off at one value,
and a screw lies in a single slice."""


def striped(hu: Values) -> tuple[int, ...]:
    """The slices of ``hu`` ``(k, j, i)`` that were painted over, or lost bytes. Not the ends'."""
    return tuple(k for k in range(1, len(hu) - 1) if any(_runs(hu[k - 1 : k + 2])))


def _runs(three: Values) -> Iterator[bool]:
    """Whether each row that may have a run has one."""
    thin = _odd(three[:, :, ::_STEP])
    own = three[1, :, ::_STEP]
    # three of every eighth pixel lie within every run
    like = thin[:, 1:] & thin[:, :-1] & (own[:, 1:] == own[:, :-1])
    runs = like[:, 1:] & like[:, :-1]
    for row in np.flatnonzero(runs.any(axis=1)):
        yield _longest(three[:, row]) >= LEAST_RUN


def _odd(three: Values) -> NDArray[np.bool_]:
    before, own, after = three.astype(np.int32)
    far = (np.abs(own - before) > _UNLIKE_HU) & (np.abs(own - after) > _UNLIKE_HU)
    return np.asarray(far & (np.minimum(before, after) > _BODY_HU) & (own < _METAL_HU))


def _longest(three: Values) -> int:
    """The longest run of one odd value in a row ``(3, i)``."""
    own, odd = three[1], _odd(three)
    breaks = np.flatnonzero(np.concatenate([[True], own[1:] != own[:-1], [True]]))
    return max((int(odd[a:b].sum()) for a, b in pairwise(breaks)), default=0)
