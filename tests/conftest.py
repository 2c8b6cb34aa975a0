"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real CTs beside the repository; the test is skipped visibly without it."""
    if not _SHARED.is_dir():
        pytest.skip("needs the real CTs in ../shared/data, which are not part of the repository")
    return _SHARED
