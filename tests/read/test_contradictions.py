"""Headers against themselves: sizes, steps, tilt, position on the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from myotome.errors import NoUsableSeriesError
from myotome.nouns.study.series import Verdict
from myotome.read.choose import pick
from myotome.runtime.notices import on_reasons

UPRIGHT, TURNED = [1, 0, 0, 0, 1, 0], [-1, 0, 0, 0, -1, 0]
TILTED = [1, 0, 0, 0, float(np.cos(np.radians(12))), float(np.sin(np.radians(12)))]


def flags_of(one: Any) -> set[str]:
    return {flag.code for flag in on_reasons(one)}


@pytest.mark.parametrize("diameter", [230, 500, 640])
def test_another_diameter_is_refused_and_may_be_insisted_on(  # type: ignore[no-untyped-def]
    maker, judged_in, diameter: int
) -> None:
    maker.series(12, ReconstructionDiameter=diameter)  # 32 pixels of 12 mm are 384
    found = judged_in(maker.folder)
    with pytest.raises(NoUsableSeriesError, match=f"384 mm.*{diameter} mm"):
        pick(found)
    assert pick(found, series="4")[0].verdict is Verdict.REFUSED
    assert "series_insisted" in flags_of(found[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"ReconstructionDiameter": 370},
        {"SpacingBetweenSlices": 2.5},
        {"SpacingBetweenSlices": 10},
        {"GantryDetectorTilt": 12},
        {"GantryDetectorTilt": 0, "ImageOrientationPatient": TILTED},
        {"PatientPosition": "HFP"},
        {"PatientPosition": "FFP"},
        {"PatientPosition": "HFS", "ImageOrientationPatient": TURNED},
        {"PatientPosition": "FFS", "ImageOrientationPatient": TURNED},
    ],
)
def test_contradictions_are_told(maker, judged_in, changes: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    maker.series(12, **changes)
    (one,) = judged_in(maker.folder)
    assert one.verdict is Verdict.USABLE
    assert flags_of(one) - {"not_supine"} == {"header_contradicts"}
    prone = str(changes.get("PatientPosition", "")).endswith("P")
    assert ("not_supine" in flags_of(one)) == prone


@pytest.mark.parametrize(
    "changes",
    [
        {"ReconstructionDiameter": 384.2, "SpacingBetweenSlices": 5.01, "GantryDetectorTilt": 0.3},
        {"GantryDetectorTilt": -12, "ImageOrientationPatient": TILTED},
        {"SpacingBetweenSlices": -5, "PatientPosition": "HFS"},
        {"PatientPosition": "FFS"},
        {"PatientPosition": "HFP", "ImageOrientationPatient": TURNED},
        {"PatientPosition": "HFDR"},
        {"PatientPosition": "", "ReconstructionDiameter": "", "GantryDetectorTilt": ""},
    ],
)
def test_headers_that_agree_are_not(maker, judged_in, changes: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    maker.series(12, **changes)
    (one,) = judged_in(maker.folder)
    assert "header_contradicts" not in flags_of(one)
    assert one.verdict is Verdict.USABLE
