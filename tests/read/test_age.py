"""How old a person is by the header: said, or by the dates of birth and study."""

from __future__ import annotations

import json
from typing import Any

import pytest

from myotome.runtime.notices import on_reasons
from myotome.write.privacy import technical

CHILD, CONTRADICTS = "child", "header_contradicts"


def told(one: Any) -> set[str]:
    return {flag.code for flag in on_reasons(one)} & {CHILD, CONTRADICTS}


@pytest.mark.parametrize(
    ("said", "born", "made", "age", "flags"),
    [
        (None, "20100615", {"StudyDate": "20200101"}, 9, {CHILD}),
        (None, "20020102", {"StudyDate": "20200101"}, 17, {CHILD}),
        (None, "20191224", {"StudyDate": "20200101"}, 0, {CHILD}),
        (None, "2010.06.15", {"StudyDate": "2020.01.01"}, 9, {CHILD}),
        (None, "20100615", {"AcquisitionDate": "20200101"}, 9, {CHILD}),
        ("", "20100615", {"StudyDate": "", "SeriesDate": "20200101"}, 9, {CHILD}),
        (None, "20020101", {"StudyDate": "20200101"}, 18, set()),
        (None, "19500101", {"StudyDate": "20200101"}, 70, set()),
        ("069Y", "19500101", {"StudyDate": "20200101"}, 69, set()),
        ("009Y", "20100615", {"StudyDate": "20200101"}, 9, {CHILD}),
        ("006M", "20190615", {"StudyDate": "20200101"}, 0.5, {CHILD}),
        ("045Y", "20100615", {"StudyDate": "20200101"}, 45, {CHILD, CONTRADICTS}),
        ("009Y", "19750615", {"StudyDate": "20200101"}, 9, {CHILD, CONTRADICTS}),
        ("061Y", "19500101", {"StudyDate": "20200101"}, 61, {CONTRADICTS}),
        (None, "20210615", {"StudyDate": "20200101"}, None, {CONTRADICTS}),
        (None, "18000101", {"StudyDate": "20200101"}, None, set()),  # a placeholder
        ("061Y", "18000101", {"StudyDate": "20200101"}, 61, set()),
        (None, "20101399", {"StudyDate": "20200101"}, None, set()),
        (None, "2010", {"StudyDate": "20200101"}, None, set()),
        (None, "20100615", {}, None, set()),
        (None, "", {"StudyDate": "20200101"}, None, set()),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
def test_age_by_what_is_said_and_by_dates(  # type: ignore[no-untyped-def]
    maker, judged_in, said, born, made, age, flags
) -> None:
    maker.series(12, PatientAge=said, PatientBirthDate=born, **made)
    (one,) = judged_in(maker.folder)
    assert one.series.header.patient_age_years == age
    assert told(one) == flags


def test_the_birth_date_is_nowhere(maker, judged_in) -> None:  # type: ignore[no-untyped-def]
    maker.series(12, PatientAge="045Y", PatientBirthDate="20100615", StudyDate="20200101")
    (one,) = judged_in(maker.folder)
    shown = [repr(one), json.dumps(technical(one.series.header), default=str)]
    shown += [flag.message for flag in on_reasons(one)]
    for words in shown:
        assert "2010" not in words
        assert "0615" not in words
    assert "dated_age_years" not in technical(one.series.header)
