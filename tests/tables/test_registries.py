"""No table swallows a row: two rows of one name are refused where the table is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from myotome.tables.anatomy.muscles import MUSCLES
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.quantities import (
    COMPOSITION_QUANTITIES,
    NUMBER,
    QUANTITIES,
    QUANTITY,
)
from myotome.tables.registry import Registry, one_each, unique

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted((ROOT / "src" / "myotome" / "tables").rglob("*.py"))


def _swallows(tree: ast.AST) -> Iterator[int]:
    """Lines that make a dict of rows, in which the later of two rows of one name would win."""
    for node in ast.walk(tree):
        if isinstance(node, ast.DictComp):
            made = ast.unparse(node.generators[0].iter)
            if not made.startswith("enumerate(") and not made.endswith(".items()"):
                yield node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "dict":
            made = [arg for arg in node.args if not isinstance(arg, ast.Name | ast.Attribute)]
            yield from (node.lineno for _ in made)


@pytest.mark.parametrize("path", TABLES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_table_is_a_dict_that_swallows_rows(path: Path) -> None:
    assert list(_swallows(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text", ["X = {row.key: row for row in ROWS}", "X = dict((r.key, r) for r in ROWS)"]
)
def test_a_dict_that_swallows_rows_would_be_seen(text: str) -> None:
    assert list(_swallows(ast.parse(text))) == [1]


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match='two muscle rows are called "psoas_left"'):
        Registry("muscle", (*MUSCLES, MUSCLES[0]))
    with pytest.raises(ValueError, match='two value rows are called "3"'):
        unique("value", [(3, "a"), (3, "a")])


def test_one_each_wants_all_and_no_others() -> None:
    assert dict(one_each("side", ("l", "r"), [("r", 1), ("l", 2)])) == {"r": 1, "l": 2}
    for pairs, fault in (
        ([("l", 1)], "lack r"),
        ([("l", 1), ("r", 2), ("x", 3)], "not known: x"),
        ([("l", 1), ("r", 2), ("l", 3)], 'called "l"'),
    ):
        with pytest.raises(ValueError, match=fault):
            one_each("side", ("l", "r"), pairs)


def test_no_index_is_called_as_a_quantity_is() -> None:
    every = (*QUANTITIES, *COMPOSITION_QUANTITIES, *INDICES, *ESTIMATES)
    assert list(NUMBER.values()) == list(every)
    assert set(QUANTITY) == {row.key for row in (*QUANTITIES, *COMPOSITION_QUANTITIES)}
    for twice in (INDICES[0], QUANTITIES[0], COMPOSITION_QUANTITIES[0], ESTIMATES[0]):
        with pytest.raises(ValueError, match="two quantity rows"):
            Registry("quantity", (*every, twice))
