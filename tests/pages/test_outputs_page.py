"""docs/outputs.md is the table of outputs, and its how-to pages hold."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.segment.backends import BACKENDS
from myotome.write.contents import OUTPUTS, Job, undeclared

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_rows_say() -> None:
    path = ROOT / "scripts" / "outputs_page.py"
    spec = importlib.util.spec_from_file_location("outputs_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
    assert module.page() == written, "run python scripts/outputs_page.py"
    for row in OUTPUTS.own.values():
        assert all(f"`{file.name}`" in written for file in row.files)
    assert all(f"`{row.syntax}`" in written for row in BACKENDS.own.values())


def followed(name: str) -> dict[str, Any]:
    """What a reader who typed the examples of a how-to page has in hand."""
    text = (ROOT / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
    return example.globs


def test_the_output_of_the_page_writes_what_it_names(tmp_path: Path) -> None:
    row = followed("add-an-output")["row"]
    result: Any = SimpleNamespace(measurements=(1, 2, 3))
    extras: Any = None
    job = Job(result=result, folder=tmp_path, pictures=dict, extras=extras, argument="Mine")
    row.write(job)
    assert (tmp_path / "tally.txt").read_text() == "Mine: 3 numbers\n"
    assert not undeclared(tmp_path, [row])


def test_the_backend_of_the_page_labels_a_ct() -> None:
    from myotome.segment.backends import Wish

    row = followed("add-a-backend")["row"]
    grid = Grid.axial((3, 64, 64), (5.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    volume = Volume(hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=grid)
    found = row.make(Wish())(volume, None)
    assert found.backend == "boxes"
    assert len(found.gaps) == 11


@pytest.mark.parametrize("name", ["use-your-own-network"])
def test_what_the_page_tells_of_a_card_holds(name: str) -> None:
    assert followed(name)["channels"].missing
