"""Labels whose values were exchanged lie in another order from the front to the back."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.phantom import Anatomy, render
from myotome.segment.labels.order import of_order
from myotome.tables.anatomy.expectations import IN_FRONT_OF
from myotome.tables.anatomy.muscles import MUSCLE


@pytest.fixture(scope="module", params=[None, 3, 7], ids=lambda seed: f"body {seed}")
def labels(request: pytest.FixtureRequest) -> np.ndarray:
    body = Anatomy() if request.param is None else Anatomy.draw(request.param)
    return render(body, spacing_mm=(10.0, 4.0, 4.0)).segmentation.labels


def exchanged(labels: np.ndarray, one: str, two: str) -> np.ndarray:
    table = np.arange(256, dtype=np.uint8)
    first, second = MUSCLE[one].value, MUSCLE[two].value
    table[[first, second]] = second, first
    return table[labels]


def test_muscles_in_their_places_say_nothing(labels: np.ndarray) -> None:
    assert of_order(labels) == ()
    assert of_order(labels[:, :, ::-1]) == ()
    assert of_order(np.zeros_like(labels)) == ()
    assert of_order(np.where(labels == MUSCLE["psoas_left"].value, labels, 0)) == ()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("front", "back"), IN_FRONT_OF)
def test_exchanged_muscles_are_told(labels: np.ndarray, front: str, back: str, side: str) -> None:
    (flag,) = of_order(exchanged(labels, f"{front}_{side}", f"{back}_{side}"))
    assert flag.code == "labels_order"
    assert side in flag.message


def test_labels_from_back_to_front_are_told(labels: np.ndarray) -> None:
    assert [flag.code for flag in of_order(labels[:, ::-1])] == ["labels_order"]
