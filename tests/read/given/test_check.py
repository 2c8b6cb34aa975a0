"""What a person may set: canonical names, and a clear word on everything else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from myotome.errors import InputError
from myotome.nouns.space.given import NOTHING, SetBy
from myotome.read.given.check import checked
from myotome.read.given.typed import typed
from myotome.tables.anatomy.spacing import MAY_BE_SET, PITCH_MM

WHOLE = {
    "T11": -300.0, "T12": -330.0, "L1": -362.0, "L2": -396.0, "L3": -431.0, "L4": -467.0,
    "L5": -503.0, "S1": -535.0, "lung_base": -320.0, "l5_end": -517.0,
}  # fmt: skip


def test_a_whole_spine_may_be_set_in_any_order_and_case() -> None:
    shuffled = {name.swapcase(): WHOLE[name] for name in sorted(WHOLE)}
    given = checked(shuffled, "  A. Reader ")
    assert dict(given.z_mm) == WHOLE
    assert list(given.z_mm) == [name for name in MAY_BE_SET if name in WHOLE]
    assert given.reader == "A. Reader"
    assert list(given.levels) == list(WHOLE)[:8]
    assert given.who("lung_base") is SetBy.USER
    assert checked({}) is NOTHING
    assert NOTHING.who("lung_base") is SetBy.PROGRAM
    assert not NOTHING


def test_any_real_number_will_do_and_stays_exact() -> None:
    given = checked({"L3": np.float32(-411.5), "L4": np.int64(-450), "L5": -484})
    assert dict(given.z_mm) == {"L3": -411.5, "L4": -450.0, "L5": -484.0}


@pytest.mark.parametrize(
    ("z_mm", "said"),
    [
        ({"L6": 1.0}, "no level and no plane"),
        ({"": 1.0}, "no level and no plane"),
        ({"L3": math.nan}, "not a number"),
        ({"L3": math.inf}, "not a number"),
        ({"L3": "1"}, "not a number"),
        ({"L3": True}, "not a number"),
        ({"L3": None}, "not a number"),
        ({"L3": 1e300}, "not a number"),
        ({"L3": 1.0, "l3": 2.0}, "set twice"),
        ({"L2": 100.0, "L3": 130.0}, "L3 was set at z=130 mm, not below L2"),
        ({"L2": 100.0, "L3": 100.0}, "not below"),
        ({"L2": 100.0, "L3": 100.0 - PITCH_MM[0] + 1}, f"{PITCH_MM[0] - 1:g} mm apart"),
        ({"L2": 100.0, "L3": 100.0 - PITCH_MM[1] - 1}, f"{PITCH_MM[1] + 1:g} mm apart"),
        ({"L1": 100.0, "L3": 75.0}, f"{2 * PITCH_MM[0]:g} to {2 * PITCH_MM[1]:g} mm"),
        ({"lung_base": 0.0, "l5_end": 0.0}, "l5_end was set at z=0 mm, not below lung_base"),
        ({"L5": 0.0, "l5_end": 5.0}, "not below L5"),
        ({"T12": 0.0, "l5_end": 5.0}, "not below T12"),
        ({"l5_end": 0.0, "S1": 5.0}, "S1 was set at z=5 mm, not below l5_end"),
        ({"lung_base": 0.0, "L3": 5.0}, "L3 was set at z=5 mm, not below lung_base"),
    ],
)
def test_what_cannot_be_is_refused(z_mm: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said) as told:
        checked(z_mm)
    assert told.value.mend


@pytest.mark.parametrize("reader", ["x" * 65, "a\nb", "Doe^Jane", "a=b", "a\\b", "\x00"])
def test_a_reader_must_be_a_name(reader: str) -> None:
    with pytest.raises(InputError, match="reader"):
        checked({"L3": 1.0}, reader)


def test_what_is_printed_can_be_typed() -> None:
    """The report prints a true minus, the picture "z -411.4 mm"."""
    words = ["L3=\u2212411.4", "l4 = -450", "LUNG_BASE=-300.0 mm", "T12=+1e2"]
    assert typed(words) == {"L3": -411.4, "L4": -450.0, "lung_base": -300.0, "T12": 100.0}


@pytest.mark.parametrize(
    "word", ["", "L3", "L3=", "L3=x", "=5", "L3:5", "L3=5=6", "L9=5", "L3=1,5"]
)
def test_what_is_no_level_and_z_is_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"is not a level and its z|no level and no plane"):
        typed([word])


def test_a_level_may_not_be_typed_twice() -> None:
    with pytest.raises(InputError, match="L3 was set twice"):
        typed(["L3=1", "l3=1"])
