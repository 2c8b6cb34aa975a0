"""What a row of the wide table says of its study beside the numbers, and why one is left out."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.cohort.columns import STUDIES
from myotome.tables.cohort.verdicts import VERDICTS
from myotome.tables.outputs.columns import Column
from myotome.tables.registry import Registry

_OF_STUDIES = Registry("column of studies", STUDIES)


def _same(key: str) -> Column:
    return _OF_STUDIES[key]


PEOPLE: tuple[Column, ...] = (
    *(_same(key) for key in ("study", "subject", "days_since_first", "sex", "age_years")),
    *(_same(key) for key in ("height_cm", "weight_kg")),
    Column(key="bmi_kg_m2", kind="DOUBLE", words="weight over height squared; empty without both"),
    _same("training"),
    Column(
        key="accepted",
        kind="BOOLEAN",
        words="what reviewers said of this measurement: false if one of them did not accept it, "
        "true if all that looked did; empty where nobody looked",
    ),
    Column(
        key="excluded_why",
        kind="VARCHAR",
        words="why statistics leave the study out; empty where they do not",
    ),
)
"""The first columns, in their order; further columns of the manifest follow."""
FAILURE: tuple[Column, ...] = (_same("state"), _same("reason"))
"""Columns beside them where failed studies are asked for."""
TROUBLE: tuple[Column, ...] = (
    Column(key="flags", kind="VARCHAR", words="codes of all flags of the study, with spaces"),
)
"""Columns beside them where flags are asked for."""
PERSON = Registry("column of the wide table", (*PEOPLE, *FAILURE, *TROUBLE))

UNITS = {
    "days_since_first": "days",
    "age_years": "years",
    "height_cm": "cm",
    "weight_kg": "kg",
    "bmi_kg_m2": "kg/m2",
}
"""Units of the columns that have one."""
PERSON.known(*UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A reason why statistics leave a study out; the first that holds is told."""

    key: str
    words: str


EXCLUSION = Registry(
    "exclusion",
    (
        Exclusion(key="failed", words="it could not be measured"),
        Exclusion(key="training", words="the person trained the network that measured it"),
        Exclusion(key="rejected", words=VERDICTS["reject"].excluded),
        Exclusion(key="wrong_level", words=VERDICTS["wrong_level"].excluded),
    ),
)
REVIEWED = {"reject": "rejected", "wrong_level": "wrong_level"}
"""The exclusion that a verdict of a reviewer leads to; the first of several is told."""
VERDICTS.known(*REVIEWED)
EXCLUSION.known(*REVIEWED.values())
if {row.key for row in VERDICTS.values() if row.accepts is False} != set(REVIEWED):
    raise ValueError("a verdict that does not accept leads to no exclusion")
BLANKED = (
    "value",
    *(f"{end}_{share}" for share in (80, 90) for end in ("low", "high")),
    "value_one_up",
    "value_one_down",
)
"""Columns of measurements that are empty where the value is not to be shown."""
BESIDE = (*BLANKED[1:], "status", "reason", "expected_dice", "covered_percent", "caveats", "flags")
"""Columns of measurements that the wide table can hold beside each value."""
