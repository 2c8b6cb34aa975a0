"""The report says how much hangs on the two planes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.anatomy.muscles import GROUPS
from myotome.write.report.cells import Lookup
from myotome.write.report.page import render
from myotome.write.report.planes import plane_table
from myotome.write.results import draw

from .test_page import read


def _row(structure: str, quantity: str, level: str, value: float | None, **more) -> Measurement:
    return Measurement(
        quantity=quantity,
        structure=structure,
        side="both",
        level=level,
        value=value,
        unit="g" if quantity == "gross_mass" else "g/mm",
        definition="x",
        **{"status": Status.MEASURED, **more},
    )


def _rows() -> tuple[Measurement, ...]:
    absent = {"status": Status.ABSENT, "reason": "does not reach the lung base"}
    rows = []
    for structure in (*(group.key for group in GROUPS), "total"):
        gone = structure == "gluteus_medius"
        rows += [
            _row(structure, "gross_mass", "slab", 100.0),
            _row(structure, "mass_per_mm", "l5_end", 3.0),
            _row(structure, "mass_per_mm", "lung_base", None if gone else 2.0, **absent)
            if gone
            else _row(structure, "mass_per_mm", "lung_base", 2.0),
        ]
    return tuple(rows)


def test_each_muscle_has_both_planes_and_what_two_millimetres_are_worth() -> None:
    table = plane_table(Lookup(_rows()))
    assert table["heads"] == ["lung base", "inferior endplate of L5"]
    assert [row["words"] for row in table["rows"]] == [*(g.words for g in GROUPS), "total"]
    by_words = {row["words"]: row for row in table["rows"]}
    assert by_words["psoas"]["share"] == "10.0 %"  # 2 mm of 5 g/mm, of 100 g
    assert by_words["gluteus medius"]["share"] == "6.0 %"
    assert by_words["gluteus medius"]["cells"][0].text == "\u2013"
    assert table["notes"] == ["does not reach the lung base"]


def test_a_result_that_was_not_asked_has_no_table() -> None:
    assert plane_table(Lookup(())) is None


def test_a_plane_out_of_view_is_words_in_the_report(result) -> None:
    lost = {"status": Status.NOT_MEASURABLE, "reason": "no lung is in view"}
    rows = [
        replace(m, value=None, **lost) if m.level == "lung_base" else m
        for m in _rows()
        if m.quantity == "mass_per_mm"
    ]
    own = tuple(m for m in result.measurements if m.quantity != "mass_per_mm")
    told = replace(result, measurements=(*own, *rows))
    text = read(render(told, draw(told))).text
    assert "How much hangs on the two planes" in text
    section = text.partition("How much hangs on the two planes")[2][:900]
    assert "not measurable" in section
    assert "no lung is in view" in section


@pytest.mark.parametrize("name", ["result", "empty_result"])
def test_older_results_without_it_are_shown(name, request) -> None:
    told = request.getfixturevalue(name)
    assert "How much hangs" not in render(told, draw(told))
