"""Every file accounted for, every image in the right stack, nobody named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

from myotome.nouns.study.series import Catalogue
from myotome.read.catalogue import catalogue
from myotome.read.input.files import opened
from myotome.tables.series.files import FILE_STATUS


def read(path: Path, **options: object) -> Catalogue:
    with opened(path) as source:
        found = catalogue(source, **options)  # type: ignore[arg-type]
        assert {e.status for e in found.files} <= set(FILE_STATUS)
        assert len({e.name for e in found.files}) == len(found.files)
        return found


def statuses(found: Catalogue) -> dict[str, str]:
    return {e.name: e.status for e in found.files}


def test_sound_series_and_its_facts(maker) -> None:  # type: ignore[no-untyped-def]
    maker.series(12)
    found = read(maker.folder)
    (series,) = found.series
    assert (series.key, series.modality, len(series.instances)) == ("4", "CT", 12)
    assert {e.series_key for e in found.files} == {"4"}
    facts = series.header
    assert (facts.kvp, facts.kernel, facts.slice_thickness_mm) == (120.0, "B31f", 5.0)
    assert (facts.patient_sex, facts.patient_age_years) == ("F", 61.0)
    assert (facts.patient_height_cm, facts.patient_weight_kg) == (165.0, 70.0)
    assert (facts.step_mm, facts.extent_mm, facts.field_mm) == (5.0, 60.0, 384.0)


def test_nobody_is_named(maker) -> None:  # type: ignore[no-untyped-def]
    maker.series(3, StudyDescription="Doe Jane abdomen w/o", AccessionNumber="ACC77")
    (series,) = read(maker.folder).series
    said = f"{series.header} {series.study_key} {series.subject_key} {series.description}"
    for secret in ("Doe", "MRN0815", "1950", "ACC77", maker.study_uid, str(maker.folder)):
        assert secret not in said
    assert series.header.study_region == "abdomen"
    assert series.header.study_contrast == "unenhanced"


def test_every_kind_of_bad_file_is_named(maker) -> None:  # type: ignore[no-untyped-def]
    paths = maker.series(8)
    raw = paths[0].read_bytes()
    folder = maker.folder
    (folder / "empty").write_bytes(b"")
    (folder / "notes.txt").write_text("hello, this is no image at all")
    (folder / "truncated").write_bytes(raw[:-100])
    (folder / "cut_header").write_bytes(raw[:200])
    (folder / "copy").write_bytes(paths[1].read_bytes())
    ds = maker.dataset(np.zeros((32, 32)), 7.0)
    ds.PixelData = ds.PixelData[:-200]
    maker.write(ds, "short")
    maker.write(maker.dataset(np.zeros((32, 32)), 8.0, PixelData=None), "no_pixels")
    report = Dataset()
    report.file_meta = ds.file_meta
    report.Modality, report.SOPInstanceUID = "SR", generate_uid()
    maker.write(report, "report")
    (folder / "broken.nii").write_bytes(b"n+1" * 10)
    found = read(folder)
    state = statuses(found)
    assert {k: v for k, v in state.items() if not k.startswith("IM")} == {
        "empty": "empty",
        "notes.txt": "not_an_image",
        "truncated": "truncated",
        "cut_header": "corrupt_header",
        "copy": "duplicate",
        "short": "wrong_length",
        "no_pixels": "no_pixel_data",
        "report": "no_pixel_data",
        "broken.nii": "corrupt_header",
    }
    assert all(e.reason for e in found.files if e.status != "used")
    (copy,) = [e for e in found.files if e.status == "duplicate"]
    assert (copy.reason, copy.copy_of) == ("an identical copy", paths[1].name)
    (series,) = found.series
    assert len(series.instances) == 8
    assert series.header.lost_slices == 2  # the truncated one is there as a whole, too


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_other_encodings_are_read(maker, syntax: str) -> None:  # type: ignore[no-untyped-def]
    for z in (0.0, 5.0, 10.0):
        maker.write(maker.dataset(np.zeros((32, 32)), z), syntax=syntax)
    assert [len(s.instances) for s in read(maker.folder).series] == [3]


def test_large_private_header_before_the_pixels(maker) -> None:  # type: ignore[no-untyped-def]
    for z in (0.0, 5.0, 10.0):
        ds = maker.dataset(np.zeros((32, 32)), z)
        ds.add_new(0x00091010, "OB", b"\x01\x02" * 60_000)
        maker.write(ds)
    assert set(statuses(read(maker.folder)).values()) == {"used"}


def test_file_without_preamble(maker) -> None:  # type: ignore[no-untyped-def]
    (path,) = maker.series(1)
    path.write_bytes(path.read_bytes()[132:])
    assert set(statuses(read(maker.folder)).values()) == {"used"}


def test_order_of_files_does_not_matter(maker) -> None:  # type: ignore[no-untyped-def]
    paths = maker.series(6)
    before = read(maker.folder, salt="x").series[0]
    for n, path in enumerate(reversed(paths)):
        path.rename(path.with_name(f"other{n}"))
    after = read(maker.folder, salt="x").series[0]
    assert before.header == after.header
    assert before.subject_key == after.subject_key
    assert {i.sop_instance_uid for i in before.instances} == {
        i.sop_instance_uid for i in after.instances
    }


def test_salt_hides_people_but_tells_them_apart(maker, new_maker) -> None:  # type: ignore[no-untyped-def]
    maker.series(3)
    new_maker("b").series(3, PatientID="OTHER", SeriesNumber=5)
    found = read(maker.folder)
    assert len({s.subject_key for s in found.series}) == 2
    assert [s.key for s in found.series] == ["1-4", "2-5"] or [s.key for s in found.series] == [
        "1-5",
        "2-4",
    ]
    again = read(maker.folder)
    assert [s.subject_key for s in found.series] == [s.subject_key for s in again.series]
    own = read(maker.folder, salt="a secret")
    assert {s.subject_key for s in found.series}.isdisjoint(s.subject_key for s in own.series)
    assert {s.study_key for s in found.series}.isdisjoint(s.study_key for s in own.series)


class TestStacks:
    def lengths(self, folder: Path) -> list[int]:
        return sorted(len(s.instances) for s in read(folder).series)

    def test_orientation_size_and_image_type_split(self, maker) -> None:  # type: ignore[no-untyped-def]
        maker.series(8)
        coronal = [1, 0, 0, 0, 0, -1]
        maker.series(4, ImageOrientationPatient=coronal)
        maker.write(maker.dataset(np.zeros((16, 16)), 0.0))
        scout = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        maker.series(2, ImageType=scout)
        found = read(maker.folder)
        assert [(s.key, len(s.instances)) for s in found.series] == [
            ("4", 8),
            ("4b", 4),
            ("4c", 2),
            ("4d", 1),
        ]

    def test_two_acquisitions_at_the_same_places(self, maker) -> None:  # type: ignore[no-untyped-def]
        maker.series(8, AcquisitionNumber=1)
        maker.series(8, AcquisitionNumber=2)
        assert self.lengths(maker.folder) == [8, 8]

    def test_two_phases_told_by_instance_numbers_only(self, maker) -> None:  # type: ignore[no-untyped-def]
        maker.series(8)
        maker.series(8)
        assert self.lengths(maker.folder) == [8, 8]

    def test_acquisition_number_per_rotation_does_not_tear(self, maker) -> None:  # type: ignore[no-untyped-def]
        for k in range(12):
            maker.write(maker.dataset(np.zeros((32, 32)), 5.0 * k, AcquisitionNumber=k // 4))
        assert self.lengths(maker.folder) == [12]

    def test_acquisition_number_does_not_hide_a_gap(self, maker) -> None:  # type: ignore[no-untyped-def]
        for k in (*range(6), *range(9, 12)):
            maker.write(maker.dataset(np.zeros((32, 32)), 5.0 * k, AcquisitionNumber=k // 4))
        assert self.lengths(maker.folder) == [9]

    @pytest.mark.parametrize("twice", [(6,), (2, 3, 7), (5, 6, 7, 8)])
    def test_slices_sent_twice_in_place_are_no_phases(self, maker, twice) -> None:  # type: ignore[no-untyped-def]
        for k in range(14):
            for _ in range(1 + (k in twice)):
                maker.write(maker.dataset(np.zeros((32, 32)), 5.0 * k))
        assert self.lengths(maker.folder) == [14 + len(twice)]

    def test_few_repeated_slices_stay(self, maker) -> None:  # type: ignore[no-untyped-def]
        maker.series(12)
        for k in (3, 4):
            maker.write(maker.dataset(np.zeros((32, 32)), -100 + 5.0 * k))
        assert self.lengths(maker.folder) == [14]

    def test_bolus_tracking_slices_leave_the_scan(self, maker) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, AcquisitionNumber=2)
        for _ in range(5):
            maker.write(maker.dataset(np.zeros((32, 32)), -80.0, AcquisitionNumber=1))
        assert self.lengths(maker.folder) == [5, 12]


def test_empty_uids_are_repaired_by_name(maker) -> None:  # type: ignore[no-untyped-def]
    maker.series(6, StudyInstanceUID="", SeriesInstanceUID="", SOPInstanceUID="", PatientID="",
                 PatientName="", PatientBirthDate="")  # fmt: skip
    found = read(maker.folder)
    (series,) = found.series
    assert series.header.repaired is True
    assert (series.study_key, series.subject_key) == ("", "")
    assert Counter(e.status for e in found.files) == {"used": 6}


def test_real_stripped_files(shared_data: Path) -> None:
    (series,) = read(shared_data / "fixtures" / "stripped_dicom_20_slices").series
    assert (len(series.instances), series.header.repaired) == (20, True)
    assert (series.header.kernel, series.header.step_mm) == ("Br38f", 2.0)


def test_procedure_codes_are_kept_without_words(maker) -> None:  # type: ignore[no-untyped-def]
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "74177", "C4", "Doe Jane"
    maker.series(3, ProcedureCodeSequence=[code])
    header = read(maker.folder).series[0].header
    assert header.cpt == ("74177",)
    assert header.procedure_codes == (("C4", "74177"),)
    assert "Doe" not in str(header)


def test_damaged_or_false_sequences_do_not_end_the_run(maker) -> None:  # type: ignore[no-untyped-def]
    for word, vr, value in (
        ("RequestAttributesSequence", "SQ", b"\xfe\xff\x00\xe0\xff\xff"),
        ("ProcedureCodeSequence", "UN", b"74177 CT ABD"),
    ):
        path = maker.series(3)[0]
        maker.series_uid = generate_uid()
        tag = Tag(word)
        dataset = dcmread(path)
        dataset._dict[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
        dataset.save_as(path)
    found = read(maker.folder).series
    assert [len(series.instances) for series in found] == [3, 3]
    assert found[0].header.procedure_codes == ()


def test_control_characters_do_not_reach_terminals_or_tables(maker) -> None:  # type: ignore[no-untyped-def]
    maker.series(3, SeriesDescription="Abd\0men\x1b[31m \u00fcber")
    assert read(maker.folder).series[0].description == "Abd men [31m \u00fcber"
