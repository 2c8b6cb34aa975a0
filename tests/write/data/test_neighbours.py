"""Every number of a vertebra stands beside the same number one up and one down."""

from __future__ import annotations

import csv
import json
from itertools import pairwise

import pytest

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.write import write_results
from myotome.write.data.neighbours import DOWNWARDS, Neighbours, neighbours, next_to


def _area(level: str, value: float | None, structure: str = "psoas") -> Measurement:
    return Measurement(
        quantity="area",
        structure=structure,
        side="both",
        level=level,
        value=value,
        unit="cm2",
        status=Status.MEASURED if value is not None else Status.ABSENT,
        reason="" if value is not None else "none here",
    )


def test_vertebrae_follow_each_other_from_t5_to_s1() -> None:
    assert DOWNWARDS[0] == "T5"
    assert DOWNWARDS[-1] == "S1"
    for above, level in pairwise(DOWNWARDS):
        assert next_to(level)[0] == above
        assert next_to(above)[1] == level


def test_the_neighbours_are_of_the_same_quantity_structure_and_side() -> None:
    rows = (
        _area("L2", 10.0),
        _area("L3", 12.0),
        _area("L4", 15.0),
        _area("L2", 99.0, "rectus_abdominis"),
        _area("L5", None),
    )
    beside = neighbours(rows)
    assert [found.values for found in beside] == [
        (None, 12.0),
        (10.0, 15.0),
        (12.0, None),
        (None, None),
        (15.0, None),
    ]
    assert beside[1] == Neighbours(up=rows[0], down=rows[2])
    assert beside[2].down is rows[4]


@pytest.mark.parametrize("level", ["slab", "lung_base", "l5_end", "L3/L4"])
def test_what_is_no_vertebra_has_no_neighbours(level) -> None:
    rows = (_area("L2", 10.0), _area(level, 1.0), _area("L4", 15.0))
    assert neighbours(rows)[1] == Neighbours()


def test_tables_and_json_hold_them(result, tmp_path) -> None:
    write_results(result, tmp_path / "out")
    with (tmp_path / "out" / "measurements.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    document = json.loads((tmp_path / "out" / "measurements.json").read_text(encoding="utf-8"))
    area = {row["level"]: row for row in rows if row["structure"] == "psoas"
            and (row["quantity"], row["side"]) == ("area", "left")}  # fmt: skip
    assert area["L3"]["value_one_up"] == area["L2"]["value"] != ""
    assert area["L3"]["value_one_down"] == area["L4"]["value"] != ""
    for row, told in zip(rows, document["measurements"], strict=True):
        for key in ("value_one_up", "value_one_down"):
            if told[key] is None:
                assert row[key] == ""
            else:
                assert float(row[key]) == pytest.approx(told[key], rel=1e-5)
