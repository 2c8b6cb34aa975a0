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

_OLD_BOUNDS = re.compile(r"(-?\d+)\.\.(-?\d+) HU")
"""Folders from before the columns window_low_hu and window_high_hu name them in words alone."""


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
            why="slices.csv, measurements.csv or provenance.json: it is damaged.",
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
        if row["quantity"] == "area" and row["structure"] in TISSUE:
            bounds = _bounds(row)
            if bounds is not None:
                yield row["structure"], bounds


def _bounds(row: Mapping[str, str]) -> tuple[int, int] | None:
    low_hu, high_hu = row.get("window_low_hu"), row.get("window_high_hu")
    if low_hu is None or high_hu is None:
        return _old_bounds(row["definition"])
    return (int(low_hu), int(high_hu)) if low_hu and high_hu else None


def _old_bounds(definition: str) -> tuple[int, int] | None:
    told = _OLD_BOUNDS.match(definition)
    return None if told is None else (int(told[1]), int(told[2]))
