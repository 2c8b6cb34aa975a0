"""One SOP Instance UID for several images: told, and no copy of another is taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myotome.nouns.study.series import Verdict
from myotome.phantom import Faults, render, write_dicom
from myotome.read.listing import list_series
from myotome.runtime.notices import on_reasons

STEP_MM = 5.0


def codes(one) -> set[str]:  # type: ignore[no-untyped-def]
    return {flag.code for flag in on_reasons(one)}


@pytest.mark.parametrize("which", ["all", "two", "every second"])
def test_different_images_of_one_uid_are_told(maker, judged_in, planes, which: str) -> None:  # type: ignore[no-untyped-def]
    chosen = {"all": range(12), "two": (3, 7), "every second": range(0, 12, 2)}[which]
    for k, hu in enumerate(planes(12)):
        uid = {"SOPInstanceUID": "1.2.3.4"} if k in chosen else {}
        maker.write(maker.dataset(hu, -100 + STEP_MM * k, **uid))
    (one,) = judged_in(maker.folder)
    assert one.verdict is Verdict.USABLE
    assert one.series.header.namesake_images == len(chosen)
    assert len(one.series.instances) == 12
    assert "uids_shared" in codes(one)


def test_copies_of_an_image_are_none(maker, judged_in, planes) -> None:  # type: ignore[no-untyped-def]
    """A file that is there twice is one image."""
    for k, hu in enumerate(planes(12)):
        made = maker.dataset(hu, -100 + STEP_MM * k, SOPInstanceUID=f"1.2.3.{k + 1}")
        maker.write(made)
        if k in (2, 5):
            maker.write(made)
    (one,) = judged_in(maker.folder)
    assert one.series.header.namesake_images == 0
    assert len(one.series.instances) == 12
    assert "uids_shared" not in codes(one)
    assert [f.status for f in list_series(maker.folder)[0].files].count("duplicate") == 2


def test_the_same_pixels_elsewhere_are_another_image(maker, judged_in, planes) -> None:  # type: ignore[no-untyped-def]
    made = planes(12)
    made[6] = made[5]
    for k, hu in enumerate(made):
        uid = "1.2.3.99" if k in (5, 6) else f"1.2.3.{k + 1}"
        maker.write(maker.dataset(np.asarray(hu), -100 + STEP_MM * k, SOPInstanceUID=uid))
    (one,) = judged_in(maker.folder)
    assert one.series.header.namesake_images == 2
    assert "uids_shared" in codes(one)


def test_frames_of_one_image_share_its_uid_by_nature(judged_in, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    body = render(spacing_mm=(20.0, 12.0, 12.0), oversample=1)
    write_dicom(body, tmp_path / "ct", faults=Faults(multiframe=True))
    (one,) = judged_in(tmp_path / "ct")
    assert len(one.series.instances) > 5
    assert one.series.header.namesake_images == 0


def test_without_uids_nothing_is_said(maker, judged_in) -> None:  # type: ignore[no-untyped-def]
    maker.series(12, SOPInstanceUID="")
    (one,) = judged_in(maker.folder)
    assert "uids_shared" not in codes(one)
