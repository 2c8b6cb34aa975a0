"""What is no abdomen is refused by name: drawn bodies with the bundled networks, and the rules."""

from __future__ import annotations

import pytest

from myotome.errors import AnatomyError
from myotome.locate import locate
from myotome.locate.upright.region import resembles
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.given import Given
from myotome.nouns.space.volume import Volume
from myotome.phantom.others import OTHERS, other
from myotome.tables.anatomy.regions import MEASURE, REGION, REGIONS

ABDOMEN = {
    "bone_ml": 200.0,
    "area_cm2": 600.0,
    "lowest_lung_cm2": 0.0,
    "kidneys_ml": 250.0,
    "liver_ml": 1400.0,
    "hips_ml": 100.0,
    "bodies": 9.0,
}

NAMED = {
    "air": "air",
    "noise": "uncountable",
    "bottle": "object",
    "bottle on a table": "object",
    "box": "object",
    "rods in water": "uncountable",
    "head and neck": "head",
    "thighs": "uncountable",
}


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    return [Engine(load(name), threads=2) for name in ("landmarks", "vertebrae", "upright")]


@pytest.mark.parametrize("name", OTHERS)
def test_drawn_bodies_are_refused_by_name(engines: list[Engine], name: str) -> None:
    words = REGION[NAMED[name]].words
    with pytest.raises(AnatomyError) as refused:
        locate(other(name), *engines)
    assert words in refused.value.what
    assert refused.value.exit_code == 7


def test_a_head_is_not_counted_from_t11_to_s1(engines: list[Engine]) -> None:
    """Its seven vertebrae would be the lumbar ones of a child."""
    with pytest.raises(AnatomyError, match="a head, a neck or limbs"):
        locate(other("head and neck"), *engines)


def test_a_person_who_set_a_level_is_believed(engines: list[Engine]) -> None:
    volume = other("head and neck")
    middle = float(volume.grid.slice_z_mm(volume.grid.shape[0] // 2))
    assert "L3" in locate(volume, *engines, given=Given(z_mm={"L3": middle})).levels


def test_every_bound_is_of_a_known_measure() -> None:
    for region in REGIONS:
        assert {*region.least, *region.below} <= set(MEASURE)
        assert region.source
    assert set(ABDOMEN) == set(MEASURE)


def test_an_abdomen_resembles_nothing_else() -> None:
    assert resembles(ABDOMEN) is REGION["unknown"]
    assert not REGION["unknown"].refused


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("air", {"area_cm2": 3.0}),
        ("object", {"bone_ml": 0.0, "bodies": 0.0}),
        ("chest", {"lowest_lung_cm2": 150.0, "kidneys_ml": 0.0}),
        ("head", {"area_cm2": 150.0, "kidneys_ml": 0.0, "liver_ml": 0.0}),
        ("pelvis", {"bodies": 3.0, "kidneys_ml": 0.0, "liver_ml": 20.0, "hips_ml": 300.0}),
        ("elsewhere", {"bodies": 3.0, "kidneys_ml": 0.0, "liver_ml": 20.0, "hips_ml": 30.0}),
        ("uncountable", {"bodies": 1.5}),
    ],
)
def test_what_an_abdomen_would_lack(key: str, changed: dict[str, float]) -> None:
    assert resembles(ABDOMEN | changed) is REGION[key]


@pytest.mark.parametrize(
    "changed",
    [
        {"lowest_lung_cm2": 150.0},  # an abdomen seen from above, kidneys below deep lungs
        {"kidneys_ml": 0.0, "liver_ml": 0.0},  # the lower lumbar spine
        {"bodies": 3.0},  # metal or fractures, but organs
        {"bone_ml": 0.0},  # osteoporosis
        {"area_cm2": 150.0},  # a child
    ],
)
def test_one_odd_measure_does_not_refuse(changed: dict[str, float]) -> None:
    assert not resembles(ABDOMEN | changed).refused


def _part(volume: Volume, low: int, high: int) -> Volume:
    grid = volume.grid.crop_k(low, high)
    return Volume(hu=volume.hu[low:high].copy(), grid=grid, source_grid=grid)


@pytest.mark.parametrize("planes", [1, 2, 4])
def test_few_slices_of_a_bottle_are_no_air(engines: list[Engine], planes: int) -> None:
    with pytest.raises(AnatomyError, match="an object without bones"):
        locate(_part(other("bottle"), 30, 30 + planes), *engines)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("scan", "low", "high", "words"),
    [
        ("cases/lidc_idri_0001", 54, 84, "a chest"),
        ("cases/ct_colonography_0518", 0, 12, "a pelvis or thighs"),
        ("cases/ct_colonography_0518", 0, 24, "a pelvis or thighs"),
        ("cases/ts_example", 0, 14, "a pelvis or thighs"),
    ],
)
def test_parts_of_real_scans_are_refused_by_name(
    shared_data, read_nifti, engines, scan, low, high, words
) -> None:
    volume = _part(read_nifti(shared_data / scan / "ct.nii.gz"), low, high)
    with pytest.raises(AnatomyError) as refused:
        locate(volume, *engines)
    assert words in refused.value.what


@pytest.mark.shared
@pytest.mark.parametrize(
    "scan", ["cases/ts_example", "cases/hcc_015", "cases/lidc_idri_0001", "levels_only/hcc_013"]
)
def test_real_abdomens_are_not(shared_data, read_nifti, engines, scan) -> None:
    assert locate(read_nifti(shared_data / scan / "ct.nii.gz"), *engines).levels
