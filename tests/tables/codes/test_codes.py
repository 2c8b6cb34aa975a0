"""Every coded row: check digits, meanings, lengths, and that every table row has its code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from pydicom.sr._concepts_dict import concepts

from myotome.tables.anatomy import muscles, vertebrae
from myotome.tables.codes import anatomy as codes_anatomy
from myotome.tables.codes import quantities as codes_quantities
from myotome.tables.codes.code import PRIVATE, SCHEME
from myotome.tables.codes.every import ALL, PRIVATE_CODES
from myotome.tables.outputs import colours as display
from myotome.tables.person import facts as fact_keys
from myotome.tables.quantities import indices, quantities
from myotome.tables.quantities import tissues as composition

ROWS = sorted({code for _, code in ALL}, key=lambda c: (c.scheme, c.value, c.meaning))
SNOMED = [code for code in ROWS if code.scheme == "SCT"]


def _dictionary() -> dict[tuple[str, str], set[str]]:
    """(scheme, code) -> the meanings in DICOM's own dictionary, PS3.16."""
    found: dict[tuple[str, str], set[str]] = {}
    for scheme, rows in concepts.items():
        for by_code in rows.values():
            for value, (meaning, _contexts) in by_code.items():
                found.setdefault((scheme, value), set()).add(meaning)
    return found


DICTIONARY = _dictionary()

# The dihedral group's tables of Verhoeff 1969, as in SNOMED International's Technical
# Implementation Guide, "Check-digit".
_TIMES = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
_TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def verhoeff(digits: str) -> bool:
    check = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        for _ in range(place % 8):
            digit = _TURN[digit]  # noqa: PLW2901 - the permutation is applied place times
        check = _TIMES[check][digit]
    return check == 0


def test_the_check_itself_tells_good_from_bad():
    assert verhoeff("36470004")  # L3 vertebra
    # codes that published mappings give for abdominal muscles and that are no SNOMED codes
    for wrong in ("47560002", "77634003", "44530005", "33147005", "49975005", "76862009"):
        assert not verhoeff(wrong)
    assert not verhoeff("36470005")


@pytest.mark.parametrize("code", SNOMED, ids=lambda c: c.value)
def test_check_digit_of_every_snomed_code(code):
    assert re.fullmatch(r"[1-9]\d{5,17}", code.value)
    assert verhoeff(code.value)
    assert code.value[-3:-1] in {"00", "10"}, "a concept id, not a description's"


@pytest.mark.parametrize("code", ROWS, ids=lambda c: f"{c.scheme}-{c.value}")
def test_meaning_is_that_of_dicom_or_the_source_is_named(code):
    known = DICTIONARY.get((code.scheme, code.value))
    if code.is_private:
        assert known is None
        assert code.definition
        assert re.fullmatch(r"[A-Z0-9]+", code.value)
    elif known is None:
        assert code.source or code.scheme == "UCUM", "neither in DICOM's dictionary nor cited"
    else:
        # templates print a few names otherwise than the dictionary; such rows name the template
        assert code.meaning in known or "TID" in code.source
        assert not code.source or code.meaning not in known


@pytest.mark.parametrize("code", ROWS, ids=lambda c: f"{c.scheme}-{c.value}")
def test_code_fits_its_attributes(code):
    assert len(code.value) <= 16  # Code Value is SH
    assert len(code.meaning) <= 64  # Code Meaning is LO
    assert code.scheme in SCHEME
    assert "\\" not in code.meaning


@pytest.mark.parametrize("code", [c for c in ROWS if c.scheme == "UCUM"], ids=lambda c: c.value)
def test_unit_is_written_in_ucum(code):
    # The atoms used here, with the metric prefixes they have (UCUM 2.1, tables 1 to 5).
    atom = r"(\[hnsf'U\]|[kcm]?(g|m|V)|a|s|%|1|\{\w+\})\d?"
    assert re.fullmatch(rf"{atom}(/({atom}|\({atom}/{atom}\)))?", code.value)


def test_a_code_has_one_meaning_and_a_meaning_one_code():
    by_value: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for code in ROWS:
        by_value.setdefault((code.scheme, code.value), set()).add((code.meaning, code.definition))
    assert all(len(found) == 1 for found in by_value.values())
    meanings = [code.meaning.lower() for code in PRIVATE_CODES]
    assert len(set(meanings)) == len(meanings)
    assert all(code.scheme == PRIVATE for code in PRIVATE_CODES)


@pytest.mark.parametrize(
    "key",
    [
        *(group.key for group in muscles.GROUPS),
        *(f"{group.key}_intramuscular_fat" for group in muscles.GROUPS),
        *(row.key for row in muscles.COMPARTMENTS),
        *(row.window for row in display.MAP_CLASSES),
        *(row.key for row in composition.TISSUES),
        composition.BODY,
        "total",
        "slab",
    ],
)
def test_every_structure_has_its_codes(key):
    assert key in codes_anatomy.STRUCTURE


@pytest.mark.parametrize("muscle", muscles.GROUPS, ids=lambda m: m.key)
def test_fma_ids_are_those_of_the_muscle_table(muscle):
    row = codes_anatomy.STRUCTURE[muscle.key]
    ids = {code.value for code in (row.type, *row.also) if code.scheme == "FMA"}
    assert (str(muscle.fma) in ids) if muscle.fma else len(ids) == 3


@pytest.mark.parametrize("name", [*composition.LEVELS, "L3/L4", *vertebrae.REPORTED])
def test_every_level_has_its_code(name):
    assert name in codes_anatomy.LEVEL


@pytest.mark.parametrize("row", vertebrae.VERTEBRAE, ids=lambda v: v.name)
def test_the_vertebra_table_says_the_same(row):
    assert row.snomed is None or row.snomed == codes_anatomy.LEVEL[row.name].value


@pytest.mark.parametrize("key", list(quantities.QUANTITY))
def test_every_quantity_has_its_code(key):
    assert key in codes_quantities.QUANTITY


@pytest.mark.parametrize("row", [*indices.INDICES, *indices.ESTIMATES], ids=lambda r: r.key)
def test_every_index_has_its_code_and_unit(row):
    assert row.key in codes_quantities.INDEX
    assert row.unit in codes_quantities.UNIT


def test_no_code_of_a_row_that_is_gone():
    known = {row.key for row in (*indices.INDICES, *indices.ESTIMATES)}
    assert set(codes_quantities.INDEX) == known
    assert set(codes_quantities.QUANTITY) == set(quantities.QUANTITY)


@pytest.mark.parametrize(
    "unit",
    sorted(
        {*(q.unit for q in quantities.QUANTITY.values()), *(f.unit for f in fact_keys.FACT_KEYS)}
    ),
)
def test_every_unit_has_its_code(unit):
    assert unit in codes_quantities.UNIT


def test_concept_derivation_and_method_tell_quantities_apart():
    told = [
        (row.concept, row.derivation, row.method)
        for row in codes_quantities.QUANTITIES
        if row.key not in ("index", "mean_index", "estimate")
    ]
    assert len(set(told)) == len(told)


def test_page_is_that_of_the_tables():
    root = Path(__file__).resolve().parents[3]
    spec = importlib.util.spec_from_file_location("codes_page", root / "scripts" / "codes_page.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (root / "docs" / "dicom-codes.md").read_text(encoding="utf-8")
    assert written == script.page(), "run: python scripts/codes_page.py"
    for code in PRIVATE_CODES:
        assert f"| `{code.value}` | {code.meaning} | {code.definition} |" in written
