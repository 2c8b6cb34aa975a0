"""The real CTs, the networks to try on them, and the whole path between."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from myotome.evaluate.calibration.fit import read_listing
from myotome.nets.infer import Engine
from myotome.nets.model import load, load_own
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.runtime.config import Configuration
from myotome.segment.backends import BUNDLED, backend
from myotome.study import Stages, run

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One CT with the network to try on it; ``unseen`` if that did not learn from this CT.

    ``shipped`` if it is the network inside the package, whose results age when it is replaced.
    """

    case: Path
    engine: Engine
    unseen: bool
    shipped: bool

    @property
    def name(self) -> str:
        return self.case.name

    @property
    def sha256(self) -> str:
        return self.engine.model.sha256

    def facts(self) -> dict[str, Any]:
        """Which network this is, for the record."""
        return {
            "subject": self.name,
            "sha256": self.sha256,
            "unseen": self.unseen,
            "shipped": self.shipped,
            "engine": self.engine.description,
        }


def labelled(data: Path) -> list[Path]:
    """The folders of the CTs with reference labels."""
    return sorted(p.parent for p in (data / "cases").glob("*/muscles.nii.gz"))


def unlabelled(data: Path) -> list[Path]:
    """The folders of the CTs without."""
    return sorted(p.parent for p in (data / "unlabelled").glob("*/ct.nii.gz"))


def held_out(listing: Path, threads: int) -> list[Trial]:
    """Each network of the listing (with its card) on the CT that it did not learn from."""
    return [
        Trial(
            case=case.resolve(),
            engine=Engine(replace(load_own(net), own=False), threads=threads),
            unseen=True,
            shipped=False,
        )
        for net, case in read_listing(listing)
    ]


def shipped(cases: Sequence[Path], threads: int, *, learnt_from: Sequence[Path]) -> list[Trial]:
    """The network inside the package on each of ``cases``."""
    engine = Engine(load("muscles"), threads=threads)
    return [Trial(case=c, engine=engine, unseen=c not in learnt_from, shipped=True) for c in cases]


class WholePath:
    """The path of ``myotome run``, without its output, with any network in it."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._stages = Stages.of(Configuration(threads=threads))

    def __call__(self, ct: Path, engine: Engine) -> StudyResult:
        stages = replace(self._stages, segment=backend(BUNDLED, nets=lambda _name: engine))
        return run(ct, stages=stages, threads=self._threads)


def write_ct(hu: np.ndarray, grid: Grid, path: Path) -> Path:
    """A CT as NIfTI; ``hu`` is ``(k, j, i)`` on ``grid``, which need not be canonical."""
    image = nib.Nifti1Image(np.ascontiguousarray(hu).transpose(2, 1, 0), _LPS_TO_RAS @ grid.matrix)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)
    return path


def write_labels(volume: Volume, labels: np.ndarray, path: Path) -> None:
    """Labels on the volume's own (canonical) grid, for looking at them elsewhere."""
    write_ct(labels.astype(np.uint8), volume.grid, path)


def digest(*words: str) -> str:
    """A short name for what a result depends on."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def write_json(document: dict[str, Any], path: Path) -> None:
    """One line per row of each table in ``document``, so that changes can be read; whole or not."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n  ".join(_line(row) for row in value)
            parts.append(f" {json.dumps(key)}: [\n  {rows}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {_line(value)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    temporary.replace(path)


def _line(value: Any) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False, allow_nan=False)


def _rounded(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value
