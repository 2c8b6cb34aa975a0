"""Stored values that become HU by a table (Modality LUT) instead of a rescale (PS3.3 C.11.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from myotome.errors import InputError
from myotome.read.dicom.attributes import numbers

_ENTRIES, _BITS = 1 << 16, (8, 16)
_FIRST = (-(1 << 15), (1 << 16) - 1)
"""Values that 16 bits can store, signed or not."""


def by_table(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.int32]:
    """The values that the first table of ``ModalityLUTSequence`` gives for ``stored``.

    Values before its first and behind its last entry get that entry, as the standard says.
    Refuses (InputError) a table whose descriptor is absurd or does not fit its data: then
    nobody knows what any pixel means.
    """
    table, first = _table(dataset)
    at = np.clip(stored.astype(np.int64) - first, 0, len(table) - 1)
    return table[at]


def _table(dataset: Dataset) -> tuple[NDArray[np.int32], int]:
    """The entries, and the stored value that the first of them is for."""
    item = dataset.ModalityLUTSequence[0]
    found = numbers(item.get("LUTDescriptor"), 3)
    if found is None:
        raise InputError("the descriptor of its table of values (Modality LUT) is no three numbers")
    count, first, bits = (int(n) for n in found)
    count = count % _ENTRIES or _ENTRIES
    if bits not in _BITS or not _FIRST[0] <= first <= _FIRST[1]:
        raise InputError(
            f"its table of values (Modality LUT) is said to have {bits} bits from value {first} on"
        )
    if dataset.get("PixelRepresentation") == 1 and first >= 1 << 15:
        first -= _ENTRIES
    entries = _entries(item.get("LUTData"), dataset, bits=bits, count=count)
    if len(entries) != count:
        raise InputError(
            f"its table of values (Modality LUT) has {len(entries)} entries, and {count} are said"
        )
    return entries, first


def _entries(data: Any, dataset: Dataset, *, bits: int, count: int) -> NDArray[np.int32]:
    if not isinstance(data, bytes):
        listed = [data] if isinstance(data, int) else list(data or ())
        return np.asarray(listed, dtype=np.int64).astype(np.int32)
    if bits == min(_BITS) and len(data) - count in (0, 1):
        return np.frombuffer(data, np.uint8)[:count].astype(np.int32)
    order = "<" if dataset.original_encoding[1] else ">"
    whole = data[: len(data) // 2 * 2]
    return np.frombuffer(whole, f"{order}u2").astype(np.int32)
