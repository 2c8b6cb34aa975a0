"""``borders.json`` is understood, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from myotome.errors import InputError
from myotome.segment.labels.borders import read_borders, upwards
from myotome.tables.anatomy.borders import ZONE

END = {"zone": "upper_end", "slices": [3, 6]}


def written(folder: Path, **content: object) -> Path:
    path = folder / "borders.json"
    path.write_text(json.dumps(content))
    return path


def test_muscles_groups_and_all_of_a_zone(tmp_path: Path) -> None:
    rows = [END, {**END, "muscles": ["psoas_left"]}, {**END, "muscles": ["quadratus_lumborum"]}]
    found = read_borders(written(tmp_path, disputed=rows, gate={"muscles": ["psoas"]}))
    assert [d.values for d in found.disputed] == [(1, 2, 3, 4), (1,), (3, 4)]
    assert {d.zone for d in found.disputed} == {ZONE["upper_end"]}
    assert (found.gated, found.lowest_hu) == ((1, 2), -29.0)
    assert read_borders(written(tmp_path)).disputed == ()


def test_slices_of_a_file_that_runs_down_are_turned(tmp_path: Path) -> None:
    (dispute,) = upwards(read_borders(written(tmp_path, disputed=[END])), 10).disputed
    assert (dispute.first, dispute.last) == (3, 6)
    row = {**END, "slices": [0, 2]}
    (dispute,) = upwards(read_borders(written(tmp_path, disputed=[row])), 10).disputed
    assert (dispute.first, dispute.last) == (7, 9)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"disputed": [{**END, "zone": "kidney"}]}, 'no disputed zone "kidney"'),
        ({"disputed": [{**END, "slices": [6, 3]}]}, "not first to last"),
        ({"disputed": [{**END, "slices": [3]}]}, "no borders of labels"),
        ({"disputed": [{**END, "slices": [1.5, 3]}]}, "no borders of labels"),
        ({"disputed": [{**END, "muscles": ["biceps"]}]}, "no muscles biceps"),
        ({"disputed": [{**END, "muscles": ["psoas", "erector_spinae"]}]}, "none of erector_spinae"),
        ({"disputed": [{**END, "box_mm": [0, 1, 0, 1]}]}, "has no box_mm"),
        ({"disputed": [{"zone": "gap_in_wall", "slices": [0, 1]}]}, "needs box_mm"),
        (
            {"disputed": [{"zone": "gap_in_wall", "slices": [0, 1], "box_mm": [1, 0, 0, 1]}]},
            "not from and to",
        ),
        ({"disputed": [{**END, "side": "left"}]}, "unknown words: side"),
        ({"zones": []}, "unknown words: zones"),
        ({"gate": {"muscles": ["psoas"], "lowest_hu": "low"}}, "no borders of labels"),
        ({"disputed": {"zone": 1}}, "no borders of labels"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read_borders(written(tmp_path, **content))
    assert "borders.json" in str(caught.value)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "borders.json"
    for text in ("[]", "{", "7", ""):
        path.write_text(text)
        with pytest.raises(InputError, match="no borders of labels"):
            read_borders(path)
