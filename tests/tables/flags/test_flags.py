"""Every flag is a row, every row is raised somewhere, and the page says what the rows say."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from myotome.nouns.numbers.flag import Flag, Severity
from myotome.tables.flags.every import CASE_FLAG, FLAG, FLAGS, raised
from myotome.tables.flags.row import CONCERNS, FlagRow
from myotome.tables.flags.training import TRAINING
from myotome.tables.person.fact_flags import FACT_FLAG
from myotome.tables.quantities.tissues import CAVEAT
from myotome.tables.series.rules import RULES

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "src" / "myotome").rglob("*.py"))
REGISTRIES = {"FLAG": FLAG, "CASE_FLAG": CASE_FLAG}
ROWS = (*FLAGS, *TRAINING)
MAKERS = {"tables/flags/row.py", "read/results/numbers.py"}
"""Where a flag is made, or read back as it was made; everything else raises a row."""


def _subscripts() -> Iterator[tuple[str, str, ast.expr]]:
    """Every FLAG[...] and CASE_FLAG[...] of the source: its file, the registry, the key."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in REGISTRIES:
                yield str(path.relative_to(ROOT)), ast.unparse(node.value), node.slice


def _literal() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in REGISTRIES}
    for _, name, key in _subscripts():
        if isinstance(key, ast.Constant):
            found[name].add(key.value)
    return found


def test_every_code_in_the_source_is_a_row() -> None:
    for name, keys in _literal().items():
        assert keys - set(REGISTRIES[name]) == set()


def test_keys_are_literal_where_a_flag_is_raised() -> None:
    """Save the caveats, whose table is itself held to the rows, and flags that exist already."""
    keys = ((file, key) for file, _, key in _subscripts())
    free = {(file, ast.unparse(k)) for file, k in keys if not isinstance(k, ast.Constant)}
    assert free == {
        ("src/myotome/measure/composition/validity.py", "row.key"),
        ("src/myotome/paths/one_slice.py", "flag.code"),
        ("src/myotome/runtime/notices.py", "rule.flag"),
    }


def test_every_row_is_raised_somewhere() -> None:
    used = _literal()
    by_rules = {rule.flag for rule in RULES}
    assert set(FLAG) - used["FLAG"] - set(CAVEAT) - by_rules == set()
    assert set(CASE_FLAG) - used["CASE_FLAG"] == set()


def test_no_flag_is_made_beside_the_table() -> None:
    made = {
        str(path.relative_to(ROOT / "src" / "myotome"))
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Flag"
    }
    assert made == MAKERS


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.key)
def test_a_row_says_what_it_means_where_it_comes_from_and_what_to_do(row: FlagRow) -> None:
    for text in (row.words, row.cause, row.mend):
        assert text[0].isupper()
        assert text.endswith(".")
        assert "|" not in text
    assert row.words.count(". ") == 0, "one sentence"
    assert row.key.replace("_", "").isalnum()
    assert row.key.islower()


def test_only_training_cases_fail() -> None:
    assert not [r.key for r in FLAGS if r.severity is Severity.FAILURE or r.stage == "train"]
    assert {r.stage for r in TRAINING} == {"train"}
    assert {r.concerns for r in ROWS} == set(CONCERNS)


def test_caveats_and_flags_of_facts_are_rows() -> None:
    assert set(CAVEAT) | set(FACT_FLAG) <= set(FLAG)


@pytest.mark.parametrize("lost", ["words", "cause", "mend"])
def test_a_row_that_leaves_its_reader_alone_is_refused(lost: str) -> None:
    with pytest.raises(ValueError, match="lacks"):
        dataclasses.replace(FLAGS[0], **{lost: ""})


def test_a_raised_flag_has_severity_and_stage_of_its_row() -> None:
    told = raised(FLAG["side_asymmetry"], "The left is large.", structure="psoas")
    assert told == Flag(
        code="side_asymmetry",
        severity=Severity.WARNING,
        message="The left is large.",
        stage="measure",
        structure="psoas",
    )


def test_a_level_or_severity_that_the_row_does_not_allow_is_refused() -> None:
    assert raised(FLAG["implausible_value"], "x", level="L3").level == "L3"
    with pytest.raises(ValueError, match="no single level"):
        raised(FLAG["side_asymmetry"], "x", level="L3")
    row = dataclasses.replace(FLAG["labels_resampled"], also=(Severity.INFO,))
    milder = raised(row, "x", severity=Severity.INFO)
    assert milder.severity is Severity.INFO
    with pytest.raises(ValueError, match="never of severity"):
        raised(FLAG["labels_edited"], "x", severity=Severity.WARNING)


def test_an_unknown_code_is_refused_at_once() -> None:
    with pytest.raises(KeyError):
        FLAG["side_asymetry"]
    with pytest.raises(ValueError, match='no flag row is called "metall"'):
        FLAG.known("metal", "metall")


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "flags_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_in_step_with_the_tables(script: ModuleType) -> None:
    written = script.PAGE.read_text(encoding="utf-8")
    assert written == script.page(), "run: python scripts/flags_page.py"


def test_the_page_names_every_row(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    text = script.page()
    for row in ROWS:
        assert f"| `{row.key}` | {row.severity}" in text
        assert row.mend in text
    changed = dataclasses.replace(FLAGS[0], mend="Do another thing.")
    monkeypatch.setattr(script, "FLAGS", (changed, *FLAGS[1:]))
    assert "Do another thing." in script.page()
