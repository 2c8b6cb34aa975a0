"""Order, steps, gaps and repeats from positions alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.nouns.study.series import Instance
from myotome.read.dicom.geometry import line_up, spacing


def stack(positions: np.ndarray, cosines: tuple[float, ...] = (1, 0, 0, 0, 1, 0)) -> list[Instance]:
    return [
        Instance(
            path=Path(),
            sop_instance_uid=str(n),
            frame=None,
            position_mm=(float(p[0]), float(p[1]), float(p[2])),
            orientation=cosines,
        )
        for n, p in enumerate(positions)
    ]


@given(
    n=st.integers(2, 40),
    step=st.floats(0.5, 10),
    tilt=st.floats(-25, 25),
    order=st.randoms(use_true_random=False),
)
def test_order_step_and_tilt_are_found_whatever_the_order(n, step, tilt, order) -> None:  # type: ignore[no-untyped-def]
    angle = np.radians(tilt)
    cosines = (1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle)))
    positions = np.array([[-100.0, -90.0, k * step] for k in range(n)])
    shuffled = list(range(n))
    order.shuffle(shuffled)
    lineup = line_up(stack(positions[shuffled], cosines))
    assert lineup is not None
    assert [shuffled[m] for m in lineup.order] == list(range(n))
    assert lineup.tilt_deg == pytest.approx(abs(tilt), abs=1e-3)
    assert lineup.obliquity_deg == pytest.approx(0, abs=1e-3)
    even = spacing(lineup.offsets_mm)
    assert even.is_even
    assert even.step_mm == pytest.approx(step * np.cos(angle))


@given(n=st.integers(12, 60), step=st.floats(0.6, 8), data=st.data())
def test_missing_slices_are_always_seen(n, step, data) -> None:  # type: ignore[no-untyped-def]
    first = data.draw(st.integers(1, n - 4))
    count = data.draw(st.integers(1, min(3, n - 2 - first)))
    places = step * np.array([k for k in range(n) if not first <= k < first + count])
    even = spacing(places)
    assert not even.is_even
    (gap,) = even.gaps
    assert gap.missing == count
    assert gap.below_mm == pytest.approx((first - 1) * step)


def test_three_of_forty_missing_is_no_even_spacing() -> None:
    # the case in which a common reader returned an even 1.625 mm: 37 slices over 58.5 mm
    even = spacing([1.5 * k for k in range(40) if k not in (17, 18, 19)])
    assert even.gaps[0].missing == 3
    assert even.step_mm == pytest.approx(1.5)


def test_rounded_headers_are_even_and_a_second_region_varies() -> None:
    assert spacing(np.round(np.arange(60) * 0.625, 1)).is_even
    two = spacing([*np.arange(0, 60, 2.5), *np.arange(60, 120, 5.0)])
    assert not two.is_even
    assert not two.gaps
    assert two.step_mm == pytest.approx(2.5)


def test_repeats_are_counted() -> None:
    found = spacing([0, 5, 5, 5, 10, 15, 15])
    assert (found.repeats, found.most_at_one_place, found.is_even) == (3, 3, True)


@pytest.mark.parametrize(
    "cosines", [(1, 0, 0, 1, 0, 0), (0, 0, 0, 0, 0, 0), (float("nan"), 0, 0, 0, 1, 0), (1, 0, 0)]
)
def test_senseless_orientation_is_no_lineup(cosines: tuple[float, ...]) -> None:
    assert line_up(stack(np.zeros((3, 3)), cosines)) is None


def test_coronal_is_ninety_degrees_off() -> None:
    positions = np.array([[0.0, 5.0 * k, 0.0] for k in range(5)])
    lineup = line_up(stack(positions, (1, 0, 0, 0, 0, -1)))
    assert lineup is not None
    assert lineup.obliquity_deg == pytest.approx(90)
    assert lineup.tilt_deg == pytest.approx(0)
