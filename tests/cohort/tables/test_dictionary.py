"""The data dictionary has an entry for every column, and says of each what the tables say."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from myotome import open_cohort
from myotome.cohort.tables.dictionary import OF_MANIFEST, Entry, dictionary, save_dictionary
from myotome.cohort.tables.wanted import Wanted
from myotome.cohort.tables.wide import wide
from myotome.errors import InputError
from myotome.tables.outputs.named import meaning_of, structure_words, words_of
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.quantities.tissues import TISSUE

PSOAS = "psoas_left_slab_gross_mass_g"


@pytest.fixture(scope="module")
def entries(folder: Path) -> dict[str, Entry]:
    with open_cohort(folder) as cohort:
        found = dictionary(cohort, Wanted(with_=("low_90", "status")))
    assert len({entry.column for entry in found}) == len(found)
    return {entry.column: entry for entry in found}


def test_every_column_has_an_entry_in_the_same_order(
    folder: Path, entries: dict[str, Entry]
) -> None:
    with open_cohort(folder) as cohort:
        made = wide(cohort, Wanted(with_=("low_90", "status")))
        assert cohort.sql(made.query).columns == list(entries)


def test_a_number_says_its_place_unit_and_meaning(entries: dict[str, Entry]) -> None:
    found = entries["psoas_slab_lean_mass_g"]
    assert (found.label, found.unit) == ("psoas, lean mass, slab", "g")
    assert found.meaning == QUANTITY["lean_mass"].meaning
    assert (found.window_low_hu, found.window_high_hu) == WINDOW["muscle"].bounds_hu
    fat = entries["visceral_fat_l3_area_cm2"]
    assert fat.meaning == TISSUE["visceral_fat"].source
    assert (fat.window_low_hu, fat.window_high_hu) == WINDOW["visceral_fat"].bounds_hu
    smi = entries["skeletal_muscle_index_l3_cm2_per_m2"]
    assert smi.label == "skeletal muscle index (SMI), L3"
    assert "Fearon 2011" in smi.meaning
    assert entries["psoas_slab_gross_mass_g"].window_low_hu is None


def test_studies_are_counted_by_status(entries: dict[str, Entry]) -> None:
    found = entries[PSOAS]
    counts = (found.measured, found.partial, found.absent, found.not_measurable)
    assert counts == (6, 1, 0, 0)
    cap = entries["gluteus_medius_left_l1_area_cm2"]
    assert (cap.measured, cap.absent) == (0, 7)


def test_what_stands_beside_a_number_and_before_it_is_there_too(
    entries: dict[str, Entry],
) -> None:
    assert entries[f"{PSOAS}_low_90"].unit == "g"
    assert (entries[f"{PSOAS}_status"].unit, entries[f"{PSOAS}_status"].kind) == ("", "text")
    assert entries["age_years"].unit == "years"
    assert entries["training"].kind == "true or false"
    assert entries["site"].meaning == entries["given_Sex"].meaning == OF_MANIFEST


def test_every_number_of_a_result_is_known_to_the_tables(entries: dict[str, Entry]) -> None:
    for entry in entries.values():
        if entry.measured is not None:
            assert entry.meaning or entry.definition, entry.column
            assert "_" not in entry.label


def test_words_of_what_no_table_knows() -> None:
    assert words_of(quantity="q_1", structure="new_one", side="", level="L3") == "new one, q 1, L3"
    assert meaning_of(quantity="q", structure="psoas") == ""
    assert structure_words("psoas_intramuscular_fat") == "fat inside the psoas mask"


@pytest.mark.parametrize("ending", [".csv", ".md", ".json"])
def test_each_kind_of_file_holds_every_entry(
    entries: dict[str, Entry], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"d{ending}"
    save_dictionary(tuple(entries.values()), path)
    text = path.read_text(encoding="utf-8")
    if ending == ".json":
        assert [row["column"] for row in json.loads(text)] == list(entries)
    elif ending == ".csv":
        names = [row["column"] for row in csv.DictReader(text.splitlines())]
        assert names == [f"'{name}" if name[0] == "=" else name for name in entries]
    else:
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        assert len(rows) == len(entries)
        assert {line.count(" | ") for line in rows} == {7}


def test_another_ending_is_refused(entries: dict[str, Entry], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.md or \.json"):
        save_dictionary(tuple(entries.values()), tmp_path / "d.pdf")
