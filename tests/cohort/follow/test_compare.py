"""Two results folders of a phantom person: numbers against its truth, page, picture, refusals."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import myotome
from myotome.cohort.follow.change import Change
from myotome.cohort.follow.compare import compare, compared, write_comparison
from myotome.cohort.follow.extent import TOTAL, same_extent
from myotome.cohort.follow.side_by_side import l3_pictures
from myotome.errors import InputError, OutputError
from myotome.tables.cohort.following import Comparable


def volume_ml(visit, structure: str, top_mm: float, bottom_mm: float) -> float:
    """Of both sides by the phantom's formula."""
    truth = visit.truth.truth
    return sum(truth.volume_ml(f"{structure}_{s}", bottom_mm, top_mm) for s in ("left", "right"))


def changes_of(first, second) -> dict[str, Change]:
    return {one.row.key: one for one in compare(first.folder, second.folder).changes}


def test_the_same_vertebrae_hold_what_the_truth_says(visit) -> None:
    before, after = visit("before"), visit("after")
    found = same_extent(*(myotome.load(v.folder, with_masks=False) for v in (before, after)))
    assert found.comparable is Comparable.YES
    assert found.top is not None
    assert found.bottom is not None
    assert (found.top.words, found.bottom.words) == ("middle of T12", "lower end of L5")
    rows = {row.structure: row for row in found.rows}
    for structure, row in rows.items():
        if structure == TOTAL:
            continue
        a = volume_ml(before, structure, found.top.a_z_mm, found.bottom.a_z_mm) * 1.06
        b = volume_ml(after, structure, found.top.b_z_mm, found.bottom.b_z_mm) * 1.06
        # pixels of 2.5 mm and slices of 6 mm
        assert row.a_g == pytest.approx(a, rel=0.02, abs=1.0)
        assert row.b_g == pytest.approx(b, rel=0.02, abs=1.0)
    # linear size 0.98 to 0.80 in the plane
    assert rows["psoas"].percent == pytest.approx(100 * ((0.80 / 0.98) ** 2 - 1), abs=1.5)
    assert rows["erector_spinae"].percent == pytest.approx(0, abs=1.5)
    assert rows[TOTAL].a_g == pytest.approx(sum(r.a_g for k, r in rows.items() if k != TOTAL))


def test_a_scan_that_begins_lower_is_compared_between_what_both_show(visit) -> None:
    before, cropped = visit("before"), visit("cropped")
    found = compare(before.folder, cropped.folder)
    masses = [one for one in found.changes if one.row.key == "erector_spinae_gross_mass"]
    assert masses[0].comparable is Comparable.NO
    assert "in part only" in masses[0].reasons[0]
    extent = found.extent
    assert extent.comparable is Comparable.YES
    assert extent.top is not None
    assert extent.top.words in ("middle of L1", "middle of L2", "middle of L3")
    for row in extent.rows:
        assert row.percent == pytest.approx(0, abs=1.5)


def test_vertebrae_that_lie_further_apart_are_not_compared(visit) -> None:
    found = compare(visit("before").folder, visit("taller").folder).extent
    assert found.comparable is Comparable.NO
    assert found.rows == ()
    assert "mm apart in one study" in found.reasons[0]


def test_a_smaller_psoas_is_a_change_and_the_others_are_none(visit) -> None:
    found = {
        one.row.key: one for one in compare(visit("before").folder, visit("after").folder).changes
    }
    psoas = found["psoas_gross_mass"]
    assert psoas.percent == pytest.approx(100 * ((0.80 / 0.98) ** 2 - 1), abs=2)
    assert psoas.beyond is True
    assert psoas.range is not None
    assert psoas.change is not None
    assert (
        psoas.range.low < psoas.range.low_90 < psoas.change < psoas.range.high_90 < psoas.range.high
    )
    rectus = found["rectus_abdominis_gross_mass"]
    assert rectus.percent == pytest.approx(0, abs=2)
    assert rectus.beyond is None


def test_another_contrast_phase_forbids_attenuation_alone(visit) -> None:
    found = {
        one.row.key: one
        for one in compare(visit("before").folder, visit("enhanced").folder).changes
    }
    assert found["skeletal_muscle_l3_mean_hu"].comparable is Comparable.NO
    assert (
        "contrast phase: unenhanced and enhanced" in found["skeletal_muscle_l3_mean_hu"].reasons[0]
    )
    assert found["psoas_gross_mass"].comparable is not Comparable.NO


def test_page_tables_and_picture(visit, tmp_path: Path) -> None:
    told = write_comparison(visit("before").folder, visit("after").folder, tmp_path / "out")
    assert "psoas_gross_mass" in told["beyond_least_significant_change"]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names >= {"compare.html", "changes.csv", "changes.json", "l3_side_by_side.png"}
    page = (tmp_path / "out" / "compare.html").read_text()
    assert "<script" not in page
    assert "Psoas, gross mass" in page
    rows = list(csv.DictReader((tmp_path / "out" / "changes.csv").read_text().splitlines()))
    document = json.loads((tmp_path / "out" / "changes.json").read_text())
    assert [row["key"] for row in rows] == [row["key"] for row in document["changes"]]
    assert document["methods"].keys() == {
        *("change_80_any_correlation", "change_90_if_independent", "least_significant_change"),
    }
    with pytest.raises(OutputError, match="--overwrite"):
        write_comparison(visit("before").folder, visit("after").folder, tmp_path / "out")


def test_two_persons_are_refused_unless_meant(visit) -> None:
    a, b = (myotome.load(visit(name).folder, with_masks=False) for name in ("before", "after"))
    other = replace(b, subject_key="0" * 16)
    with pytest.raises(InputError, match="--other-subject"):
        compared(a, other)
    assert "two persons" in compared(a, other, other_subject=True).notes[0]
    unknown = replace(b, subject_key="")
    assert "Nobody can tell" in compared(a, unknown).notes[0]
    assert compared(a, a).notes == (
        "Both are of the same images: what differs comes from the program alone.",
    )
    assert all(one.change in (0.0, None) for one in compared(a, a).changes)


def test_what_is_no_result_is_refused(visit, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no results folder"):
        write_comparison(visit("before").folder, tmp_path / "nothing", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_both_slices_are_drawn_at_one_scale(visit, tmp_path: Path) -> None:
    before = visit("before").folder
    # the same picture of half as many pixels, as a body twice as wide would have
    small = tmp_path / "small" / "overlays"
    small.mkdir(parents=True)
    picture = Image.open(before / "overlays" / "axial_L3.png").convert("RGB")
    canvas = Image.new("RGB", picture.size, (0, 0, 0))
    canvas.paste(picture)
    canvas.save(small / "axial_L3.png")
    found = l3_pictures(before, tmp_path / "small")
    assert found is not None
    assert "Both at one scale" in found.caption
    canvas.paste((0, 0, 0), (canvas.width // 2, 0, canvas.width, canvas.height))
    canvas.save(small / "axial_L3.png")
    blind = l3_pictures(before, tmp_path / "small")
    assert blind is not None
    assert "its own scale" in blind.caption
    (small / "axial_L3.png").write_bytes(b"no picture")
    assert l3_pictures(before, tmp_path / "small") is None
