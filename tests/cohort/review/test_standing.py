"""What stands out is found, ordered and said in words; what nobody can tell is not guessed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from myotome.cohort.review.gathered import failed
from myotome.cohort.review.standing import Standing, robust_z, standings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.opened import open_cohort
from myotome.tables.cohort.standing import ASYMMETRY, DICE, SIGNS

MASS = "total_gross_mass"
Make = Callable[..., None]
Row = Callable[..., dict[str, Any]]


def ranked(layout: Layout) -> dict[str, Standing]:
    with open_cohort(layout.root) as cohort:
        return {one.study: one for one in standings(cohort)}


@pytest.fixture
def mass(row: Row) -> Row:
    def made(grams: float | None, **more: Any) -> dict[str, Any]:
        return row("gross_mass", "total", grams, **more)

    return made


def test_robust_z_is_that_of_the_definition() -> None:
    x = {str(n): v for n, v in enumerate((2.0, 3.1, 2.7, 9.0, 3.3, 2.2, 3.0, 2.9, 2.5))}
    values = np.array(list(x.values()))
    mad = np.median(np.abs(values - np.median(values)))
    # 0.6745 (x - median) / MAD, Iglewicz and Hoaglin 1993
    expected = 0.6745 * (values - np.median(values)) / mad
    assert list(robust_z(x).values()) == pytest.approx(list(expected), rel=1e-4)
    logs = robust_z({name: math.exp(value) for name, value in x.items()}, logarithm=True)
    assert list(logs.values()) == pytest.approx(list(robust_z(x).values()))


def test_too_few_or_equal_values_have_no_z() -> None:
    assert robust_z({str(n): float(n) for n in range(7)}) == {}
    assert robust_z({str(n): 1.0 for n in range(20)}) == {}
    assert "0" not in robust_z({str(n): float(n) for n in range(20)}, logarithm=True)


def test_one_far_from_the_others_comes_first_and_says_why(
    layout: Layout, add: Make, mass: Row
) -> None:
    for n in range(10):
        add(f"{n}", mass(2000.0 + 40 * n))
    add("far", mass(9000.0))
    found = ranked(layout)
    first = found["far"]
    assert first.rank == 1
    assert [one.sign for one in first.reasons] == ["far"]
    assert first.reasons[0].words.startswith("All muscles, gross mass: 9000 g, ")
    assert first.reasons[0].words.endswith("robust SD above the median of all.")
    assert sorted(one.rank for one in found.values()) == list(range(1, 12))
    assert not any(one.reasons for name, one in found.items() if name != "far")


def test_women_are_compared_with_women_where_there_are_enough(
    layout: Layout, add: Make, mass: Row
) -> None:
    for n in range(20):
        add(f"f{n}", mass(1500.0 + 10 * n), sex="F")
        add(f"m{n}", mass(3000.0 + 10 * n), sex="M")
    add("f_as_men", mass(3100.0), sex="F")
    add("nobody", mass(2000.0))
    found = ranked(layout)
    assert found["f_as_men"].among[MASS] == "women"
    assert [one.sign for one in found["f_as_men"].reasons] == ["far"]
    assert found["m3"].among[MASS] == "men"
    assert found["nobody"].among[MASS] == "all"
    assert not found["nobody"].reasons


def test_few_of_a_sex_are_compared_with_everybody(layout: Layout, add: Make, mass: Row) -> None:
    for n in range(19):
        add(f"f{n}", mass(1500.0 + n), sex="F")
    add("m", mass(1504.0), sex="M")
    assert {one.among[MASS] for one in ranked(layout).values()} == {"all"}


def test_what_was_measured_in_part_or_not_at_all_is_not_compared(
    layout: Layout, add: Make, mass: Row
) -> None:
    for n in range(10):
        add(f"{n}", mass(2000.0 + 40 * n))
    add("partial", mass(300.0, status="partial"))
    add("none", mass(None, status="not_measurable"))
    found = ranked(layout)
    assert found["partial"].values == {} == found["none"].values
    assert found["partial"].points == 0 == found["none"].points


def test_flags_count_by_severity_and_level_doubts_are_named(layout: Layout, add: Make) -> None:
    add("a", flags=[("metal", "failure", "It failed.")])
    add("b", flags=[("level_low_confidence", "warning", "L3 is doubtful.")])
    add("c", flags=[("metal", "warning", "Metal."), ("thin_slices", "info", "Thin.")])
    add("d", flags=[("thin_slices", "info", "Thin.")])
    found = ranked(layout)
    assert [(one.sign, one.words) for one in found["a"].reasons] == [("failure", "It failed.")]
    assert [one.sign for one in found["b"].reasons] == ["level"]
    assert [one.sign for one in found["c"].reasons] == ["warning"]
    assert found["d"].reasons == ()
    assert [found[name].rank for name in "abcd"] == [1, 2, 3, 4]


def test_many_warnings_never_outweigh_a_failure(layout: Layout, add: Make) -> None:
    codes = ("metal", "arms_down", "wall_cut", "noisy_image", "kvp_unusual", "not_supine", "child")
    add("warned", flags=[(code, "warning", code) for code in codes])
    add("failed", flags=[("metal", "failure", "It failed.")])
    found = ranked(layout)
    assert found["warned"].points == SIGNS["warning"].most
    assert found["failed"].rank == 1


def test_sides_that_differ_and_poor_outlines_are_named(layout: Layout, add: Make, row: Row) -> None:
    volumes = {"left": 200.0, "right": 100.0, "both": 300.0}
    add(
        "a",
        *(
            row("volume", "psoas", v, side=side, unit="ml", dice=0.61)
            for side, v in volumes.items()
        ),
        row("volume", "total", 1000.0, unit="ml", dice=0.70),
        flags=[("side_asymmetry", "warning", "said"), ("low_confidence", "warning", "said")],
    )
    found = ranked(layout)["a"]
    assert [one.sign for one in found.reasons] == ["dice", "dice", "asymmetry"]
    words = [one.words for one in found.reasons]
    assert words[0] == "All muscles: a Dice of 0.70 is expected, below 0.75."
    assert words[1] == "Psoas: a Dice of 0.61 is expected, below 0.725."
    assert words[2] == "Psoas: left 2.00 times the right."
    assert found.values[ASYMMETRY] == 2.0
    assert found.values[DICE] == 0.70


def test_only_the_last_attempt_counts_and_failed_studies_are_told(
    layout: Layout, add: Make
) -> None:
    add("a", flags=[("metal", "failure", "It failed.")])
    add("a", attempt=2)
    add("b", state="failed", reason="timeout", message="It took too long.")
    assert [(one.study, one.points) for one in ranked(layout).values()] == [("a", 0)]
    with open_cohort(layout.root) as cohort:
        assert failed(cohort) == [("b", "timeout", "It took too long.")]
