"""What an earlier run left in its folder."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myotome.errors import InputError
from myotome.nouns.numbers.measurement import SliceArea
from myotome.tables.quantities.tissues import TISSUE

_TOLD_BOUNDS = re.compile(r"(-?\d+)\.\.(-?\d+) HU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a results folder says of areas: slice by slice, and the HU bounds per tissue."""

    areas: tuple[SliceArea, ...]
    windows: Mapping[str, tuple[int, int]]
    input_sha256: str

    @property
    def step_mm(self) -> float:
        """Distance of its slices, 0 if there is only one."""
        z = np.unique([area.z_mm for area in self.areas])
        return float(np.diff(z).min()) if len(z) > 1 else 0.0


def read_results(folder: Path) -> Results:
    """The areas in a results folder of ``myotome run`` or ``myotome slice``."""
    import json

    try:
        slices = _read(folder / "slices.csv")
        areas = tuple(_area(row) for row in slices if row["area_cm2"])
        windows = dict(_windows(_read(folder / "measurements.csv")))
        text = (folder / "provenance.json").read_text(encoding="utf-8")
        digest = str(json.loads(text).get("input_sha256", ""))
    except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
        raise InputError(
            "the folder to compare with holds no results of Myotome.",
            why=f"slices.csv, measurements.csv or provenance.json: {type(error).__name__}.",
            mend="Give the folder that `myotome run` or `myotome slice` wrote.",
        ) from error
    return Results(areas=areas, windows=MappingProxyType(windows), input_sha256=digest)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _area(row: Mapping[str, str]) -> SliceArea:
    return SliceArea(
        z_mm=float(row["z_mm"]),
        structure=row["structure"],
        side=row["side"],
        area_cm2=float(row["area_cm2"]),
        mean_hu=None,
        in_slab=row["in_slab"] == "true",
        cut=row["cut"] == "true",
    )


def _windows(rows: Iterable[Mapping[str, str]]) -> Iterable[tuple[str, tuple[int, int]]]:
    for row in rows:
        told = _TOLD_BOUNDS.match(row["definition"])
        if told and row["quantity"] == "area" and row["structure"] in TISSUE:
            yield row["structure"], (int(told[1]), int(told[2]))
