"""When fat is said to be off, and by how much."""

from __future__ import annotations

import pytest

from myotome.nouns.space.hu_scale import HuScale


@pytest.mark.parametrize(
    ("air", "fat", "shift"),
    [
        (-1000.0, -100.0, 0.0),
        (-1000.0, -86.0, 0.0),  # a lean, noisy and sound scan
        (-988.0, -108.0, 0.0),  # apart: no common shift
        (-980.0, -80.0, 20.0),
        (-1020.0, -120.0, -20.0),
        (-990.0, -91.0, 9.0),
        (None, -90.0, 10.0),
        (None, -95.0, 0.0),
        (-1000.0, -70.0, 30.0),
        (-960.0, None, 0.0),
        (None, None, 0.0),
    ],
)
def test_the_shift(air: float | None, fat: float | None, shift: float) -> None:
    assert HuScale(air_hu=air, fat_hu=fat, fat_expected_hu=-100.0).shift_hu == shift


def test_the_expected_fat_follows_the_tube_voltage() -> None:
    assert HuScale(air_hu=-1000.0, fat_hu=-117.0, fat_expected_hu=-113.0).shift_hu == 0.0
