"""The way of classic morphometry software: a CT, the user's region mask and HU windows.

Nothing is segmented, smoothed or averaged, so that an old workflow gives its old numbers; they
may be laid beside those that Myotome measured itself.
"""

from __future__ import annotations

import csv
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myotome.errors import InputError, OutputError
from myotome.measure.threshold import CLASSIC, Beside, Thresholded, beside, by_threshold
from myotome.nouns.measurement import SliceArea
from myotome.paths.own_mask import names_of
from myotome.read import one_slice
from myotome.read.input.files import opened
from myotome.runtime.provenance import input_digest
from myotome.tables.quantities.hu_windows import Window
from myotome.tables.quantities.tissues import BY_KEY as TISSUES
from myotome.write.data.table import Table, write_csv, write_parquet

COLUMNS: tuple[tuple[str, str], ...] = (
    ("region", "VARCHAR"),
    ("window", "VARCHAR"),
    ("low_hu", "INTEGER"),
    ("high_hu", "INTEGER"),
    ("z_mm", "DOUBLE"),
    ("area_cm2", "DOUBLE"),
    ("volume_ml", "DOUBLE"),
    ("voxels", "BIGINT"),
    ("mean_hu", "DOUBLE"),
)
BESIDE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("myotome_structure", "VARCHAR"),
    ("myotome_definition", "VARCHAR"),
    ("myotome_z_mm", "DOUBLE"),
    ("myotome_area_cm2", "DOUBLE"),
    ("difference_cm2", "DOUBLE"),
    ("difference_percent", "DOUBLE"),
    ("not_compared", "VARCHAR"),
)
_BOUNDS = re.compile(r"\s*(-?\d{1,5})\s*(?::|\.\.)\s*(-?\d{1,5})\s*")
_TOLD_BOUNDS = re.compile(r"(-?\d+)\.\.(-?\d+) HU")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to count: ``windows`` are keys of ``tables.quantities.hu_windows`` or "LOW:HIGH" in HU.

    ``mapping`` and ``names`` (value to name) say what the mask's values are, ``series`` which
    series of the CT is meant, ``against`` is a results folder of Myotome to compare with.
    """

    windows: tuple[str, ...] = CLASSIC
    mapping: str | None = None
    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    series: str | None = None
    against: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The rows, each slice's own and (from two slices on) all together, and the comparison.

    ``lost`` counts labelled voxels outside the CT. ``same_input`` tells whether the results
    compared with were measured on these very files; None without a comparison.
    """

    rows: tuple[Thresholded, ...]
    besides: tuple[Beside, ...] = ()
    lost: int = 0
    same_input: bool | None = None


def count_regions(ct: Path, mask: Path, request: Request) -> Counted:
    """Count the regions of ``mask`` in the HU windows on ``ct``, at its own resolution.

    Refuses (GridMismatchError) a mask that is not on the CT's lattice, an empty one, unknown
    windows and names, and what the readers refuse.
    """
    windows = [*dict.fromkeys(window_of(words) for words in request.windows)]
    ours = None if request.against is None else read_results(request.against)
    with opened(ct) as source:
        found, judged = one_slice.listed(source)
        series = one_slice.only_series(judged, request.series, found.files).series
        volume = one_slice.assemble(series, thin_to_mm=0.0)
        digest = "" if ours is None else input_digest(i.path for i in series.instances)
    labels = one_slice.read_mask(mask, volume.grid)
    values, lost = one_slice.on_ct(labels, volume.grid)
    names = _names(names_of(labels, request.mapping), request.names, values)
    rows = by_threshold(volume, values, regions=names, windows=windows)
    rows = _without_lone_volumes(rows)
    if ours is None:
        return Counted(rows=rows, lost=lost)
    step = max(volume.grid.spacing_mm[0], ours.step_mm)
    found_beside = beside(rows, ours.areas, ours.windows, step_mm=step)
    return Counted(
        rows=rows, besides=found_beside, lost=lost, same_input=digest == ours.input_sha256
    )


def window_of(words: str) -> str | Window:
    """A window's key as it is, or the window that "LOW:HIGH" (inclusive, HU) means.

    >>> window_of("-29:150").high_hu
    150
    """
    found = _BOUNDS.fullmatch(words)
    if found is None:
        return words.strip()
    low, high = int(found[1]), int(found[2])
    return Window(
        key=f"{low}..{high}", words="the user's", low_hu=low, high_hu=high, source="the user"
    )


def _names(
    known: Mapping[int, str], given: Mapping[int, str], values: np.ndarray
) -> dict[int, str]:
    """What every value that occurs is called. Refuses names for values that do not occur."""
    present = {int(v) for v in np.unique(values) if v}
    absent = sorted(set(given) - present)
    if absent:
        raise InputError(
            f"the mask has no value {', '.join(map(str, absent[:8]))}.",
            mend=f"It holds {', '.join(map(str, sorted(present)[:20])) or 'nothing'}.",
        )
    names = {value: given.get(value, known.get(value, str(value))) for value in sorted(present)}
    twice = [name for name, count in Counter(names.values()).items() if count > 1]
    return {v: f"{name} ({v})" if name in twice else name for v, name in names.items()}


def _without_lone_volumes(rows: Sequence[Thresholded]) -> tuple[Thresholded, ...]:
    """Without the sum over slices where there is only one: a single slice has no volume."""
    slices = Counter((row.region, row.window) for row in rows if row.z_mm is not None)
    return tuple(r for r in rows if r.z_mm is not None or slices[r.region, r.window] > 1)


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
        if told and row["quantity"] == "area" and row["structure"] in TISSUES:
            yield row["structure"], (int(told[1]), int(told[2]))


def table_of(counted: Counted) -> Table:
    """All rows, with Myotome's areas beside them where they were compared."""
    by_row = {id(found.row): found for found in counted.besides}
    columns = (*COLUMNS, *BESIDE_COLUMNS) if counted.same_input is not None else COLUMNS
    rows = []
    for row in counted.rows:
        own = tuple(getattr(row, name) for name, _ in COLUMNS)
        found = by_row.get(id(row), Beside(row=row))
        theirs = (
            *(found.structure, found.definition, found.z_mm, found.area_cm2),
            *(found.difference_cm2, found.difference_percent, found.reason),
        )
        rows.append((*own, *theirs)[: len(columns)])
    return Table(columns=columns, rows=rows)


def check_target(out: Path, inputs: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse a table that is neither CSV nor Parquet, is there already, or is an input."""
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise OutputError("The table is neither .csv nor .parquet.", mend="Name it so.")
    if any(out.resolve() == path.resolve() for path in inputs):
        raise OutputError("The table would replace its own input.", mend="Choose another name.")
    if out.exists() and not overwrite:
        raise OutputError(
            "The table is there already.", mend="Choose another name, or pass --overwrite."
        )


def save(table: Table, out: Path) -> None:
    """Write the table whole or not at all: beside its place, then renamed."""
    part = out.with_name(f".{out.name}.partial-{secrets.token_hex(4)}")
    write = write_parquet if out.suffix.lower() == ".parquet" else write_csv
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write(table, part)
        part.replace(out)
    except OSError as error:
        raise OutputError(
            "The table cannot be written.", mend="Check the folder and free some space."
        ) from error
    finally:
        part.unlink(missing_ok=True)
