"""Figures are drawn of whoever is there, and need no library that is not asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from myotome.stats import CohortRequest, from_frame, simulate_cohort
from myotome.stats.commands import mass_pictures
from myotome.stats.table.columns import GROSS, LEAN

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize(("people", "sex", "kind"), [(1, "", GROSS), (60, "F", LEAN)])
def test_few_people_or_one_sex_can_be_drawn(people, sex, kind, tmp_path: Path) -> None:
    rows = simulate_cohort(CohortRequest(people=people, seed=1)).frame()
    table = from_frame(rows[rows["sex"] == sex] if sex else rows)
    pictures = list(mass_pictures(table, tmp_path, kind))
    assert len(pictures) == 4
    for picture in pictures:
        assert (tmp_path / f"{picture.name}.svg").read_text(encoding="utf-8").startswith("<?xml")
        with Image.open(tmp_path / f"{picture.name}.png") as image:
            assert round(image.info["dpi"][0]) == 300
            assert image.convert("L").getextrema()[0] < 80  # something is drawn
        assert ("Vu et al. 2024" in picture.caption) == (
            kind is GROSS and picture.name != "gross_mass_against_age"
        )


def test_importing_the_statistics_loads_no_heavy_library() -> None:
    code = (
        "import sys, myotome.stats; "
        "heavy = {'pandas', 'statsmodels', 'matplotlib', 'lifelines', 'torch'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
