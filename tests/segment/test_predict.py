"""The path from slab to labels, with a network that is only a threshold."""

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.errors import AnatomyError
from myotome.nouns.grid import Grid
from myotome.nouns.landmarks import Slab
from myotome.nouns.volume import Volume
from myotome.segment.predict import body_box, enlarge, predict, slab_slices


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


def test_enlarging_is_the_argmax_of_interpolated_logits() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(4, 9, 11)).astype(np.float32)
    steps = (0.4, 0.55)
    got = enlarge(logits, (20, 18), steps)
    for j in range(20):
        for i in range(18):
            y = np.clip((j + 0.5) * steps[0] - 0.5, 0, 8)
            x = np.clip((i + 0.5) * steps[1] - 0.5, 0, 10)
            y0, x0 = min(int(y), 7), min(int(x), 9)
            v, u = y - y0, x - x0
            corner = logits[:, y0 : y0 + 2, x0 : x0 + 2]
            mixed = (1 - v) * ((1 - u) * corner[:, 0, 0] + u * corner[:, 0, 1]) + v * (
                (1 - u) * corner[:, 1, 0] + u * corner[:, 1, 1]
            )
            assert mixed[got[j, i]] == pytest.approx(mixed.max(), abs=1e-5)


def test_nothing_to_segment_is_said() -> None:
    volume = disc((5.0, 3.0, 3.0))
    with pytest.raises(AnatomyError, match="outside the scan"):
        predict(volume, slab(400, 300), bright_is_psoas)
    with pytest.raises(AnatomyError, match="no body"):
        body_box(np.full((2, 50, 50), -1000, np.int16), (1.0, 1.0))
