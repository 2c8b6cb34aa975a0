"""Cohorts whose numbers the tests choose: records saved as a run saves them, no network at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save

Cells = Mapping[str, Any]
Make = Callable[..., None]


def row(
    quantity: str, structure: str, value: float | None, *, side: str = "both", level: str = "slab",
    unit: str = "g", status: str = "measured", dice: float | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "quantity": quantity, "structure": structure, "side": side, "level": level,
        "value": value, "unit": unit, "status": status, "expected_dice": dice, **more,
    }  # fmt: skip


@pytest.fixture(name="row")
def _row() -> Callable[..., dict[str, Any]]:
    """Makes the cells of one measurement."""
    return row


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    root = tmp_path / "cohort"
    root.mkdir()
    (root / "cohort.json").write_text('{"format": 1}')
    return Layout(root=root)


@pytest.fixture
def add(layout: Layout) -> Make:
    """Put one study into the cohort."""

    def made(
        study: str,
        *rows: Cells,
        flags: Sequence[tuple[str, str, str]] = (),
        attempt: int = 1,
        **facts: Any,
    ) -> None:
        told = {"study": study, "attempt": attempt, "state": "done", "subject": f"p{study}"}
        flagged = [
            {"code": code, "severity": severity, "message": words}
            for code, severity, words in flags
        ]
        save(
            Record(study={**told, **facts}, rows={"measurements": list(rows), "flags": flagged}),
            layout,
        )

    return made


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of a headless Chromium; without one the test is skipped visibly."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium (Debian: chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1500, "height": 900})
        browser.close()
