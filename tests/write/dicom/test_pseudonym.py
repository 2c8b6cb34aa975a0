"""Pseudonyms: consistent, secret, and nothing of the person left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sr._concepts_dict import concepts

from myotome.errors import OutputError
from myotome.tables.outputs.deidentification import METHODS
from myotome.write.dicom.pseudonym import Pseudonyms, pseudonymous

KEY = b"0123456789abcdef"


def _dataset(**values: object) -> Dataset:
    made = Dataset()
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    made.SOPInstanceUID, made.StudyInstanceUID = "1.2.3.9", "1.2.3"
    made.SeriesInstanceUID = "1.2.3.8"
    made.PatientName, made.PatientID, made.PatientBirthDate = "QUIXANO^ALONSO", "PID-77", "19470923"
    made.StudyDate, made.StudyTime = "20190807", "121314"
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _one(dataset: Dataset, **options: object) -> Dataset:
    return pseudonymous([dataset], Pseudonyms(key=KEY, **options))[0]


def test_every_method_is_a_row_of_the_standard() -> None:
    known = {code: row[0] for group in concepts["DCM"].values() for code, row in group.items()}
    assert METHODS[0].code == "113100"
    for method in METHODS:
        assert known[method.code] == method.meaning


def test_it_says_so() -> None:
    made = _one(_dataset())
    assert made.PatientIdentityRemoved == "YES"
    said = [i.CodeValue for i in made.DeidentificationMethodCodeSequence]
    assert said == ["113100", "113105", "113107", "113108", "113109"]
    assert made.LongitudinalTemporalInformationModified == "MODIFIED"
    assert all(len(text) <= 64 for text in made.DeidentificationMethod)


def test_the_original_is_not_touched() -> None:
    original = _dataset()
    before = original.to_json()
    _one(original)
    assert original.to_json() == before


def test_one_person_has_one_pseudonym_and_another_has_another() -> None:
    first = _one(_dataset())
    again = _one(_dataset(StudyInstanceUID="1.2.99", PatientName="Quixano^A"))
    other = _one(_dataset(PatientID="PID-78"))
    assert first.PatientID == again.PatientID == str(first.PatientName)
    assert first.PatientID != other.PatientID
    assert first.StudyInstanceUID != again.StudyInstanceUID


def test_another_key_gives_other_pseudonyms() -> None:
    (other,) = pseudonymous([_dataset()], Pseudonyms(key=KEY[::-1]))
    mine = _one(_dataset())
    assert other.PatientID != mine.PatientID
    assert other.SOPInstanceUID != mine.SOPInstanceUID
    assert other.StudyDate != mine.StudyDate


def test_a_short_key_is_refused() -> None:
    with pytest.raises(OutputError, match="16"):
        Pseudonyms(key=b"short")


def test_references_follow_their_objects() -> None:
    seg = _dataset(SOPInstanceUID="1.2.3.5")
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = (
        "1.2.840.10008.5.1.4.1.1.2",
        "1.2.3.5",
    )
    capture = _dataset(SourceImageSequence=[item])
    new_seg, new_capture = pseudonymous([seg, capture], Pseudonyms(key=KEY))
    (new_item,) = new_capture.SourceImageSequence
    assert new_item.ReferencedSOPInstanceUID == new_seg.SOPInstanceUID != "1.2.3.5"
    assert new_item.ReferencedSOPClassUID == item.ReferencedSOPClassUID
    assert new_seg.SOPInstanceUID.startswith("2.25.")
    assert new_seg.SOPInstanceUID.is_valid


def test_texts_of_others_go_and_ours_stay() -> None:
    private = _dataset(
        InstitutionName="Hospital of La Mancha",
        StudyDescription="for Don Quixano",
        ImageComments="L3. ours",
        OtherPatientIDs="SSN",
        PatientComments="brave",
        OperatorsName="PANZA^SANCHO",
        ClinicalTrialSubjectID="CT-1",
        AccessionNumber="ACC",
    )
    private.add_new(0x00091010, "LO", "secret")
    made = _one(private)
    assert made.ImageComments == "L3. ours"
    assert made.AccessionNumber == ""
    for keyword in (
        "InstitutionName",
        "StudyDescription",
        "OtherPatientIDs",
        "PatientComments",
        "OperatorsName",
        "ClinicalTrialSubjectID",
        "PatientBirthDate",
    ):
        assert not made.get(keyword), keyword
    assert 0x00091010 not in made


@pytest.mark.parametrize("retain", [True, False])
def test_devices_are_kept_on_request_and_claimed_only_then(retain: bool) -> None:
    made = _one(_dataset(DeviceSerialNumber="SER42", StationName="ROCINANTE"), retain_device=retain)
    codes = {i.CodeValue for i in made.DeidentificationMethodCodeSequence}
    assert ("113109" in codes) is retain
    assert ("DeviceSerialNumber" in made) is retain
    assert ("StationName" in made) is retain


@pytest.mark.parametrize(
    ("age", "shown"), [("054Y", "054Y"), ("090Y", "090Y"), ("097Y", "090Y"), ("011M", "011M")]
)
def test_the_oldest_ages_are_capped(age: str, shown: str) -> None:
    made = _one(_dataset(PatientAge=age, PatientSex="F", PatientSize="1.65", PatientWeight="70"))
    assert made.PatientAge == shown
    assert (made.PatientSex, float(made.PatientSize), float(made.PatientWeight)) == ("F", 1.65, 70)


def test_a_reported_age_is_capped_too() -> None:
    name, unit, number, item = Dataset(), Dataset(), Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = "121033", "DCM", "Subject Age"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "a", "UCUM", "year"
    number.NumericValue, number.MeasurementUnitsCodeSequence = "97", [unit]
    item.ValueType, item.ConceptNameCodeSequence, item.MeasuredValueSequence = (
        "NUM",
        [name],
        [number],
    )
    made = _one(_dataset(ContentSequence=[item]))
    assert made.ContentSequence[0].MeasuredValueSequence[0].NumericValue == 90


def test_intervals_of_one_person_are_kept() -> None:
    from datetime import datetime

    first = _one(_dataset(StudyDate="20190807", StudyTime="233000"))
    later = _one(_dataset(StudyDate="20191107", StudyTime="003000"))
    moments = [
        datetime.strptime(d.StudyDate + d.StudyTime, "%Y%m%d%H%M%S")  # noqa: DTZ007
        for d in (first, later)
    ]
    assert (moments[1] - moments[0]).total_seconds() == (91 * 24 + 1) * 3600
    assert first.StudyDate != "20190807"


@pytest.mark.parametrize(
    ("study", "told"),
    [({}, None), ({"StudyDate": "", "StudyTime": ""}, ("20000101", "000000"))],
    ids=["of a known day", "of an unknown day"],
)
def test_the_time_of_our_work_does_not_betray_the_shift(study, told) -> None:
    """Everybody knows about when an object was made; moved, it would tell by how much."""
    work = Dataset()
    work.Manufacturer, work.ContributionDateTime = "Myotome", "20260301101112.5"
    made = _one(
        _dataset(
            **study,
            ContentDate="20260301",
            ContentTime="101112.5",
            SeriesDate="20260301",
            SeriesTime="101112",
            InstanceCreationDate="20260301",
            InstanceCreationTime="101112",
            ContributingEquipmentSequence=[work],
        )
    )
    day, moment = told or (made.StudyDate, made.StudyTime)
    assert {made.ContentDate, made.SeriesDate, made.InstanceCreationDate} == {day}
    assert {made.ContentTime, made.SeriesTime, made.InstanceCreationTime} == {moment}
    assert made.ContributingEquipmentSequence[0].ContributionDateTime == day + moment
    assert made.StudyDate != "20190807"


def test_the_key_is_not_shown() -> None:
    assert KEY.decode() not in repr(Pseudonyms(key=KEY))


@given(
    day=st.dates().filter(lambda d: d.year > 1900),
    moment=st.times(),
    identifier=st.text(st.characters(codec="ascii", exclude_characters="\\"), max_size=20),
)
def test_any_moment_moves_into_a_valid_one(day, moment, identifier: str) -> None:
    made = _one(
        _dataset(
            PatientID=identifier,
            StudyDate=f"{day:%Y%m%d}".zfill(8),
            StudyTime=f"{moment:%H%M%S}",
            AcquisitionDateTime=f"{day:%Y%m%d}{moment:%H%M%S.%f}+0100",
        )
    )
    assert len(made.StudyDate) == 8
    assert made.AcquisitionDateTime == made.StudyDate + made.StudyTime
    assert made.StudyDate < f"{day:%Y%m%d}".zfill(8)
