"""Forms that a cohort is handed on in, and the columns that their standards want."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form: ``words`` for help, ``note`` (lines) for the README that goes with it."""

    key: str
    words: str
    note: tuple[str, ...]


FORM = Registry(
    "form of export",
    (
        Form(
            key="csv",
            words="CSV files: wide, measurements, flags, series, slices, dictionary",
            note=(
                "wide.csv has a row per study, measurements.csv a row per number.",
                "dictionary.csv says what every column of wide.csv is. Empty cells: not measured.",
                "A text that a spreadsheet would run has ' put before it.",
            ),
        ),
        Form(
            key="parquet",
            words="Parquet: the same with types; measurements as a dataset by quantity",
            note=(
                "measurements/ is a dataset partitioned by quantity (hive style), for arrow,",
                "polars, pandas, Spark and DuckDB. The other tables are files. NULL: not measured.",
            ),
        ),
        Form(
            key="redcap",
            words="REDCap: data dictionary and data, both to import",
            note=(
                "1. Project Setup, Data Dictionary: upload redcap_data_dictionary.csv.",
                "2. If redcap_data.csv has the column redcap_repeat_instance: switch on the",
                "   repeating instrument myotome, as some people have several studies.",
                "3. Data Import Tool: upload redcap_data.csv.",
                "record_id is the person's pseudonym. Empty cells: not measured.",
                "dictionary.csv says which column of Myotome each variable is.",
            ),
        ),
        Form(
            key="omop",
            words="OMOP CDM 5.4: rows of MEASUREMENT and a SOURCE_TO_CONCEPT_MAP to complete",
            note=(
                "measurement.csv holds rows of MEASUREMENT (OMOP CDM 5.4).",
                "No concept is claimed that nobody verified: every *_concept_id that must be given",
                "is 0 (no matching concept). Fill target_concept_id in source_to_concept_map.csv,",
                "which has a row for every measurement and unit, and apply it.",
                "measurement_type_concept_id is 0 too: choose the one your network agreed on.",
                "person_id is a number of this export: person_map.csv leads to the pseudonyms.",
                "A cohort holds no dates. measurement_date is 1970-01-01 plus the days since the",
                "person's first study (study_map.csv: known or not), so intervals alone are true.",
            ),
        ),
        Form(
            key="bids",
            words="BIDS derivatives: participants, sessions, phenotype, a table per study",
            note=(
                "A BIDS derivative dataset. phenotype/myotome.tsv has a row per study (session).",
                "CT is no datatype of BIDS 1.10, so the tables in the folders ct/ are named in",
                ".bidsignore. Ages above 89 years are 89+. n/a: not measured.",
            ),
        ),
    ),
)

REDCAP_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""The columns of a data dictionary of REDCap, in its own order."""
REDCAP_LONGEST = 100
"""Characters of the name of a variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an OMOP table: name, whether it must be there, and its type."""

    key: str
    required: bool
    kind: str


def _field(key: str, kind: str = "integer", *, required: bool = False) -> Field:
    return Field(key=key, required=required, kind=kind)


OMOP_MEASUREMENT = (
    _field("measurement_id", required=True),
    _field("person_id", required=True),
    _field("measurement_concept_id", required=True),
    _field("measurement_date", "date", required=True),
    _field("measurement_datetime", "datetime"),
    _field("measurement_time", "varchar(10)"),
    _field("measurement_type_concept_id", required=True),
    _field("operator_concept_id"),
    _field("value_as_number", "float"),
    _field("value_as_concept_id"),
    _field("unit_concept_id"),
    _field("range_low", "float"),
    _field("range_high", "float"),
    _field("provider_id"),
    _field("visit_occurrence_id"),
    _field("visit_detail_id"),
    _field("measurement_source_value", "varchar(50)"),
    _field("measurement_source_concept_id"),
    _field("unit_source_value", "varchar(50)"),
    _field("unit_source_concept_id"),
    _field("value_source_value", "varchar(50)"),
    _field("measurement_event_id"),
    _field("meas_event_field_concept_id"),
)
"""MEASUREMENT of the OMOP Common Data Model 5.4 (OHDSI, field level specification)."""
OMOP_MAP = (
    _field("source_code", "varchar(50)", required=True),
    _field("source_concept_id", required=True),
    _field("source_vocabulary_id", "varchar(20)", required=True),
    _field("source_code_description", "varchar(255)"),
    _field("target_concept_id", required=True),
    _field("target_vocabulary_id", "varchar(20)", required=True),
    _field("valid_start_date", "date", required=True),
    _field("valid_end_date", "date", required=True),
    _field("invalid_reason", "varchar(1)"),
)
"""SOURCE_TO_CONCEPT_MAP of the same."""
OMOP_SOURCE_LONGEST = 50
"""Characters of a source value."""
