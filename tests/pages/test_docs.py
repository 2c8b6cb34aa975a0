"""The how-to pages hold: what they tell to do works."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from myotome.tables.series import kernels

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_a_new_kernel_row_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {}
    text = (DOCS / "how-to" / "add-a-kernel.md").read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text, names, "add-a-kernel", None, 0)
    assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
    row = example.globs["row"]
    monkeypatch.setattr(kernels, "KERNELS", (row, *kernels.KERNELS))
    assert kernels.classify("ACME Imaging", "Zeta 4") == ("medium", "acme_zeta")
    assert kernels.classify("ACME Imaging", "Zeta 6") == ("sharp", "acme_zeta")


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_the_page_on_adding_a_flag_holds() -> None:
    text = (DOCS / "how-to" / "add-a-flag.md").read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text, {}, "add-a-flag", None, 0)
    assert len(example.examples) >= 5
    assert doctest.DocTestRunner().run(example).failed == 0


def test_the_worked_example_holds() -> None:
    text = (DOCS / "worked-example.md").read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text, {}, "worked-example", None, 0)
    assert len(example.examples) >= 20
    assert doctest.DocTestRunner().run(example).failed == 0
