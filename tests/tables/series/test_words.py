"""What words of contrast mean, and which agents enhance the image."""

from __future__ import annotations

import pytest

from myotome.tables.series.words import contrast_said, is_intravenous


@pytest.mark.parametrize(
    "words",
    [
        "CT ABDOMEN W WO CONTRAST",
        "CT ABD/PELVIS WITHOUT AND WITH CONTRAST",
        "CT ABD W/WO",
        "CT ABD W & W/O IV CONTRAST",
        "ABD WWO",
        "CT Abdomen with and without contrast",
        "with/without KM",
        "WO/W CONTRAST",
        "Abdomen mit und ohne KM",
        "nativ + venoes",
        "CT nativ und KM",
        "pre and post contrast",
        "POST NATIVE",
        "native & portal venous",
        "non-contrast and arterial",
    ],
)
def test_before_and_after_is_neither(words: str) -> None:
    assert contrast_said(words) == ""
    assert contrast_said(words.lower()) == ""


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("CT ABD W/O", "unenhanced"),
        ("CT ABDOMEN WITHOUT CONTRAST", "unenhanced"),
        ("Abdomen nativ", "unenhanced"),
        ("unenhanced 5.0", "unenhanced"),
        ("non enhanced", "unenhanced"),
        ("Non-contrast abd", "unenhanced"),
        ("ohne KM", "unenhanced"),
        ("CT ABD WITH CONTRAST", "enhanced"),
        ("PELVIS CT W CON", "enhanced"),
        ("CT ABD W/ CONTRAST", "enhanced"),
        ("ABD W IV CONTRAST", "enhanced"),
        ("contrast enhanced", "enhanced"),
        ("portal venous", "enhanced"),
        ("post contrast", "enhanced"),
        ("Partial thickness", ""),
        ("Abd posterior", ""),
        ("5.0 AX", ""),
    ],
)
def test_one_phase_is_what_it_says(words: str, meaning: str) -> None:
    assert contrast_said(words) == meaning


@pytest.mark.parametrize(
    "agent",
    [
        *("Gastrografin", "Omnipaque oral", "NaCl", "WATER", "BARIUM SULFATE", "Readi-Cat 2"),
        *("Mannitol 3%", "saline", "ORAL", "Telebrix Gastro", "VoLumen", "", "none", "keines"),
        *("Omnipaque p.o.", "Ultravist rectal", "Kochsalz 0.9%"),
    ],
)
def test_what_is_drunk_or_only_pushes_enhances_nothing(agent: str) -> None:
    assert not is_intravenous(agent)


@pytest.mark.parametrize(
    "agent",
    [
        *("Iomeron 400", "Omnipaque 350", "APPLIED", "Iodinated contrast agent", "Ultravist 370"),
        *("Gastrografin + Iomeron 350", "oral and IV", "Omnipaque oral; Omnipaque 350", "CE"),
        *("Iomeron 350 + NaCl", "Isovue-370"),
    ],
)
def test_what_goes_into_a_vein_enhances(agent: str) -> None:
    assert is_intravenous(agent)
