"""Calibration on made-up rows with a known law, and the tool with a network that is a rule."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.evaluate.calibration import rows as gather
from myotome.evaluate.calibration.fit import (
    METHODS,
    calibrate,
    left_out_error,
    per_study,
    read_listing,
    standings,
    views,
)
from myotome.evaluate.calibration.rows import WORSE, Row
from myotome.evaluate.calibration.scan import Scan, read_scan
from myotome.evaluate.calibration.written import onto_card, write
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.confidence import SCORE, Calibration
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES


def law(raw: float, shift: float = 0.0) -> float:
    """A network that is too sure of itself: dice = expit(shift - 1 + 0.8 logit(raw))."""
    return float(1 / (1 + np.exp(1 - shift - 0.8 * np.log(raw / (1 - raw)))))


def made_up(shift_of_psoas: float = 0.0, noise: float = 0.0, seed: int = 0) -> list[Row]:
    rng = np.random.default_rng(seed)
    out = []
    for subject in "abcd":
        for muscle in MUSCLES:
            for block in (None, 0, 1):
                raw = float(rng.uniform(0.6, 0.99))
                shift = shift_of_psoas if muscle.group == "psoas" else 0.0
                dice = float(np.clip(law(raw, shift) + rng.normal() * noise, 0, 1))
                scores = {SCORE: raw, "chance": float(rng.uniform())}
                out.append(
                    Row(
                        subject=subject,
                        variant="",
                        muscle=muscle.key,
                        block=block,
                        scores=scores,
                        dice=dice,
                    )
                )
    return out


@pytest.mark.parametrize("method", METHODS)
def test_a_known_law_is_found(method: str) -> None:
    found = calibrate(made_up(), method=method)
    for raw in (0.7, 0.8, 0.9, 0.95):
        assert found.expected("rectus_abdominis", raw) == pytest.approx(law(raw), abs=0.03)
    assert found.error == pytest.approx(0, abs=0.03)
    assert found.made_from == "4 scans it had not learnt from"


def test_the_simplest_method_is_kept_unless_another_is_clearly_better() -> None:
    assert set(calibrate(made_up(noise=0.03)).rows) == {"all"}
    shifted = calibrate(made_up(shift_of_psoas=-1.5))
    assert shifted.expected("psoas", 0.9) == pytest.approx(law(0.9, -1.5), abs=0.05)
    assert shifted.expected("erector_spinae", 0.9) == pytest.approx(law(0.9), abs=0.03)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 99), method=st.sampled_from(sorted(METHODS)))
def test_every_map_rises_and_survives_the_card(seed: int, method: str) -> None:
    found = calibrate(made_up(noise=0.3, seed=seed), method=method)
    at = np.linspace(0, 1, 101)
    for group in ("psoas", "gluteus_medius"):
        dice = [found.expected(group, float(raw)) for raw in at]
        assert np.all(np.diff(dice) >= -1e-12)
        assert 0 <= min(dice) <= max(dice) <= 1
    again = Calibration.of_card({"calibration": found.entry()})
    assert again is not None
    assert again.expected("psoas", 0.9) == pytest.approx(found.expected("psoas", 0.9), abs=1e-3)


def test_the_error_is_that_on_a_subject_left_out() -> None:
    """Subject d follows another law, so whoever has seen only a, b and c is wrong on it."""
    odd = [replace(r, dice=r.dice / 2) if r.subject == "d" else r for r in made_up()]
    whole = [row for row in odd if row.block is None]
    assert left_out_error(whole, "logistic") > 0.1
    assert left_out_error([r for r in whole if r.subject != "d"], "logistic") < 0.01
    assert left_out_error([r for r in whole if r.subject == "a"], "logistic") is None


def test_a_score_that_means_something_beats_chance() -> None:
    found = {s.score: s for s in standings([r for r in made_up(noise=0.02) if r.block is None])}
    assert found[SCORE].spearman > 0.9
    assert abs(found["chance"].spearman) < 0.4
    assert found[SCORE].error < found["chance"].error / 2
    assert found[SCORE].error < found[f"{SCORE} uncalibrated"].error


def test_rows_are_compared_per_group_block_and_study() -> None:
    rows = made_up()
    seen = views(rows)
    assert len(seen["all muscles"]) == 48
    assert len(seen["psoas"]) == 8
    assert len(seen["blocks of 5 slices"]) == 96
    studies = {row.subject: row for row in per_study(rows)}
    of_a = [row.dice for row in rows if row.subject == "a" and row.block is None]
    assert studies["a"].dice == pytest.approx(np.mean(of_a))


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        calibrate(made_up()[:9])


def test_files_are_written_and_the_card_keeps_its_words(tmp_path: Path) -> None:
    rows = made_up(noise=0.05)
    found = calibrate(rows)
    compared = {name: standings(of) for name, of in views(rows).items()}
    write(rows, found, compared, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "calibration.json",
        "calibration.png",
        "rows.csv",
        "standings.csv",
    ]
    with (tmp_path / "out" / "rows.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(rows)
    card = tmp_path / "muscles.json"
    card.write_text(json.dumps({"name": "muscles", "licence": "CC BY 4.0"}))
    onto_card(card, found)
    document = json.loads(card.read_text())
    assert document["licence"] == "CC BY 4.0"
    assert Calibration.of_card(document) is not None


def test_a_listing_is_read_relative_to_itself_and_checked(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "a.onnx").touch()
    listing = tmp_path / "listing.json"
    listing.write_text(json.dumps([{"network": "a.onnx", "case": "case"}]))
    assert read_listing(listing) == [(tmp_path / "a.onnx", tmp_path / "case")]
    for text in ("[]", "{", '[{"network": "b.onnx", "case": "case"}]', '[{"case": 1}]', "[7]"):
        listing.write_text(text)
        with pytest.raises(InputError, match=r"listing\.json"):
            read_listing(listing)


def scan() -> Scan:
    """Two muscle discs in a body of fat; the reference of the left one is larger than seen."""
    grid = Grid.axial((12, 100, 100), (5.0, 3.0, 3.0))
    y = (np.arange(100) - 49.5) * 3.0
    body = np.hypot(y[:, None], y[None]) < 140
    labels = np.zeros((100, 100), np.uint8)
    labels[np.hypot(y[:, None], y[None] - 60) < 30] = MUSCLE["psoas_left"].value
    labels[np.hypot(y[:, None], y[None] + 60) < 30] = MUSCLE["psoas_right"].value
    plane = np.where(labels > 0, 120, np.where(body, -60, -1000)).astype(np.int16)
    reference = labels.copy()
    reference[np.hypot(y[:, None], y[None] - 60) < 36] = MUSCLE["psoas_left"].value
    volume = Volume(hu=np.broadcast_to(plane, grid.shape).copy(), grid=grid, source_grid=grid)
    return Scan(
        subject="case",
        volume=volume,
        slab=Slab(superior_z_mm=55, inferior_z_mm=0, superior_found=True, inferior_found=True),
        reference=np.broadcast_to(reference, grid.shape).copy(),
        annotated=np.ones((12, 13), np.bool_),
    )


def sides(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bright is psoas: left in the right half of the picture (i grows to the patient's left)."""
    logits = np.zeros((len(batch), 13, *batch.shape[2:]), np.float32)
    bright = 30 * (batch[:, 1] - 0.6)
    i = np.arange(batch.shape[3])
    body = (batch[:, 1] > 0).any(axis=(0, 1))
    middle = np.flatnonzero(body).mean()
    logits[:, 1] = np.where(i > middle, bright, -5)
    logits[:, 2] = np.where(i > middle, -5, bright)
    return logits


def test_rows_hold_real_dice_and_every_candidate() -> None:
    found = list(gather.rows(scan(), sides, ()))
    whole = {row.muscle: row for row in found if row.block is None}
    assert set(whole) == {"psoas_left", "psoas_right"}, "no row for a muscle that is not there"
    assert whole["psoas_right"].dice > 0.95
    # discs of 30 and 36 mm: 2 * 30^2 / (30^2 + 36^2) = 0.82
    assert whole["psoas_left"].dice == pytest.approx(0.82, abs=0.03)
    assert {row.block for row in found} == {None, 0, 1, 2}
    scores = whole["psoas_right"].scores
    assert set(scores) == {
        SCORE,
        "mean_probability",
        "rim_certainty",
        "mirror_dice",
        "slice_dice",
        "symmetry",
    }
    assert scores["mirror_dice"] > 0.9, "mirrored back, and the sides swapped"
    assert scores["slice_dice"] == pytest.approx(1)
    assert scores["symmetry"] > 0.9


@pytest.mark.parametrize("name", WORSE)
def test_every_spoilt_scan_is_a_scan_of_the_same_grid(name: str) -> None:
    whole = scan()
    spoilt = WORSE[name](whole)
    assert spoilt.volume.hu.dtype == np.int16
    assert spoilt.reference.shape == whole.reference.shape
    # this scan is the same in every slice and in the mirror, but for its reference
    changed = not np.array_equal(spoilt.volume.hu, whole.volume.hu)
    assert changed is (name not in ("slices 10 mm", "mirrored"))


def test_the_mirrored_scan_has_its_sides_swapped_back() -> None:
    spoilt = WORSE["mirrored"](scan())
    left = np.flatnonzero((spoilt.reference == MUSCLE["psoas_left"].value).any(axis=(0, 1)))
    assert left.mean() > 50, "left is still where i grows"
    found = {r.muscle: r for r in gather.rows(scan(), sides, ["mirrored"]) if r.block is None}
    assert found["psoas_right"].dice == pytest.approx(0.82, abs=0.03), "the poor side changed"


def test_real_cases_are_read_with_their_ranges(shared_data: Path) -> None:
    found = read_scan(shared_data / "cases" / "lidc_idri_0001")
    # slices.json: complete on z 0..24 of a file whose lowest slice comes first
    for muscle in MUSCLES:
        assert np.flatnonzero(found.annotated[:, muscle.value]).tolist() == list(range(25))
    assert found.reference[found.annotated[:, 1]].any()


def test_what_is_disputed_counts_for_neither_and_stays_so_in_the_mirror() -> None:
    whole = scan()
    reference = whole.reference.copy()
    left = MUSCLE["psoas_left"].value
    seen_by_both = next(gather.look(whole, sides, ())).labels == left
    reference[(reference == left) & ~seen_by_both] = 255
    settled = replace(whole, reference=reference)
    found = {r.muscle: r for r in gather.rows(settled, sides, ["mirrored"]) if r.block is None}
    assert found["psoas_left"].dice > 0.95, "the rim that only the reader drew is disputed"
    mirrored = WORSE["mirrored"](settled).reference
    assert np.array_equal(mirrored == 255, reference[..., ::-1] == 255)


def test_sizes_are_those_of_the_slices_looked_at() -> None:
    found = {
        (s.compared, s.structure, s.side): s
        for seen in gather.look(scan(), sides, ())
        for s in gather.sizes_of(seen)
    }
    left = found["volume", "psoas", "left"]
    # a disc of 30 mm seen, one of 36 mm drawn, over 12 slices of 5 mm
    assert left.reference == pytest.approx(np.pi * 3.6**2 * 6, rel=0.05)
    assert left.predicted / left.reference == pytest.approx(30**2 / 36**2, abs=0.05)
    assert found["volume", "psoas", "right"].log_error == pytest.approx(0, abs=0.05)
    assert 0 < left.raw <= 1


def test_borders_of_a_real_case_are_left_out_of_its_reference(
    shared_data: Path, tmp_path: Path
) -> None:
    case = tmp_path / "lidc_idri_0001"
    case.mkdir()
    for name in ("ct.nii.gz", "muscles.nii.gz", "slices.json"):
        (case / name).symlink_to(shared_data / "cases" / case.name / name)
    zone = {"zone": "upper_end", "slices": [10, 12], "muscles": ["psoas_left"]}
    (case / "borders.json").write_text(json.dumps({"disputed": [zone]}))
    disputed = (read_scan(case).reference == 255).any(axis=(1, 2))
    assert set(np.flatnonzero(disputed)) <= {10, 11, 12}
    assert disputed.any()
