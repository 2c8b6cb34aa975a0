"""``borders.json``: where the labels of one case are disputed, as :mod:`myotome.voxels.borders`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from myotome.errors import InputError
from myotome.tables.anatomy.borders import ZONE, How, Zone
from myotome.tables.anatomy.muscles import GROUP, MUSCLE, MUSCLES
from myotome.voxels.borders import Borders, Dispute

_MAX_BYTES = 1 << 20
_KEYS = frozenset({"disputed", "gate", "note"})
_DISPUTE_KEYS = frozenset({"zone", "slices", "muscles", "box_mm", "why"})
_GATE_KEYS = frozenset({"muscles", "lowest_hu", "why"})
_EXAMPLE = (
    'For example {"disputed": [{"zone": "upper_end", "slices": [70, 77], '
    '"muscles": ["psoas_left"]}], "gate": {"muscles": ["rectus_abdominis_right"]}}.'
)


def read_borders(path: Path) -> Borders:
    """The borders of a case, slices as in the file: along the z axis of the labels' file.

    Each of ``disputed`` has a ``zone`` of :data:`~myotome.tables.anatomy.borders.ZONE`, its
    first and last of ``slices``, the ``muscles`` (or groups) if not all of the zone's, and a
    box (LPS mm: x from and to, y from and to) where the zone wants one. ``gate`` names muscles
    that were drawn below the gate, and ``lowest_hu`` (-29). Refuses anything else (InputError).
    """
    try:
        with path.open(encoding="utf-8") as handle:
            found = json.loads(handle.read(_MAX_BYTES))
        _known(found, _KEYS)
        gate = found.get("gate") or {}
        _known(gate, _GATE_KEYS)
        return Borders(
            disputed=tuple(_dispute(row) for row in found.get("disputed", [])),
            gated=_values(gate.get("muscles", []), GROUP),
            lowest_hu=_number(gate.get("lowest_hu", Borders().lowest_hu)),
        )
    except InputError as error:
        raise InputError(f'"{path.name}": {error.what}', why=error.why, mend=error.mend) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f'"{path.name}" holds no borders of labels.', mend=_EXAMPLE) from error


def upwards(borders: Borders, count: int) -> Borders:
    """The same for a file of ``count`` slices whose z axis runs from head to foot."""
    turned = tuple(
        replace(d, first=count - 1 - d.last, last=count - 1 - d.first) for d in borders.disputed
    )
    return replace(borders, disputed=turned)


def _known(row: Mapping[str, Any], keys: Iterable[str]) -> None:
    unknown = sorted(set(row.keys()) - set(keys))
    if unknown:
        raise InputError(f"it has unknown words: {', '.join(unknown)}.", mend=_EXAMPLE)


def _dispute(row: Mapping[str, Any]) -> Dispute:
    _known(row, _DISPUTE_KEYS)
    if row["zone"] not in ZONE:
        raise InputError(
            f'there is no disputed zone "{row["zone"]}".', mend=f"Use {', '.join(ZONE)}."
        )
    zone = ZONE[row["zone"]]
    first, last = (_whole(value) for value in row["slices"])
    if not 0 <= first <= last:
        raise InputError(f"the slices of {zone.key} are not first to last.", mend=_EXAMPLE)
    return Dispute(
        zone=zone,
        values=_values(row.get("muscles", zone.groups), zone.groups),
        first=first,
        last=last,
        box_mm=_box(row.get("box_mm"), zone),
    )


def _values(names: Iterable[str], groups: Iterable[str]) -> tuple[int, ...]:
    """Voxel values of muscles and groups, all of them in ``groups``."""
    given = frozenset(names)
    wrong = sorted(given - MUSCLE.keys() - GROUP.keys())
    if wrong:
        raise InputError(f"there are no muscles {', '.join(wrong)}.", mend=_EXAMPLE)
    meant = [m for m in MUSCLES if given & {m.key, m.group}]
    other = sorted({m.group for m in meant} - set(groups))
    if other:
        raise InputError(f"the zone is none of {', '.join(other)}.", mend=_EXAMPLE)
    return tuple(m.value for m in meant)


def _box(given: object, zone: Zone) -> tuple[float, float, float, float] | None:
    if (given is None) == (zone.how is How.BOX):
        words = "needs" if given is None else "has no"
        raise InputError(f"the zone {zone.key} {words} box_mm.", mend=_EXAMPLE)
    if not isinstance(given, list):
        return None
    x0, x1, y0, y1 = (_number(value) for value in given)
    if x0 >= x1 or y0 >= y1:
        raise InputError(f"the box of {zone.key} is not from and to.", mend=_EXAMPLE)
    return x0, x1, y0, y1


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return float(value)
