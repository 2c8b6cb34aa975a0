"""What is found in the input does not show in logs who it is of."""

from __future__ import annotations

from pathlib import Path

from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Instance


def test_the_person_is_not_in_the_words_of_a_header() -> None:
    header = SeriesHeader(
        kvp=120.0,
        patient_sex="F",
        patient_age_years=61.5,
        patient_height_cm=163.0,
        patient_weight_kg=71.5,
    )
    assert "kvp=120.0" in repr(header)
    assert not any(word in repr(header) for word in ("patient_sex", "61.5", "163.0", "71.5"))


def test_neither_path_nor_uid_is_in_the_words_of_an_instance() -> None:
    image = Instance(
        path=Path("DOE^JANE/1.dcm"),
        sop_instance_uid="1.2.840.99999.7",
        frame=None,
        position_mm=(0.0, 0.0, 5.0),
        orientation=None,
    )
    assert "position_mm=(0.0, 0.0, 5.0)" in repr(image)
    assert "DOE" not in repr(image)
    assert "99999" not in repr(image)
