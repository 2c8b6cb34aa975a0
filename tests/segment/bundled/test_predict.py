"""The path from slab to labels, with a network that is only a threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from myotome.errors import AnatomyError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.enlarge import Taps, enlarge
from myotome.segment.bundled.predict import body_box, predict, slab_slices


def slab(top: float, bottom: float) -> Slab:
    return Slab(superior_z_mm=top, inferior_z_mm=bottom, superior_found=True, inferior_found=True)


def bright_is_psoas(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    logits = np.zeros((len(batch), 19, *batch.shape[2:]), np.float32)
    logits[:, 1] = 20 * (batch[:, 1] - 0.6)
    return logits


def disc(spacing_mm: tuple[float, float, float]) -> Volume:
    """A body of fat, 300 mm wide, around a muscle disc of 40 mm radius."""
    n = round(330 / spacing_mm[1])
    y = (np.arange(n) - (n - 1) / 2) * spacing_mm[1]
    r = np.hypot(y[:, None], y[None])
    plane = np.where(r < 40, 120, np.where(r < 150, -60, -1000)).astype(np.int16)
    shape = (round(60 / spacing_mm[0]), n, n)
    grid = Grid.axial(shape, spacing_mm)
    return Volume(hu=np.broadcast_to(plane, shape).copy(), grid=grid, source_grid=grid)


@pytest.mark.parametrize("spacing", [(5.0, 0.8, 0.8), (3.0, 1.5, 1.5), (2.5, 3.0, 3.0)])
def test_a_disc_keeps_its_place_and_size(spacing: tuple[float, float, float]) -> None:
    volume = disc(spacing)
    made = predict(volume, slab(40, 20), bright_is_psoas)
    k = (made.k_range[0] + made.k_range[1]) // 2
    truth = volume.hu[k] == 120
    overlap = (truth & (made.labels[k] == 1)).sum()
    assert 2 * overlap / (truth.sum() + (made.labels[k] == 1).sum()) > 0.96
    assert set(np.unique(made.labels)) == {0, 1}


def test_only_the_slab_is_labelled() -> None:
    volume = disc((5.0, 3.0, 3.0))
    made = predict(volume, slab(40, 20), bright_is_psoas)
    labelled = np.flatnonzero(made.labels.any(axis=(1, 2)))
    assert (labelled[0], labelled[-1] + 1) == made.k_range == slab_slices(volume, slab(40, 20))
    assert volume.grid.slice_z_mm(float(labelled[0])) >= 20 - 10
    assert volume.grid.slice_z_mm(float(labelled[-1])) <= 40 + 10


@given(
    shape=st.tuples(st.integers(2, 4), st.integers(2, 9), st.integers(2, 11)),
    size=st.tuples(st.integers(1, 20), st.integers(1, 18)),
    steps=st.tuples(st.floats(0.3, 2.0), st.floats(0.3, 2.0)),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_enlarging_is_the_argmax_of_interpolated_logits(
    shape: tuple[int, int, int], size: tuple[int, int], steps: tuple[float, float], seed: int
) -> None:
    logits = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    got = enlarge(logits, Taps.between(size, steps, shape[1:]))
    assert got.shape == size
    for j in range(size[0]):
        for i in range(size[1]):
            y = np.clip((j + 0.5) * steps[0] - 0.5, 0, shape[1] - 1)
            x = np.clip((i + 0.5) * steps[1] - 0.5, 0, shape[2] - 1)
            y0, x0 = min(int(y), shape[1] - 2), min(int(x), shape[2] - 2)
            v, u = y - y0, x - x0
            corner = logits[:, y0 : y0 + 2, x0 : x0 + 2]
            mixed = (1 - v) * ((1 - u) * corner[:, 0, 0] + u * corner[:, 0, 1]) + v * (
                (1 - u) * corner[:, 1, 0] + u * corner[:, 1, 1]
            )
            assert mixed[got[j, i]] == pytest.approx(mixed.max(), abs=1e-5)


def test_the_first_of_equal_logits_wins_when_enlarged() -> None:
    logits = np.ones((3, 4, 4), np.float32)
    logits[0] = -1
    got = enlarge(logits, Taps.between((9, 9), (0.45, 0.45), (4, 4)))
    assert (got == 1).all()
    logits[1, 2:] = logits[2, :2] = -1.0  # halves that meet where both are the same
    got = enlarge(logits, Taps.between((6, 4), (2 / 3, 1.0), (4, 4)))
    assert (got[:3] == 1).all()
    assert (got[3:] == 2).all()


def test_nothing_to_segment_is_said() -> None:
    volume = disc((5.0, 3.0, 3.0))
    with pytest.raises(AnatomyError, match="outside the scan"):
        predict(volume, slab(400, 300), bright_is_psoas)
    with pytest.raises(AnatomyError, match="no body"):
        body_box(np.full((2, 50, 50), -1000, np.int16), (1.0, 1.0))
