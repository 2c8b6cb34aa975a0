"""The rule table at work: every row triggers, and only on what it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import MRImageStorage, SecondaryCaptureImageStorage, generate_uid

from myotome.errors import InputError, NoUsableSeriesError
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Catalogue, FileEntry, Instance, Judged, Series, Verdict
from myotome.read.choose import judge, pick
from myotome.read.facts import contrast_header
from myotome.tables.series.kernels import KERNEL, KERNELS, classify
from myotome.tables.series.rules import RULES

SOUND = SeriesHeader(
    image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
    kernel="B31f",
    manufacturer="SIEMENS",
    kvp=120.0,
    slice_thickness_mm=5.0,
    step_mm=5.0,
    extent_mm=400.0,
    slices=80,
    has_geometry=True,
    obliquity_deg=0.0,
    tilt_deg=0.0,
    gaps=0,
    repeats=0,
    lost_slices=0,
    field_mm=380.0,
    body_part="ABDOMEN",
    bits_allocated=16,
    samples_per_pixel=1,
    rescale_type="HU",
    dimensions=3,
)
INSTANCE = Instance(
    path=Path(), sop_instance_uid="", frame=None, position_mm=None, orientation=None
)


def series(key: str = "4", **changes: object) -> Series:
    own = {k: changes.pop(k) for k in ("modality", "description", "subject_key") if k in changes}
    return Series(
        key=key,
        format="dicom",
        modality=str(own.get("modality", "CT")),
        description=str(own.get("description", "ABD 5.0")),
        instances=(INSTANCE,),
        header=replace(SOUND, **changes),
        subject_key=str(own.get("subject_key", "")),
    )


def judged(*all_series: Series) -> tuple[Judged, ...]:
    return judge(Catalogue(files=(), series=all_series))


def sized(
    diameter_mm: float | None, pixel_mm: float, pixels: int, first: str = "ORIGINAL"
) -> dict[str, object]:
    """A square image, and the diameter that the header says was reconstructed."""
    return {
        "reconstruction_diameter_mm": diameter_mm,
        "pixel_spacing_mm": (pixel_mm, pixel_mm),
        "rows": pixels,
        "columns": pixels,
        "image_type": (first, "PRIMARY", "AXIAL"),
    }


TRIGGERS: dict[str, dict[str, object]] = {
    "modality": {"modality": "MR"},
    "kind": {"image_type": ("ORIGINAL", "PRIMARY", "LOCALIZER")},
    "derived": {"description": "VNC 5.0"},
    "metal_reduced": {"description": "ABD iMAR 3.0"},
    "picture": {"bits_allocated": 8},
    "label_map": {"looks_like_labels": True, "sample_max": 12},
    "dimensions": {"dimensions": 4},
    "geometry": {"has_geometry": False},
    "geometry_fault": {"geometry_fault": "sform and pixdim give different voxel sizes"},
    "single_slice": {"slices": 1},
    "few_slices": {"slices": 4},
    "short": {"extent_mm": 25.0},
    "axial": {"obliquity_deg": 90.0},
    "tilt_limit": {"tilt_deg": 45.0},
    "tilt": {"tilt_deg": 12.0},
    "sharp_kernel": {"kernel": "B70f"},
    "unknown_kernel": {"kernel": "XYZZY"},
    "thin": {"slice_thickness_mm": 1.25, "step_mm": 1.25},
    "thick": {"slice_thickness_mm": 12.0, "step_mm": 12.0},
    "interspersed": {"step_mm": 10.0},
    "gaps": {"gaps": 1},
    "repeats": {"repeats": 2},
    "lost": {"lost_slices": 1},
    "other_region": {"body_part": "HEAD", "extent_mm": 200.0, "description": "Routine"},
    "tiny_field": {"field_mm": 38.0},
    "small_field": {"field_mm": 160.0},
    "not_hu": {"rescale_type": "MGML"},
    "repaired": {"repaired": True},
    "kvp": {"kvp": 80.0},
    "field_contradicts": {
        "reconstruction_diameter_mm": 500.0,
        "pixel_spacing_mm": (0.6, 0.6),
        "rows": 512,
        "columns": 512,
    },
    "field_doubtful": {
        "reconstruction_diameter_mm": 400.0,
        "pixel_spacing_mm": (0.8, 0.8),
        "rows": 485,
        "columns": 485,
    },
    "step_contradicts": {"spacing_between_slices_mm": 2.5},
    "tilt_contradicts": {"gantry_tilt_header_deg": -12.0},
    "position_contradicts": {"position_fits": False, "patient_position": "HFS"},
    "lossy": {"lossy_images": 1},
    "not_supine": {"patient_position": "FFP"},
    "child": {"patient_age_years": 9.0},
    "age_contradicts": {"age_contradicts": True},
    "field_extended": {"reconstruction_diameter_mm": 650.0, "collection_diameter_mm": 500.0},
    "incomplete": {"expected_images": 100},
    "same_uid": {"namesake_images": 2},
    "unread": {"unread_files": 14, "unread_kinds": ("14 empty",)},
    "unlike": {"unlike_images": 1},
    "mixed": {"mixed": ("tube voltage",)},
    "torn": {"left_out_images": 21, "left_out_for": ("kernel", "slice thickness")},
    "elsewhere": {"elsewhere_images": 30, "elsewhere_series": ("5",)},
}
VERDICTS = {
    "refused": Verdict.REFUSED,
    "reserve": Verdict.RESERVE,
    "note": Verdict.USABLE,
}


def test_a_sound_series_is_usable_by_all_rules() -> None:
    (found,) = judged(series())
    assert (found.verdict, found.rank) == (Verdict.USABLE, 1)
    assert [r.rule for r in found.reasons] == ["axial_ct"]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.key)
def test_every_rule_triggers_with_a_sentence(rule) -> None:  # type: ignore[no-untyped-def]
    (found,) = judged(series(**TRIGGERS[rule.key]))
    texts = {r.rule: r.text for r in found.reasons}
    assert rule.key in texts
    assert "{" not in texts[rule.key]
    assert rule.source
    if len(texts) == 1:
        assert found.verdict is VERDICTS[rule.verdict]


BOUNDS: dict[str, tuple[tuple[dict[str, object], bool], ...]] = {
    "single_slice": (({"slices": 1}, True), ({"slices": 2}, False)),
    "few_slices": (({"slices": 4}, True), ({"slices": 5}, False), ({"slices": 6}, False)),
    "short": (({"extent_mm": 29.0}, True), ({"extent_mm": 30.0}, False)),
    "axial": (({"obliquity_deg": 15.0}, False), ({"obliquity_deg": 16.0}, True)),
    "tilt_limit": (({"tilt_deg": 30.5}, False), ({"tilt_deg": 31.0}, True)),
    "tilt": (({"tilt_deg": 0.5}, False), ({"tilt_deg": 0.51}, True)),
    "thin": (
        ({"slice_thickness_mm": 1.98}, True),
        ({"slice_thickness_mm": 1.99}, False),
        ({"slice_thickness_mm": None, "step_mm": 1.98}, True),
        ({"slice_thickness_mm": 0.0, "step_mm": 1.99}, False),
    ),
    "thick": (
        ({"slice_thickness_mm": 10.0, "step_mm": 10.0}, False),
        ({"slice_thickness_mm": 11.0, "step_mm": 11.0}, True),
    ),
    "interspersed": (({"step_mm": 7.5}, False), ({"step_mm": 7.51}, True)),
    "gaps": (({"gaps": 0}, False), ({"gaps": 1}, True)),
    "repeats": (({"repeats": 0}, False), ({"repeats": 1}, True)),
    "lost": (({"lost_slices": 0}, False), ({"lost_slices": 1}, True)),
    "field_contradicts": (
        (sized(400.0, 0.8, 420), True),
        (sized(400.0, 0.8, 480), False),  # off by 4 %
        (sized(400.0, 400 / 512, 420), False),  # a crop of 512 pixels
        (sized(400.0, 0.8, 420, "DERIVED"), False),
        (sized(None, 0.8, 420), False),
    ),
    "field_doubtful": (
        (sized(400.0, 0.8, 487), True),
        (sized(400.0, 400 / 512, 420), True),
        (sized(400.0, 0.8, 420, "DERIVED"), True),
        (sized(400.0, 0.8, 495), False),
    ),
    "step_contradicts": (
        ({"spacing_between_slices_mm": 4.95}, False),
        ({"spacing_between_slices_mm": -5.0}, False),
        ({"spacing_between_slices_mm": 0.0}, False),  # not said
        ({"spacing_between_slices_mm": 4.5}, True),
        ({"spacing_between_slices_mm": 10.0}, True),
    ),
    "tilt_contradicts": (
        ({"gantry_tilt_header_deg": 1.5}, False),
        ({"gantry_tilt_header_deg": -12.0, "tilt_deg": 12.4}, False),
        ({"gantry_tilt_header_deg": 0.0, "tilt_deg": 12.0}, True),
        ({"gantry_tilt_header_deg": 12.0}, True),
    ),
    "lossy": (
        ({"lossy_images": 0}, False),
        ({"lossy_images": None}, False),
        ({"lossy_images": 1}, True),
    ),
    "not_supine": tuple(
        ({"patient_position": said}, said[2:] != "S") for said in ("HFS", "FFS", "HFP", "FFDL")
    ),
    "child": (
        ({"patient_age_years": None}, False),
        ({"patient_age_years": 18.0}, False),
        ({"patient_age_years": 17.9}, True),
        ({"patient_age_years": 0.02}, True),
        ({"patient_age_years": 40.0, "dated_age_years": 17.0}, True),
        ({"patient_age_years": 17.0, "dated_age_years": 40.0}, True),
        ({"patient_age_years": 40.0, "dated_age_years": 41.0}, False),
    ),
    "age_contradicts": (
        ({"age_contradicts": None}, False),
        ({"age_contradicts": False}, False),
        ({"age_contradicts": True}, True),
    ),
    "field_extended": (
        ({"reconstruction_diameter_mm": 500.0, "collection_diameter_mm": 500.0}, False),
        ({"reconstruction_diameter_mm": 500.0, "collection_diameter_mm": None}, False),
        ({"reconstruction_diameter_mm": 500.0, "collection_diameter_mm": 0.0}, False),
        ({"reconstruction_diameter_mm": 520.0, "collection_diameter_mm": 500.0}, True),
    ),
    "incomplete": (({"expected_images": None}, False), ({"expected_images": 1}, True)),
    "same_uid": (({"namesake_images": 0}, False), ({"namesake_images": 2}, True)),
    "unread": (({"unread_files": 0}, False), ({"unread_files": 1}, True)),
    "unlike": (({"unlike_images": 0}, False), ({"unlike_images": 1}, True)),
    "torn": (({"left_out_images": 0}, False), ({"left_out_images": 1}, True)),
    "elsewhere": (({"elsewhere_images": 0}, False), ({"elsewhere_images": 1}, True)),
    "tiny_field": (({"field_mm": 149.0}, True), ({"field_mm": 150.0}, False)),
    "small_field": (({"field_mm": 249.0}, True), ({"field_mm": 250.0}, False)),
    "kvp": (
        ({"kvp": 99.0}, True),
        ({"kvp": 100.0}, False),
        ({"kvp": 130.0}, False),
        ({"kvp": 131.0}, True),
        ({"kvp": 0.0}, False),  # not said
    ),
    "dimensions": (({"dimensions": 2}, True), ({"dimensions": 3}, False)),
    "picture": (
        ({"bits_allocated": 15}, True),
        ({"bits_allocated": 16}, False),
        ({"samples_per_pixel": 1}, False),
        ({"samples_per_pixel": 2}, True),
    ),
    "other_region": (
        ({"body_part": "HEAD", "description": "", "extent_mm": 450.0}, True),
        ({"body_part": "HEAD", "description": "", "extent_mm": 451.0}, False),
    ),
}
EDGES = [(key, changes, hit) for key, rows in BOUNDS.items() for changes, hit in rows]


@pytest.mark.parametrize(("key", "changes", "hit"), EDGES)
def test_bounds_of_rules(key: str, changes: dict[str, object], hit: bool) -> None:
    (found,) = judged(series(**changes))
    assert (key in {r.rule for r in found.reasons}) is hit


def test_every_rule_with_a_bound_has_its_bound_tested() -> None:
    numeric = {rule.key for rule in RULES if rule.operator in ("<", ">", "outside")}
    assert numeric <= set(BOUNDS)
    assert all({hit for _, hit in rows} == {True, False} for rows in BOUNDS.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.key)
def test_what_is_not_known_triggers_nothing(rule) -> None:  # type: ignore[no-untyped-def]
    unsaid = replace(series(description=""), format="nifti", header=SeriesHeader())
    (found,) = judged(unsaid)
    assert rule.key not in {r.rule for r in found.reasons}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"extent_mm": 350.0}, {"extent_mm": 349.0}),
        ({"extent_mm": 260.0}, {"extent_mm": 259.0}),
        ({"extent_mm": 180.0}, {"extent_mm": 179.0}),
        ({"extent_mm": 100.0}, {"extent_mm": 99.0}),
        ({"slice_thickness_mm": 2.5}, {"slice_thickness_mm": 2.49}),
        ({"slice_thickness_mm": 5.09}, {"slice_thickness_mm": 5.1}),
        ({"slice_thickness_mm": 7.59}, {"slice_thickness_mm": 7.6}),
        ({"gaps": 0}, {"gaps": 1}),
        ({"repeats": 0}, {"repeats": 1}),
        ({"image_type": ("ORIGINAL",)}, {"image_type": ("DERIVED",)}),
        ({"body_part": "ABDOMEN", "description": ""}, {"body_part": "", "description": ""}),
        ({"body_part": "", "description": ""}, {"body_part": "CHEST", "description": ""}),
        ({"kernel": "B31f"}, {"kernel": "B40f"}),
        ({"kernel": "B40f"}, {"kernel": "XYZZY"}),
    ],
)
def test_bounds_of_preferences(better: dict[str, object], worse: dict[str, object]) -> None:
    """The worse comes first, where it would win a tie."""
    assert [j.rank for j in judged(series("1", **worse), series("2", **better))] == [2, 1]


def test_thickness_between_2_5_and_5_1_mm_is_equally_good() -> None:
    found = judged(series("1", slice_thickness_mm=5.09), series("2", slice_thickness_mm=2.5))
    assert [j.rank for j in found] == [1, 2]


def test_thickness_of_exactly_2_mm_is_not_thin() -> None:
    (found,) = judged(series(slice_thickness_mm=2.0, step_mm=1.0))
    assert found.verdict is Verdict.USABLE


@pytest.mark.parametrize(
    ("image_type", "description", "kind"),
    [
        (("ORIGINAL", "PRIMARY", "AXIAL"), "Topogram 0.6", "localizer"),
        (("DERIVED", "SECONDARY", "MPR"), "cor", "MPR"),
        (("DERIVED", "SECONDARY", "AXIAL", "CT_SOM5 MPR"), "", "MPR"),
        (("DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE"), "", "MPR"),
        (("DERIVED", "SECONDARY", "PROJECTION IMAGE"), "", "projection"),
        (("ORIGINAL", "PRIMARY", "AXIAL"), "Dose Report", "dose report"),
        (("DERIVED", "SECONDARY", "SCREEN SAVE"), "", "secondary capture"),
        (("DERIVED", "PRIMARY", "AXIAL"), "Iodine map", "iodine map"),
    ],
)
def test_kinds(image_type: tuple[str, ...], description: str, kind: str) -> None:
    (found,) = judged(series(image_type=image_type, description=description))
    assert found.verdict is Verdict.REFUSED
    assert kind in found.reasons[0].text


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ({"body_part": "HEAD", "description": "Kopf nativ"}, Verdict.REFUSED),
        ({"body_part": "", "description": "c-spine"}, Verdict.REFUSED),
        ({"body_part": "KNEE", "description": ""}, Verdict.REFUSED),
        ({"body_part": "CHEST", "description": "lung base 5mm"}, Verdict.USABLE),
        ({"body_part": "HEAD", "description": "abd pelvis"}, Verdict.USABLE),
        ({"body_part": "", "description": ""}, Verdict.USABLE),
    ],
)
def test_regions(words: dict[str, object], verdict: Verdict) -> None:
    (found,) = judged(series(extent_mm=250.0, **words))
    assert found.verdict is verdict


def test_a_long_scan_called_head_reaches_the_abdomen() -> None:
    (found,) = judged(series(body_part="HEAD", description="", extent_mm=900.0))
    assert found.verdict is Verdict.USABLE


class TestKernels:
    @pytest.mark.parametrize(
        ("vendor", "kernel", "sharpness"),
        [
            ("SIEMENS", "B20f", "soft"),
            ("SIEMENS", "B31f", "soft"),
            ("SIEMENS", "B40f", "medium"),
            ("SIEMENS", "B70f", "sharp"),
            ("Siemens Healthineers", "Br38f", "soft"),
            ("Siemens Healthineers", "Br40d", "medium"),
            ("Siemens Healthineers", "Bl57f", "sharp"),
            ("Siemens Healthineers", "Bf37f", "soft"),
            ("Siemens Healthineers", "Hr60f", "sharp"),
            ("SIEMENS", "I30f\\3", "unknown"),
            ("SIEMENS", "I30f", "soft"),
            ("SIEMENS", "J70h", "sharp"),
            ("SIEMENS", "U90u", "sharp"),
            ("GE MEDICAL SYSTEMS", "STANDARD", "medium"),
            ("GE MEDICAL SYSTEMS", "SOFT", "soft"),
            ("GE MEDICAL SYSTEMS", "BONEPLUS", "sharp"),
            ("GE MEDICAL SYSTEMS", "LUNG", "sharp"),
            ("Philips", "B", "soft"),
            ("Philips", "C", "medium"),
            ("Philips", "L", "sharp"),
            ("Philips", "YB", "sharp"),
            ("TOSHIBA", "FC08", "soft"),
            ("TOSHIBA", "FC18-H", "soft"),
            ("Canon Medical Systems", "FC51", "sharp"),
            ("Canon Medical Systems", "FC30", "sharp"),
            ("TOSHIBA", "FC26", "medium"),
            ("UIH", "B_SOFT_B", "soft"),
            ("UIH", "B_SHARP_C", "sharp"),
            ("", "B70f", "sharp"),
            ("Vendor X", "Bone Sharp", "sharp"),
            ("Vendor X", "Q17", "unknown"),
            ("SIEMENS", "", "unknown"),
        ],
    )
    def test_known_names(self, vendor: str, kernel: str, sharpness: str) -> None:
        assert classify(vendor, kernel)[0] == sharpness

    @pytest.mark.parametrize("row", KERNELS, ids=lambda k: k.key)
    def test_every_row_is_sourced(self, row) -> None:  # type: ignore[no-untyped-def]
        assert row.source
        assert row.sharpness in ("soft", "medium", "sharp")
        assert ("number" in row.pattern) == (row.sharp_from is not None)
        assert KERNEL[row.key] is row


class TestContrast:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            ({}, "unknown"),
            ({"contrast_agent": "APPLIED"}, "enhanced"),
            ({"contrast_agent": "NONE"}, "unknown"),
            ({"contrast_agent": "ORAL BARIUM"}, "unknown"),
            ({"contrast_agent": "OMNI", "contrast_route": "ORAL"}, "unknown"),
            ({"contrast_volume_ml": 90.0}, "enhanced"),
            ({"description": "Abd native 5.0"}, "unenhanced"),
            ({"description": "ABD W/O", "contrast_agent": "OMNI"}, "unenhanced"),
            ({"description": "ABD portal venous"}, "enhanced"),
            ({"description": "Non-contrast abd"}, "unenhanced"),
            ({"cpt": ("74176",)}, "unenhanced"),
            ({"cpt": ("74177",)}, "enhanced"),
            ({"cpt": ("74178",)}, "unknown"),
            ({"study_contrast": "unenhanced"}, "unenhanced"),
            ({"description": "Partial thickness"}, "unknown"),
        ],
    )
    def test_header(self, facts: dict[str, object], expected: str) -> None:
        assert contrast_header(series(**facts)) == expected


class TestPick:
    def test_best_first(self) -> None:
        found = judged(
            series("1", slice_thickness_mm=1.0, step_mm=1.0),
            series("2", kernel="B70f"),
            series("3", extent_mm=200.0),
            series("4"),
        )
        assert [j.rank for j in found] == [3, None, 2, 1]
        assert [j.series.key for j in pick(found)] == ["4"]
        assert [j.series.key for j in pick(found, all_series=True)] == ["4", "3"]

    def test_thin_is_used_only_if_nothing_better(self) -> None:
        (found,) = pick(judged(series("1", slice_thickness_mm=1.0, step_mm=1.0)))
        assert found.verdict is Verdict.RESERVE
        assert "averaged" in found.reasons[0].text

    def test_named_series_overrides(self) -> None:
        found = judged(series("2", kernel="B70f"), series("4"), series("4b", extent_mm=90.0))
        assert [j.series.key for j in pick(found, series="2")] == ["2"]
        assert [j.series.key for j in pick(found, series="4B")] == ["4b"]
        with pytest.raises(InputError, match="2, 4, 4b"):
            pick(found, series="9")

    def test_what_cannot_be_overridden(self) -> None:
        with pytest.raises(NoUsableSeriesError, match="MR"):
            pick(judged(series(modality="MR")), series="4")

    def test_bare_number_finds_stacks_of_any_study(self) -> None:
        found = judged(series("1-4b", extent_mm=90.0), series("2-40"), series("1-4c"))
        assert [j.series.key for j in pick(found, series="4", all_series=True)] == ["1-4c", "1-4b"]

    def test_reasons_are_summed_up(self) -> None:
        with pytest.raises(NoUsableSeriesError, match=r"localizer.*sharp kernel B70f") as caught:
            pick(judged(series("1", image_type=("LOCALIZER",)), series("2", kernel="B70f")))
        assert caught.value.exit_code == 4

    def test_nothing_at_all_counts_the_files(self) -> None:
        files = (FileEntry(name="a", status="empty"), FileEntry(name="b", status="empty"))
        with pytest.raises(NoUsableSeriesError, match="2 empty"):
            pick((), files=files)

    def test_two_patients(self) -> None:
        found = judged(series("1", subject_key="a"), series("2", subject_key="b"))
        with pytest.raises(InputError, match="2 patients"):
            pick(found)
        with pytest.raises(InputError, match="2 patients"):
            pick(found, all_series=True)
        assert pick(found, series="2")[0].series.subject_key == "b"

    def test_unenhanced_only(self) -> None:
        found = judged(
            series("1", contrast_agent="x"), series("2"), series("3", description="abd nativ")
        )
        chosen = pick(found, unenhanced_only=True, all_series=True)
        assert [j.series.key for j in chosen] == ["3"]
        assert [j.series.key for j in pick(found[:2], unenhanced_only=True)] == ["2"]
        with pytest.raises(NoUsableSeriesError, match="enhanced"):
            pick(found[:1], unenhanced_only=True)


class TestFromFiles:
    """The same through real headers."""

    def test_mr_and_8_bit_capture_beside_a_ct(
        self,
        maker,  # type: ignore[no-untyped-def]
        new_maker,  # type: ignore[no-untyped-def]
        judged_in: Callable[[Path], tuple[Judged, ...]],
    ) -> None:
        maker.series(12)
        other = new_maker("more")
        other.study_uid = maker.study_uid
        other.series(6, Modality="MR", SeriesNumber=7, SOPClassUID=MRImageStorage)
        other.series_uid = generate_uid()
        ds: Dataset = other.dataset(np.zeros((32, 32)), 0.0, SeriesNumber=9)
        ds.SOPClassUID, ds.BitsAllocated, ds.BitsStored = SecondaryCaptureImageStorage, 8, 8
        ds.HighBit, ds.PixelRepresentation, ds.PixelData = 7, 0, bytes(1024)
        other.write(ds)
        found = judged_in(maker.folder)
        reasons = {j.series.key: {r.rule for r in j.reasons} for j in found}
        assert [j.series.key for j in pick(found)] == ["4"]
        assert "modality" in reasons["7"]
        assert {"kind", "picture"} <= reasons["9"]

    def test_only_localizers(self, maker, judged_in) -> None:  # type: ignore[no-untyped-def]
        maker.series(2, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
        with pytest.raises(NoUsableSeriesError, match="localizer"):
            pick(judged_in(maker.folder))

    def test_two_patients_in_one_folder(self, maker, new_maker, judged_in) -> None:  # type: ignore[no-untyped-def]
        maker.series(12)
        new_maker("b").series(12, PatientID="OTHER")
        with pytest.raises(InputError, match="one folder per patient") as caught:
            pick(judged_in(maker.folder))
        assert "MRN0815" not in str(caught.value)
        assert "OTHER" not in str(caught.value)


class TestDerived:
    """By all that a header says: description, derivation, comments, orders, private texts."""

    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({"SeriesDescription": "MONO 50keV"}, Verdict.REFUSED),
            ({"SeriesDescription": "MONO 70keV"}, Verdict.RESERVE),
            ({"DerivationDescription": "Virtual monoenergetic 40 keV"}, Verdict.REFUSED),
            ({"ImageComments": "MIP 10 mm"}, Verdict.REFUSED),
            ({"MonoenergeticEnergyEquivalent": 45.0}, Verdict.REFUSED),
            ({"RescaleType": "HU_MOD"}, Verdict.RESERVE),
            ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VMI"]}, Verdict.REFUSED),
            ({"SeriesDescription": "ABD iMAR"}, Verdict.USABLE),
        ],
    )
    def test_from_files(self, maker, judged_in, changes, verdict) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, **changes)
        (one,) = judged_in(maker.folder)
        assert one.verdict is verdict

    @pytest.mark.parametrize(("kind", "refused"), [("DERIVED", True), ("ORIGINAL", False)])
    def test_private_texts_of_derived_images(self, maker, judged_in, kind, refused) -> None:  # type: ignore[no-untyped-def]
        for ds_path in maker.series(12, ImageType=[kind, "PRIMARY", "AXIAL"]):
            ds = dcmread(ds_path)
            ds.private_block(0x0045, "SOMEBODY", create=True).add_new(1, "LO", "GSI 50 keV")
            ds.save_as(ds_path)
        (one,) = judged_in(maker.folder)
        assert (one.verdict is Verdict.REFUSED) is refused

    def test_an_original_is_preferred_to_a_thick_derived_one(self, maker, judged_in) -> None:  # type: ignore[no-untyped-def]
        maker.series(40, SliceThickness=1.0, places=[float(k) for k in range(40)])
        maker.series_uid = generate_uid()
        maker.series(12, SeriesNumber=5, SeriesDescription="Mono 40 keV")
        assert [j.series.key for j in judged_in(maker.folder) if j.rank] == ["4"]

    def test_virtual_non_contrast_is_not_unenhanced(self, maker, judged_in) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, SeriesDescription="Virtual Non-Contrast", ContrastBolusAgent="Iomeron")
        found = judged_in(maker.folder)
        assert contrast_header(found[0].series) == "enhanced"
        with pytest.raises(NoUsableSeriesError):
            pick(found, unenhanced_only=True)

    @pytest.mark.parametrize(
        ("words", "meaning"),
        [("CT ABD W/O", "unenhanced"), ("CT ABD W CON", "enhanced"), ("CT ABD W WO", "unknown")],
    )
    @pytest.mark.parametrize(
        "keyword", ["ScheduledProcedureStepDescription", "RequestedProcedureDescription"]
    )
    def test_what_was_ordered_is_read(self, maker, judged_in, words, meaning, keyword) -> None:  # type: ignore[no-untyped-def]
        order = Dataset()
        setattr(order, keyword, words)
        maker.series(12, RequestAttributesSequence=[order])
        (one,) = judged_in(maker.folder)
        assert contrast_header(one.series) == meaning
        assert words not in str(one.series)
