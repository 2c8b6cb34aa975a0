"""Names of series as scanners and departments write them: derived ones are known."""

from __future__ import annotations

import re

import pytest

from myotome.tables.series.derived import (
    KINDS_OF_IMAGE,
    kind_by_private_texts,
    kind_of_image,
)

AXIAL = "DERIVED SECONDARY AXIAL"
NAMES = {
    "monoenergetic": (
        "Monoenergetic Plus 40 keV 5.0",
        "MONO 50keV",
        "Mono+ 190 keV",
        "MonoE 45 keV",
        "ABD 40keV Q3",
        "VMI_40",
        "GSI MONO",
        "Monochromatic 50",
        "Virtual monoenergetic",
    ),
    "monoenergetic_usual": (
        "Monoenergetic Plus 70 keV",
        "MONO 70keV",
        "70 keV 3.0 Qr40",
        "MonoE 65",
        "ABD_74keV",
    ),
    "virtual_unenhanced": (
        "VNC",
        "Abd VNC 5.0",
        "Virtual Non-Contrast 5.0",
        "virtual unenhanced",
        "LIVER_VNC",
        "VUE 5mm",
        "Virtual Native",
        "Iodine removed",
    ),
    "iodine_map": ("Iodine map", "IODINE NO WATER", "Jodkarte", "VNI 3mm"),
    "electron_density": ("Electron Density", "Rho/Z", "Rel. e-density"),
    "atomic_number": ("Z Effective", "ZEFF 2.0", "Effective Z"),
    "calcium_suppressed": ("CaSupp 25 index", "Calcium suppressed", "VNCa 5.0"),
    "uric_acid": ("Uric Acid", "DE Gout", "URATE 2mm"),
    "material": ("Material density water", "MD Water", "FAT FRACTION", "ECV", "SBI"),
    "subtraction": (
        "Subtraction art-nat",
        "SUB ven-nat",
        "Substraction",
        "ABD_SUBTR",
        "subtracted",
    ),
    "perfusion": ("Lung PBV", "PERFUSION", "Blood Flow", "MTT", "Permeability"),
    "projection": (
        "ABD_MIP_AX_10mm",
        "Thorax_MinIP",
        "AX_MIP",
        "MIP10",
        "ABD_MIP_3.0",
        "mIP",
        "MaxIP cor",
        "VRT",
        "RaySum",
        "Maximum intensity",
    ),
    "mpr": ("COR_MPR_3.0", "cMPR", "Curved MPR", "reformatted", "CPR aorta"),
    "fused": ("PET-CT fused", "Fusion PET", "Overlay"),
    "synthetic": ("synthetic CT", "sCT", "PseudoCT"),
    "metal_reduced": (
        "ABD iMAR 3.0",
        "O-MAR",
        "SmartMAR",
        "SEMAR",
        "Metal Artifact Reduction",
        "MAR 5.0",
    ),
}
PLAIN = (
    "ABD 5.0 B31f",
    "Abdomen nativ 5mm",
    "5.0 AX PORTAL VENOUS",
    "monophasic abdomen",
    "mono-phase",
    "MONOCHROME2",
    "Subdiaphragmatic",
    "sub-hepatic",
    "L4/5 fusion post op",
    "MIPAV export",
    "Marfan protocol",
    "March 5mm",
    "ED abdomen",
    "3D THIN",
    "EMERGENCY",
    "Scapula",
    "kidney stone",
    "iodinated contrast",
    "Ultrahigh",
    "AVERAGE 5.0",
    "gouttiere",
    "Vrtx",
    "M_0.6 DE 120kV",
    "DE_Abd 80/140",
)
CASES = [(name, key) for key, names in NAMES.items() for name in names]


@pytest.mark.parametrize(("name", "key"), CASES)
def test_names_are_known(name: str, key: str) -> None:
    assert kind_of_image(AXIAL, [name]) == key
    assert kind_of_image(AXIAL, ["", name.upper()]) == key


@pytest.mark.parametrize("name", PLAIN)
def test_plain_names_are_left_alone(name: str) -> None:
    assert kind_of_image("ORIGINAL PRIMARY AXIAL", [name]) == ""
    assert kind_of_image("ORIGINAL PRIMARY AXIAL CT_SOM5 SPI", [name.lower()]) == ""


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("DERIVED PRIMARY AXIAL VMI", "monoenergetic"),
        ("DERIVED PRIMARY AXIAL MAT_REMOVED", "virtual_unenhanced"),
        ("DERIVED PRIMARY AXIAL MAT_SPECIFIC", "material"),
        ("DERIVED PRIMARY AXIAL MAT_FRACTIONAL", "material"),
        ("DERIVED PRIMARY AXIAL EFF_ATOMIC_NUM", "atomic_number"),
        ("DERIVED PRIMARY AXIAL ELECTRON_DENSITY", "electron_density"),
        ("DERIVED PRIMARY VOLUME SUBTRACTION", "subtraction"),
        ("DERIVED PRIMARY PERFUSION NONE", "perfusion"),
        ("DERIVED SECONDARY AXIAL DE_VNC", "virtual_unenhanced"),
        ("DERIVED SECONDARY AXIAL DE_PBV", "perfusion"),
        ("DERIVED SECONDARY AXIAL MIN_IP", "projection"),
        ("DERIVED SECONDARY AXIAL AVERAGE", ""),
    ],
)
def test_image_types_of_the_standard(kind: str, key: str) -> None:
    assert kind_of_image(kind, ["5.0"]) == key


@pytest.mark.parametrize(
    ("unit", "key"),
    [
        ("HU", ""),
        ("HU_MOD", "virtual_unenhanced"),
        ("MGML", "iodine_map"),
        ("Z_EFF", "atomic_number"),
        ("ED", "electron_density"),
        ("EDW", "electron_density"),
        ("PCT", "material"),
    ],
)
def test_units_of_the_standard(unit: str, key: str) -> None:
    assert kind_of_image("DERIVED PRIMARY AXIAL", ["5.0"], unit) == key


def test_the_energy_of_the_header_decides() -> None:
    assert kind_of_image("", ["VMI"], kev=40.0) == "monoenergetic"
    assert kind_of_image("", ["5.0"], kev=70.0) == "monoenergetic_usual"


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (["ABD", "MONOENERGETIC 40"], "monoenergetic"),
        (["70 keV"], "monoenergetic_usual"),
        (["Virtual Non Contrast"], "virtual_unenhanced"),
        (["Material density iodine"], "material"),
        (["MAR OFF", "PERFUSED", "IODINE 350", "MONOCHROME2", "MIP"], ""),
    ],
)
def test_private_texts_count_where_they_are_unmistakable(texts: list[str], key: str) -> None:
    assert kind_by_private_texts(texts) == key


@pytest.mark.parametrize("row", KINDS_OF_IMAGE, ids=lambda row: row.key)
def test_every_row_is_sourced_and_decides(row) -> None:  # type: ignore[no-untyped-def]
    assert row.source
    assert row.verdict in ("refused", "reserve", "note")
    for pattern in (row.types, row.names, row.units, row.private):
        re.compile(pattern)
    assert row.key in NAMES or row.key in ("localizer", "dose_report", "secondary_capture")
