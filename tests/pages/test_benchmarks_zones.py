"""Dice by height: right labels have 1 in every zone, and only slices looked at count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the [train] extra")

from benchmarks.models.zones import ZONES, zone_rows

from myotome.train.cases.entry import entry_of_folder
from myotome.train.export.held_out import reference_of


def test_readers_and_networks_by_height(shared_data: Path) -> None:
    case = shared_data / "cases" / "cort_liver"
    reference = reference_of(entry_of_folder(case))
    assert reference is not None
    right = np.where(reference.muscles == 255, 0, reference.muscles).astype(np.uint8)
    rows = zone_rows(case, right, (0, len(right)))
    at = {(row["by"], row["zone"]): row for row in rows}
    assert [at["network", zone]["dice"] for zone in ZONES] == [1.0] * len(ZONES)
    # the case's README: below L2 0.960, L2 to L1 0.912, above L1 0.893
    second = [at["second reader", zone]["dice"] for zone in ZONES]
    assert second == pytest.approx([0.96, 0.91, 0.89], abs=0.04)

    half = right.copy()
    half[: len(half) // 2] = 0
    looked = zone_rows(case, half, (len(half) // 2, len(half)))
    found = {row["zone"]: row for row in looked if row["by"] == "network"}
    assert found["above L1"]["dice"] == 1.0
    assert found["to L2"]["muscles"] < at["network", "to L2"]["muscles"] or (
        found["to L2"]["reference_ml"] < at["network", "to L2"]["reference_ml"]
    )
    wrong = zone_rows(case, np.zeros_like(right), (0, len(right)))
    assert {row["dice"] for row in wrong if row["by"] == "network"} == {0.0}


def test_another_grid_has_no_rows(shared_data: Path) -> None:
    assert zone_rows(shared_data / "cases" / "hcc_048", np.zeros((3, 4, 5), np.uint8), (0, 3)) == []
