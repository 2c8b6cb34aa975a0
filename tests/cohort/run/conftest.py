"""A cohort of acting studies, run by the real coordinator and the real keepers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from myotome.cohort.run.settings import Settings
from myotome.cohort.run.start import Wish
from myotome.cohort.store.opened import open_cohort

ACTING = (sys.executable, str(Path(__file__).with_name("acting.py")))
Rows = list[tuple[Any, ...]]


@pytest.fixture
def wished(tmp_path: Path) -> Callable[..., Wish]:
    """A wish to run studies that act as they are called."""

    def made(acts: Sequence[str], **more: Any) -> Wish:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for act in acts:
            (folder / f"{act}.nii").touch()
        manifest = tmp_path / "studies.csv"
        manifest.write_text("path\n" + "".join(f"in/{act}.nii\n" for act in acts))
        limits = {key: more.pop(key) for key in ("timeout_s", "memory_mb") if key in more}
        options = more.pop("options", {})
        settings = Settings(root=str(tmp_path / "cohort"), options=options, **limits)
        usual: dict[str, Any] = {"source": str(manifest), "workers": 2, "command": ACTING}
        return Wish(settings=settings, **{**usual, **more})

    return made


@pytest.fixture
def table(tmp_path: Path) -> Callable[[], Rows]:
    """What the cohort knows, but for keys and seconds: state, reason, value, attempt."""

    def read() -> Rows:
        with open_cohort(tmp_path / "cohort") as found:
            return found.sql(
                "SELECT s.state, s.reason, m.value, s.attempt FROM studies s "
                "LEFT JOIN measurements m USING (study, attempt) ORDER BY ALL"
            ).fetchall()

    return read
