"""Rules and preferences may only ask for what is known of every series."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from myotome.nouns.study.candidate import Candidate
from myotome.tables.flags.every import FLAG
from myotome.tables.series.preferences import PREFERENCES, Preference
from myotome.tables.series.rules import RULE, RULES


def test_a_rule_that_asks_for_no_fact_of_a_series_is_refused() -> None:
    with pytest.raises(ValueError, match="the row kvp asks for kilovolt"):
        replace(RULE["kvp"], fact="kilovolt")
    with pytest.raises(ValueError, match="the row kvp asks for voltage"):
        replace(RULE["kvp"], text="was made at {voltage:g} kV")
    with pytest.raises(ValueError, match="asks for beauty"):
        Preference(key="beauty", fact="beauty")


def test_every_fact_of_a_series_is_asked_for() -> None:
    asked = {row.fact for row in (*RULES, *PREFERENCES)}
    said = {name for row in RULES for name in _named(row.text)}
    assert asked | said == {field.name for field in fields(Candidate)}


def _named(text: str) -> set[str]:
    return {part.partition("}")[0].partition(":")[0] for part in text.split("{")[1:]}


READING_SAYS_IT = {
    "thin": ("thin_averaged", "thin_slices"),
    "gaps": ("gaps_interpolated",),
    "lost": ("files_lost",),
    "unlike": ("images_unlike",),
}
"""Rules whose flags are raised where the volume is made, with more detail."""


def test_whatever_speaks_against_a_measured_series_becomes_a_flag() -> None:
    against = {rule.key for rule in RULES if rule.verdict in ("refused", "reserve")}
    silent = {rule.key for rule in RULES if not rule.flag}
    fixed = {rule.key for rule in RULES if not rule.override}
    assert against & silent - fixed == set(READING_SAYS_IT)
    assert {code for codes in READING_SAYS_IT.values() for code in codes} <= set(FLAG)
