"""What is scored of one subject: annotated slices, sides, areas, masses, failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.evaluate.scores.case import Pair, load
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.overlap import Rule, State
from myotome.evaluate.scores.regions import COMPARTMENT_SET, MUSCLE_SET, TISSUE_SET
from myotome.evaluate.scores.rows import CaseScores, VolumeScore, score_case
from myotome.evaluate.scores.summary import summarise
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation

Save = Callable[..., Path]
Labels = NDArray[np.uint8]


def _segmentation(
    labels: Labels, grid: Grid, k_range: tuple[int, int] | None = None
) -> Segmentation:
    return Segmentation(
        labels=labels.copy(), grid=grid, backend="test", k_range=k_range or (0, len(labels))
    )


def _scores(
    predicted: Labels,
    reference: Labels,
    grid: Grid,
    *,
    ranges: dict[str, list[int]] | None = None,
    folder: Path | None = None,
    k_range: tuple[int, int] | None = None,
    options: Options | None = None,
) -> CaseScores:
    options = options or Options()
    slices = None
    if ranges is not None and folder is not None:
        slices = folder / "slices.json"
        slices.write_text(json.dumps({"complete_z": ranges}))
    pair = Pair(
        subject="s",
        predicted=_segmentation(predicted, grid, k_range),
        reference=_segmentation(reference, grid),
        slices=slices,
    )
    return score_case(load(pair, options.kind), options)


def _volume(scores: CaseScores, structure: str, side: str) -> VolumeScore:
    return next(v for v in scores.volumes if (v.structure, v.side) == (structure, side))


def test_a_map_against_itself(body: Labels, grid: Grid) -> None:
    scores = _scores(body, body, grid)
    assert not scores.warnings
    for v in scores.volumes:
        assert (v.dice, v.error_ml, v.error_percent) == (1.0, 0.0, 0.0)
        if v.surface is not None:
            assert (v.surface.assd_mm, v.surface.hd95_mm, v.surface.nsd) == (0.0, 0.0, 1.0)
    assert {s.dice for s in scores.slices} == {1.0, None}


def test_areas_volumes_and_masses_by_hand(body: Labels, grid: Grid) -> None:
    predicted = body.copy()
    predicted[1:3][predicted[1:3] == 1] = 0  # the left psoas lost on 2 of its 10 slices
    scores = _scores(predicted, body, grid)
    left = _volume(scores, "psoas", "left")
    # a slice of 4 x 7 voxels of 4 x 2 mm: 2.24 cm2; 5 mm thick: 1.12 ml
    assert (left.reference_ml, left.predicted_ml) == pytest.approx((11.2, 8.96))
    assert left.error_g == pytest.approx(-2.24 * 1.06)
    assert left.error_percent == pytest.approx(-20.0)
    assert left.dice == pytest.approx(16 / 18)
    both = _volume(scores, "psoas", "both")
    assert both.error_percent == pytest.approx(-10.0)
    areas = [s for s in scores.slices if (s.structure, s.side) == ("psoas", "left")]
    assert [s.state for s in areas].count(State.LOST) == 2
    assert [s.state for s in areas].count(State.EMPTY) == 2
    assert {round(s.reference_cm2, 6) for s in areas} == {0.0, 2.24}
    assert [s.z_mm for s in areas] == pytest.approx([100.0 + 5 * k for k in range(12)])


def test_only_annotated_slices_count(body: Labels, grid: Grid, tmp_path: Path) -> None:
    reference, predicted = body.copy(), body.copy()
    reference[:4] = 0  # not drawn there
    predicted[4:8][predicted[4:8] == 5] = 0
    ranges = {"default": [4, 11], "erector_spinae": [8, 11]}
    scores = _scores(predicted, reference, grid, ranges=ranges, folder=tmp_path)
    assert _volume(scores, "psoas", "left").slices == 8
    assert _volume(scores, "psoas", "left").dice == 1.0
    assert _volume(scores, "erector_spinae", "left").slices == 4
    assert _volume(scores, "erector_spinae", "left").dice == 1.0  # its gap is outside its range
    assert _volume(scores, "total", "both").slices == 4  # where all groups are annotated
    assert min(s.k for s in scores.slices) == 4
    wrong = _scores(predicted, reference, grid)
    assert _volume(wrong, "psoas", "left").dice == pytest.approx(14 / 17)


@pytest.mark.parametrize("axes", ["LPS", "RAS", "LPI", "SAR"])
def test_ranges_follow_the_files_own_z(
    body: Labels, grid: Grid, save: Save, tmp_path: Path, axes: str
) -> None:
    reference = body.copy()
    reference[:4] = 0
    down = "I" in axes
    ranges = {"default": [0, 7] if down else [4, 11]}
    (tmp_path / "slices.json").write_text(json.dumps({"complete_z": ranges}))
    pair = Pair(
        subject="s",
        predicted=save(tmp_path / "p.nii.gz", body, grid, "LAS"),
        reference=save(tmp_path / "r.nii.gz", reference, grid, axes),
        slices=tmp_path / "slices.json",
    )
    case = load(pair, MUSCLE_SET)
    assert np.flatnonzero(case.annotated[:, 0]).tolist() == list(range(4, 12))
    assert np.array_equal(case.reference, reference)
    assert np.array_equal(case.predicted, body)
    assert all(v.dice == 1.0 for v in score_case(case, Options()).volumes)


def test_ranges_of_every_group_need_no_default(
    body: Labels, grid: Grid, save: Save, tmp_path: Path
) -> None:
    ranges = {group: [2, 5] for group in MUSCLE_SET.groups}
    (tmp_path / "slices.json").write_text(json.dumps({"complete_z": ranges}))
    pair = Pair(
        subject="s",
        predicted=save(tmp_path / "p.nii.gz", body, grid, "LPS"),
        reference=save(tmp_path / "r.nii.gz", body, grid, "LPS"),
        slices=tmp_path / "slices.json",
    )
    assert np.flatnonzero(load(pair, MUSCLE_SET).annotated[:, 0]).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ({"psoas": [0, 3]}, "lack"),
        ({"default": [0, 12]}, "end at 12"),
        ({"default": [5, 4]}, "first to last"),
        ({"default": [0, 3], "heart": [0, 3]}, "unknown structures: heart"),
        ({"default": [0.5, 3]}, "cannot be read"),
        ({"default": 3}, "cannot be read"),
        ({"default": [0, 0]}, "empty"),
    ],
)
def test_bad_ranges(
    body: Labels, grid: Grid, tmp_path: Path, ranges: dict[str, list[int]], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        _scores(body, body, grid, ranges=ranges, folder=tmp_path)


def test_slices_the_prediction_did_not_look_at(body: Labels, grid: Grid) -> None:
    predicted = body.copy()
    predicted[:5] = 0
    scores = _scores(predicted, body, grid, k_range=(5, 12))
    assert _volume(scores, "psoas", "left").dice == 1.0
    assert _volume(scores, "psoas", "left").slices == 7
    assert any("5 annotated slices are not scored" in w for w in scores.warnings)
    blind = _scores(predicted, body, grid, k_range=(11, 11))
    lost = _volume(blind, "psoas", "left")
    assert (lost.slices, lost.dice, lost.error_g) == (0, None, None)
    assert "no annotated slice" in lost.reason


def test_a_results_folder_says_where_it_looked(
    body: Labels, grid: Grid, save: Save, tmp_path: Path
) -> None:
    predicted = body.copy()
    predicted[:5] = 0
    path = save(tmp_path / "run" / "segmentation.nii.gz", predicted, grid)
    pair = Pair(subject="s", predicted=path, reference=_segmentation(body, grid))
    assert load(pair, MUSCLE_SET).unseen == 0
    (path.parent / "landmarks.json").write_text("{}")
    (path.parent / "slices.csv").write_text("z_mm,structure\n125,psoas\n155,psoas\n")
    case = load(pair, MUSCLE_SET)
    assert np.flatnonzero(case.annotated[:, 0]).tolist() == list(range(5, 12))
    assert case.unseen == 5


def test_lost_invented_and_both_empty(body: Labels, grid: Grid) -> None:
    reference, predicted = body.copy(), body.copy()
    reference[np.isin(reference, (3, 7))] = 0
    predicted[np.isin(predicted, (5, 7))] = 0
    for rule, empty in ((Rule.SKIP, None), (Rule.ONE, 1.0)):
        scores = _scores(predicted, reference, grid, options=Options(rule=rule))
        invented = _volume(scores, "quadratus_lumborum", "left")
        lost = _volume(scores, "erector_spinae", "left")
        neither = _volume(scores, "gluteus_medius", "left")
        assert (invented.state, invented.dice) == (State.INVENTED, 0.0)
        assert (invented.error_percent, invented.surface) == (None, None)
        assert (lost.state, lost.dice, lost.error_percent) == (State.LOST, 0.0, -100.0)
        assert (neither.state, neither.dice, neither.surface) == (State.EMPTY, empty, None)
        rows = {
            (s.structure, s.side): s for s in summarise(scores.slices, scores.volumes, MUSCLE_SET)
        }
        assert rows["erector_spinae", "left"].lost_volumes == 1
        assert rows["erector_spinae", "left"].lost_slices == 10
        assert rows["quadratus_lumborum", "each"].invented_volumes == 1
        gluteus = rows["gluteus_medius", "left"].dice_slices
        assert (gluteus is None) is (rule is Rule.SKIP)
        assert rows["gluteus_medius", "left"].area is None  # nothing to agree on


@pytest.mark.parametrize("whose", ["prediction", "reference"])
def test_swapped_sides_are_said(body: Labels, grid: Grid, whose: str) -> None:
    swapped = np.where(body > 0, np.where(body % 2 == 1, body + 1, body - 1), 0).astype(np.uint8)
    maps = (swapped, body) if whose == "prediction" else (body, swapped)
    scores = _scores(*maps, grid)
    assert any(f"swapped, judged by where they lie: in the {whose}" in w for w in scores.warnings)
    psoas = _volume(scores, "psoas", "both")
    assert (psoas.swapped_percent, psoas.dice) == (100.0, 1.0)
    assert _volume(scores, "psoas", "left").dice == 0.0


def test_compartments_ignore_what_is_none_of_ours(grid: Grid, save: Save, tmp_path: Path) -> None:
    reference = np.zeros(grid.shape, np.uint8)
    reference[3:6, :, :20], reference[3:6, :, 20:] = 1, 6
    predicted = np.ones(grid.shape, np.uint8)
    pair = Pair(
        subject="s",
        predicted=save(tmp_path / "p.nii", predicted, grid),
        reference=save(tmp_path / "r.nii", reference, grid),
    )
    options = Options(kind=COMPARTMENT_SET)
    scores = score_case(load(pair, COMPARTMENT_SET), options)
    cavity = _volume(scores, "abdominal_cavity", "")
    assert (cavity.slices, cavity.dice, cavity.predicted_g) == (3, 1.0, None)
    assert cavity.predicted_ml == pytest.approx(3 * 30 * 20 * 0.04)


def test_tissue_areas_on_the_one_slice_that_has_them(
    grid: Grid, save: Save, tmp_path: Path
) -> None:
    reference, predicted = np.zeros(grid.shape, np.uint8), np.zeros(grid.shape, np.uint8)
    predicted[:, :, :10], predicted[:, :, 10:20] = 1, 2
    reference[7, :, :8], reference[7, :, 10:20] = 1, 2
    pair = Pair(
        subject="s",
        predicted=save(tmp_path / "p.nii.gz", predicted, grid),
        reference=save(tmp_path / "r.nii.gz", reference, grid),
    )
    scores = score_case(load(pair, TISSUE_SET), Options(kind=TISSUE_SET))
    found = {s.structure: s for s in scores.slices}
    assert {s.k for s in scores.slices} == {7}
    assert found["skeletal_muscle"].predicted_cm2 == pytest.approx(30 * 10 * 0.08)
    assert found["skeletal_muscle"].reference_cm2 == pytest.approx(30 * 8 * 0.08)
    assert found["subcutaneous_fat"].dice == 1.0
    assert found["visceral_fat"].state is State.EMPTY


def test_another_grid_is_refused(body: Labels, grid: Grid) -> None:
    other = Grid.axial(grid.shape, (5.0, 4.0, 2.1))
    pair = Pair(
        subject="anna7", predicted=_segmentation(body, other), reference=_segmentation(body, grid)
    )
    with pytest.raises(GridMismatchError, match="prediction of anna7"):
        load(pair, MUSCLE_SET)


def test_a_prediction_cropped_by_whole_slices_is_put_in_place(body: Labels, grid: Grid) -> None:
    cut = _segmentation(body[3:9], grid.crop_k(3, 9))
    case = load(Pair(subject="s", predicted=cut, reference=_segmentation(body, grid)), MUSCLE_SET)
    assert np.array_equal(case.predicted[3:9], body[3:9])
    assert not case.predicted[:3].any()


@pytest.mark.parametrize("which", ["predicted", "reference"])
def test_bad_files(body: Labels, grid: Grid, save: Save, tmp_path: Path, which: str) -> None:
    good = save(tmp_path / "good.nii.gz", body, grid)

    def refused(bad: Path, said: str) -> None:
        files = {"predicted": good, "reference": good, which: bad}
        with pytest.raises(InputError, match=said) as caught:
            load(Pair(subject="s", **files), MUSCLE_SET)
        assert str(tmp_path) not in str(caught.value)

    unknown = body.copy()
    unknown[0, 0, :3] = (13, 14, 200)
    refused(save(tmp_path / "a.nii.gz", unknown, grid), "none of the 12 muscles: 13, 14, 200")
    halves = body.astype(np.float32) + 0.5
    refused(save(tmp_path / "b.nii.gz", halves, grid), "fractions")
    refused(save(tmp_path / "c.nii.gz", body, grid, spatial=False), "neither sform nor qform")
    (tmp_path / "d.nii.gz").write_bytes(good.read_bytes()[:200])
    refused(tmp_path / "d.nii.gz", "ends before its values do")
    refused(tmp_path / "none.nii.gz", "do not exist")


def test_an_empty_prediction_is_scored_and_an_empty_reference_refused(
    body: Labels, grid: Grid
) -> None:
    nothing = np.zeros_like(body)
    assert _volume(_scores(nothing, body, grid), "total", "both").dice == 0.0
    with pytest.raises(InputError, match="reference of s is empty"):
        _scores(body, nothing, grid)


def test_segments_with_names(body: Labels, grid: Grid, save: Save, tmp_path: Path) -> None:
    # A 3D Slicer segmentation: one layer, segments known by name. NRRD: teem's definition.
    def nrrd(name: str) -> Path:
        path = tmp_path / "s.seg.nrrd"
        head = (
            "NRRD0004\ntype: unsigned char\ndimension: 3\nspace: left-posterior-superior\n"
            "sizes: 40 30 12\nspace directions: (2,0,0) (0,4,0) (0,0,5)\n"
            "kinds: domain domain domain\nencoding: raw\nspace origin: (-20,-30,100)\n"
            "Segment0_ID:=Segment_1\nSegment0_LabelValue:=7\nSegment0_Layer:=0\n"
            f"Segment0_Name:={name}\n\n"
        )
        path.write_bytes(head.encode() + np.where(body == 2, 7, 0).astype(np.uint8).tobytes())
        return path

    reference = save(tmp_path / "r.nii.gz", body, grid)
    pair = Pair(subject="s", predicted=nrrd("Right Psoas"), reference=reference)
    scores = score_case(load(pair, MUSCLE_SET), Options())
    assert _volume(scores, "psoas", "right").dice == 1.0
    assert _volume(scores, "psoas", "left").state is State.LOST
    with pytest.raises(InputError, match='a segment "spleen"'):
        load(Pair(subject="s", predicted=nrrd("spleen"), reference=reference), MUSCLE_SET)
