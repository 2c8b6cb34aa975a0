"""Case folders with their ``borders.json``: links to the labelled cases of a data folder.

    python scripts/borders_cases.py DATA OUT

DATA holds ``cases/NAME/`` and ``vertebrae/NAME.json`` and is not written to. OUT becomes the same
folder, of links, in which every case of ``borders_cases.json`` has its disputed zones; give it to
the training, ``myotome evaluate`` or the benchmarks in place of DATA.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from myotome.tables.anatomy.muscles import GROUP

FACTS = Path(__file__).with_suffix(".json")
END_MM = 10.0
"""So far below and above the last slice a psoas or quadratus lumborum is drawn on."""

Row = dict[str, Any]


def rows_of(data: Path, name: str, facts: Row) -> Row:
    """The ``borders.json`` of one case: what is said of it, and what its labels and levels give."""
    image = nibabel.load(data / "cases" / name / "muscles.nii.gz")
    if image.affine[2, 2] <= 0:
        raise SystemExit(f"{name}: the z axis of its labels does not run upwards")
    labels = np.asarray(image.dataobj).astype(np.uint8)
    spans = json.loads((data / "cases" / name / "slices.json").read_text())["complete_z"]
    told = [_in_mm(dict(row), image.affine) for row in facts["disputed"]]
    ends = _upper_ends(labels, spans, float(image.affine[2, 2]))
    found = {"disputed": [*told, *ends, *_above(data, name, image.affine, _span(spans, LATERAL))]}
    return found | ({"gate": facts["gate"]} if "gate" in facts else {})


LATERAL = "lateral_abdominals"


def _span(spans: Row, group: str) -> tuple[int, int]:
    low, high = spans.get(group, spans["default"])
    return int(low), int(high)


def _in_mm(row: Row, affine: np.ndarray) -> Row:
    """A box read off a picture whose columns and rows run against the indices, in LPS mm."""
    display = row.pop("display", None)
    if display is None:
        return row
    size = display["size"]
    i, j = ([size[n] - v for v in display[axis]] for n, axis in enumerate("uv"))
    ends = np.array([[i[0], j[0], 0, 1], [i[1], j[1], 0, 1]]) @ affine.T
    x, y = np.sort(-ends[:, 0]), np.sort(-ends[:, 1])
    row["box_mm"] = [round(float(v), 1) for v in (*x, *y)]
    return row


def _upper_ends(labels: np.ndarray, spans: Row, dz_mm: float) -> list[Row]:
    """Around the last slice of each muscle that ends within the annotated ones."""
    reach = max(1, round(END_MM / dz_mm))
    out = []
    for group in ("psoas", "quadratus_lumborum"):
        low, high = _span(spans, group)
        high = min(high, labels.shape[2] - 1)
        for side, value in (("left", GROUP[group].left), ("right", GROUP[group].right)):
            drawn = np.flatnonzero((labels[:, :, low : high + 1] == value).any(axis=(0, 1)))
            if not len(drawn) or low + drawn[-1] == high:
                continue
            last = low + int(drawn[-1])
            out.append(
                {
                    "zone": "upper_end",
                    "slices": [max(low, last - reach + 1), min(high, last + reach)],
                    "muscles": [f"{group}_{side}"],
                }
            )
    return out


def _above(data: Path, name: str, affine: np.ndarray, span: tuple[int, int]) -> list[Row]:
    """The zones of the lateral wall above the disc T12/L1, as far as it is annotated."""
    points = json.loads((data / "vertebrae" / f"{name}.json").read_text())["vertebrae"]
    top = next((v["superior_endplate_lps_mm"] for v in points if v["name"] == "L1"), None)
    if top is None:
        return []
    first = max(span[0], math.ceil((top[2] - affine[2, 3]) / affine[2, 2]))
    if first > span[1]:
        return []
    zones = ("behind_rectus", "rib_side")
    return [{"zone": zone, "slices": [first, span[1]]} for zone in zones]


def write(data: Path, out: Path) -> None:
    """OUT as the links of DATA, with the borders of every case that has some."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))["cases"]
    for entry in sorted(data.iterdir()):
        if entry.name != "cases":
            _link(entry, out / entry.name)
    for folder in sorted((data / "cases").iterdir()):
        for file in sorted(folder.iterdir()):
            _link(file, out / "cases" / folder.name / file.name)
        if folder.name in facts:
            rows = rows_of(data, folder.name, facts[folder.name])
            target = out / "cases" / folder.name / "borders.json"
            target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_symlink():
        target.symlink_to(source.resolve())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    write(Path(sys.argv[1]), Path(sys.argv[2]))
