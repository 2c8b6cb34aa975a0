"""Synthetic CTs: drawn once, rendered the same twice, labels that still fit the picture."""

import dataclasses
import json

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.errors import InputError
from myotome.tables.anatomy.muscles import GROUPS
from myotome.train.cases.case import TrainingCase
from myotome.train.render import RenderRequest
from myotome.train.render import render as render_pool
from myotome.train.synthesis import pool as rendered
from myotome.train.synthesis.look import BOWEL_FILLINGS, Look, draw_look
from myotome.train.synthesis.tissues import PHASES, field, grain, organ_aims
from myotome.train.synthesis.where import anatomy

SHAPE = (8, 90, 120)
ES_LEFT, PSOAS_LEFT, AORTA, COLON = 5, 1, 52, 20


@pytest.fixture(scope="module")
def case() -> TrainingCase:
    """A body of fat with one erector, one psoas, a spine, an aorta and a loop of colon."""
    rng = np.random.default_rng(0)
    j, i = np.indices(SHAPE[1:])
    hu = np.full(SHAPE, -1000.0, np.float32)
    muscles, organs = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    compartments = np.zeros(SHAPE, np.uint8)

    def put(centre, radii, value, *, muscle=0, organ=0, compartment=0):
        own = ((j - centre[0]) / radii[0]) ** 2 + ((i - centre[1]) / radii[1]) ** 2 < 1
        hu[:, own] = value
        muscles[:, own] = muscle
        organs[:, own] = organ
        compartments[:, own] = compartment

    put((45, 60), (38, 52), -106, compartment=3)
    put((42, 60), (28, 42), 45, compartment=2)
    put((40, 60), (24, 38), -98, compartment=1)
    put((60, 60), (9, 9), 180, organ=29, compartment=4)
    put((74, 76), (8, 12), 40, muscle=ES_LEFT, compartment=2)
    put((58, 80), (7, 7), 50, muscle=PSOAS_LEFT, compartment=2)
    put((44, 60), (5, 5), 42, organ=AORTA, compartment=1)
    put((28, 50), (8, 14), 20, organ=COLON, compartment=1)
    hu += 6 * rng.standard_normal(SHAPE).astype(np.float32)
    return TrainingCase(
        name="made_up",
        hu=hu,
        muscles=muscles,
        compartments=compartments,
        annotated=np.ones((SHAPE[0], len(GROUPS)), bool),
        organs=organs,
        dz_mm=3.0,
    )


def plain(**changes: object) -> Look:
    """A look that changes nothing but what is asked for."""
    look = Look(
        seed=3,
        painted=False,
        muscle_hu=(50.0,) * 6,
        side_hu=0.0,
        other_muscle_hu=45.0,
        fat_share=(0.0,) * 6,
        edge_mm=(0.0,) * 6,
        fat_hu=-106.0,
        visceral_fat_hu=-98.0,
        phase="none",
        enhancement=1.0,
        filling=(1.0, 0.0, 0.0, 0.0, 0.0),
        contrast_agent_hu=300.0,
        stranding_hu=0.0,
        ascites_mm=0.0,
        bone_gain=1.0,
        marrow_hu=0.0,
        oedema_hu=0.0,
        noise_hu=8.0,
        grain_px=0.7,
        blur_px=0.5,
    )
    return dataclasses.replace(look, **changes)


def render(case: TrainingCase, look: Look) -> TrainingCase:
    return next(rendered.render_case(case, [look]))


@given(st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_every_draw_is_within_its_bounds_and_recordable(seed: int) -> None:
    look = draw_look(np.random.default_rng(seed), painted=False)
    again = draw_look(np.random.default_rng(seed), painted=False)
    assert look == again
    record = json.loads(look.to_json())
    assert set(record) == {f.name for f in dataclasses.fields(Look)}
    assert all(20 <= hu <= 75 for hu in look.muscle_hu)
    assert all(0 <= share <= 0.6 for share in look.fat_share)
    assert len(look.filling) == len(BOWEL_FILLINGS)
    assert sum(look.filling) == pytest.approx(1)
    assert look.phase in PHASES


def test_a_variant_does_not_depend_on_how_many_there_are() -> None:
    assert rendered.looks("somebody", 4, 5)[:2] == rendered.looks("somebody", 4, 2)
    assert rendered.looks("somebody", 4, 2) != rendered.looks("somebody else", 4, 2)
    assert rendered.looks("somebody", 4, 2) != rendered.looks("somebody", 5, 2)


@pytest.mark.parametrize("painted", [False, True])
def test_same_look_same_voxels(case: TrainingCase, painted: bool) -> None:
    look = draw_look(np.random.default_rng(7), painted=painted)
    first, second = render(case, look), render(case, look)
    np.testing.assert_array_equal(first.hu, second.hu)
    np.testing.assert_array_equal(first.muscles, second.muscles)
    other = render(case, dataclasses.replace(look, seed=look.seed + 1, stranding_hu=40.0))
    assert (other.hu != first.hu).any()


@pytest.mark.parametrize("aim", [22.0, 70.0])
@pytest.mark.parametrize("painted", [False, True])
def test_muscle_gets_the_drawn_mean_and_keeps_its_label(
    case: TrainingCase, aim: float, painted: bool
) -> None:
    out = render(case, plain(muscle_hu=(45.0, 45.0, aim, 45.0, 45.0, 45.0), painted=painted))
    original = rendered.trimmed(case)
    np.testing.assert_array_equal(out.muscles, original.muscles)
    deep = original.muscles == ES_LEFT
    deep = deep & np.roll(deep, 3, 1) & np.roll(deep, -3, 1) & np.roll(deep, 3, 2)
    assert np.median(out.hu[deep]) == pytest.approx(aim, abs=4)


def test_muscle_turned_fat_loses_its_label_and_lean_muscle_keeps_it(case: TrainingCase) -> None:
    share = (0.0, 0.0, 0.5, 0.0, 0.0, 0.0)
    out, original = render(case, plain(fat_share=share)), rendered.trimmed(case)
    was = original.muscles == ES_LEFT
    assert 0.05 < (out.muscles[was] != ES_LEFT).mean() < 0.8
    assert out.hu[was & (out.muscles == 0)].mean() < -29  # where the reference stops
    assert out.hu[was & (out.muscles == ES_LEFT)].mean() > 0
    psoas = original.muscles == PSOAS_LEFT
    np.testing.assert_array_equal(out.muscles[psoas], original.muscles[psoas])


def test_labels_never_change_into_another_muscle(case: TrainingCase) -> None:
    original = rendered.trimmed(case)
    for seed in range(4):
        out = render(case, draw_look(np.random.default_rng(seed), painted=seed % 2 == 1))
        same = out.muscles == original.muscles
        assert np.isin(out.muscles[~same], (0, 255)).all()
        assert out.hu.dtype == np.float32
        assert np.isfinite(out.hu).all()


def test_the_arterial_phase_brightens_the_aorta(case: TrainingCase) -> None:
    original = rendered.trimmed(case)
    aorta = original.organs == AORTA
    none, arterial = (render(case, plain(phase=p)) for p in ("none", "arterial"))
    assert np.median(none.hu[aorta]) < 90
    assert np.median(arterial.hu[aorta]) > 150


@pytest.mark.parametrize(
    ("filling", "low", "high"), [(1, -1024, -800), (2, -30, 60), (4, 200, 360)]
)
def test_bowel_is_filled_with_what_was_drawn(
    case: TrainingCase, filling: int, low: float, high: float
) -> None:
    weights = tuple(1.0 if n == filling else 0.0 for n in range(len(BOWEL_FILLINGS)))
    out = render(case, plain(filling=weights))
    colon = rendered.trimmed(case).organs == COLON
    deep = colon & np.roll(colon, 5, 1) & np.roll(colon, -5, 1)
    assert ((out.hu[deep] > low) & (out.hu[deep] < high)).mean() > 0.4


def test_air_around_the_body_stays_air(case: TrainingCase) -> None:
    out, original = render(case, plain(oedema_hu=60.0, stranding_hu=50.0)), rendered.trimmed(case)
    assert out.hu[original.hu < -900].max() < -800


def test_anatomy_without_compartments_finds_the_cavity_inside_the_wall() -> None:
    j, i = np.indices((100, 140))
    r = np.hypot((j - 50) / 40, (i - 70) / 60)
    hu = np.where(r < 1, -100.0, -1000.0)[None].repeat(3, 0).astype(np.float32)
    ring = (r > 0.72) & (r < 0.8) & (np.abs(i - 70) > 8)  # a wall with two gaps
    hu[:, ring] = 50
    muscles = np.where(ring, 11, 0).astype(np.uint8)[None].repeat(3, 0)
    case = TrainingCase(
        name="ring",
        hu=hu,
        muscles=muscles,
        compartments=np.full(hu.shape, 255, np.uint8),
        annotated=np.ones((3, 6), bool),
        organs=np.zeros(hu.shape, np.uint8),
        dz_mm=4.0,
    )
    where = anatomy(case)
    inside = r < 0.65
    assert where.cavity[1][inside].mean() > 0.97
    assert not where.cavity[1][r > 0.85].any()
    assert where.subcutaneous[1][(r > 0.88) & (r < 0.95)].mean() > 0.8


def test_fields_have_unit_variance_and_noise_is_not_smooth() -> None:
    rng = np.random.default_rng(1)
    smooth = field(rng, (10, 64, 64), 3.0, (20.0, 20.0))
    noise = grain(rng, (4, 64, 64), 0.7)
    assert smooth.std() == pytest.approx(1, abs=0.01)
    assert noise.std() == pytest.approx(1, abs=0.01)
    assert np.abs(np.diff(smooth, axis=2)).mean() < 0.3 < np.abs(np.diff(noise, axis=2)).mean()
    blocks = noise.reshape(4, 8, 8, 8, 8).mean(axis=(2, 4))
    assert blocks.std() < 1 / 8  # white noise would give 1/8: reconstruction noise less


def test_phases_order_the_organs_as_radiology_does() -> None:
    rng = np.random.default_rng(0)
    draws = {p: np.mean([organ_aims(rng, p, 1.0) for _ in range(50)], axis=0) for p in PHASES}
    assert draws["arterial"][AORTA] > draws["portal"][AORTA] > draws["none"][AORTA]
    assert draws["portal"][5] > draws["arterial"][5] > draws["none"][5]  # the liver comes later
    assert np.isnan(draws["none"][29])  # a vertebra is no organ


def test_what_is_saved_is_loaded(case: TrainingCase, tmp_path) -> None:
    look = plain()
    made = render(case, look)
    path = rendered.save_rendered(made, look.to_json(), tmp_path)
    (back,) = rendered.load_pool(tmp_path)
    assert back.name == "made_up~render0"
    assert back.subject == "made_up"
    assert rendered.load_pool(tmp_path, without={"made_up"}) == []
    assert np.abs(back.hu - made.hu).max() <= 0.5
    for key in ("muscles", "compartments", "annotated", "organs"):
        np.testing.assert_array_equal(getattr(back, key), getattr(made, key))
    assert back.dz_mm == made.dz_mm
    with np.load(path, allow_pickle=False) as file:
        assert file["hu"].dtype == np.int16
        assert json.loads(str(file["look"]))["seed"] == look.seed
    assert [p.name for p in tmp_path.iterdir()] == [path.name]  # no partial file left


@pytest.mark.parametrize("damage", ["cut", "text", "pickle"])
def test_a_damaged_file_is_refused_by_name(tmp_path, case: TrainingCase, damage: str) -> None:
    path = rendered.save_rendered(render(case, plain()), "{}", tmp_path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    elif damage == "text":
        path.write_text("not an archive")
    else:
        np.savez(path, hu=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="made_up~render0"):
        rendered.load_pool(tmp_path)


@pytest.fixture
def label_map(tmp_path):
    """Back muscles, psoas, gluteus medius, hip, spine and colon as TotalSegmentator names them."""
    ids = np.zeros((120, 90, 60), np.uint8)  # i, j, k of the file: R, A, S with this affine
    ids[52:68, 30:46, :] = 29
    ids[52:68, 30:46, 10:20] = 26
    for side, back, psoas, glutei, hip in ((-1, 87, 89, 83, 78), (1, 86, 88, 82, 77)):
        centre = 60 + side * 18
        ids[centre - 10 : centre + 10, 10:28, 8:] = back
        ids[centre - 6 : centre + 6, 40:54, 8:50] = psoas
        ids[60 + side * 40 - 3 : 60 + side * 40 + 3, 20:50, 2:26] = hip
        ids[60 + side * 48 - 4 : 60 + side * 48 + 4, 20:50, 6:24] = glutei
    ids[30:90, 64:76, 12:] = 20
    folder = tmp_path / "labels" / "somebody"
    folder.mkdir(parents=True)
    affine = np.diag([-1.5, 1.5, 1.5, 1.0])  # first axis to the left
    nibabel.save(nibabel.Nifti1Image(ids, affine), folder / "labels.nii.gz")
    return tmp_path


def test_a_label_map_becomes_bodies_with_partial_annotation(label_map, tmp_path) -> None:
    out = tmp_path / "pool"
    request = RenderRequest(data=label_map / "labels", out=out, variants=1, seed=2)
    assert render_pool(request)["rendered"] == 1
    (case,) = rendered.load_pool(out)
    with np.load(out / "somebody~render0.npz", allow_pickle=False) as file:
        assert 9 <= json.loads(str(file["look"]))["build"]["lateral_mm"] <= 22
    keys = [g.key for g in GROUPS]
    assert not case.annotated[:, [keys.index("rectus_abdominis"), 1, 5]].any()
    assert case.annotated[:, keys.index("erector_spinae")].any()
    psoas = case.annotated[:, keys.index("psoas")]
    hips = np.isin(case.organs, (77, 78)).any(axis=(1, 2))
    assert psoas.any()
    assert not (psoas & hips).any()
    left, right = (np.argwhere(case.muscles == v)[:, 2].mean() for v in (5, 6))
    assert left > right  # canonical order: the patient's left at high i
    lean = case.hu[case.muscles == 5].mean()
    assert 0 < lean < 90
    middle = case.hu[len(case.hu) // 2]
    assert (middle[0] < -900).all()
    body = middle > -300
    fat = (middle > -150) & (middle < -50) & body
    assert 0.05 < fat.sum() / body.sum() < 0.95


def test_no_subject_no_success(tmp_path) -> None:
    with pytest.raises(InputError, match="no case folders"):
        render_pool(RenderRequest(data=tmp_path, out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
