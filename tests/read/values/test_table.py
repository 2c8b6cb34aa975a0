"""Values by a table: as pydicom has it where the table is sound, refused by name where not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.sequence import Sequence

from myotome.errors import InputError
from myotome.read.values.table import by_table


def with_table(descriptor: Any, data: Any, *, signed: int = 0) -> Dataset:
    ds, item = Dataset(), Dataset()
    ds.set_original_encoding(False, True)
    ds.PixelRepresentation = signed
    item.LUTDescriptor, item.LUTData = descriptor, data
    item["LUTDescriptor"].VR = "US" if isinstance(descriptor, list) else "LO"
    item["LUTData"].VR = "OW" if isinstance(data, bytes) else "US"
    ds.ModalityLUTSequence = Sequence([item])
    return ds


STORED = np.array([[0, 1, 5, 9], [10, 11, 400, 65535]], np.uint16)


@pytest.mark.parametrize("first", [0, 1, 5, 1000])
@pytest.mark.parametrize("count", [2, 10, 4096])
def test_sound_tables_are_as_pydicom_has_them(first: int, count: int) -> None:
    entries = [(7 * n) % 3000 for n in range(count)]
    ds = with_table([count, first, 16], entries)
    np.testing.assert_array_equal(by_table(STORED, ds), apply_modality_lut(STORED, ds))


def test_all_of_65536_entries_and_bytes() -> None:
    table = np.arange(65536, dtype="<u2")[::-1]
    ds = with_table([0, 0, 16], table.tobytes())
    np.testing.assert_array_equal(by_table(STORED, ds), 65535 - STORED.astype(int))
    ds = with_table([3, 0, 8], b"\x05\x06\x07\0")
    np.testing.assert_array_equal(by_table(STORED[0], ds), [5, 6, 7, 7])


def test_signed_pixels_have_a_signed_first_value() -> None:
    ds = with_table([4, 65534, 16], [10, 20, 30, 40], signed=1)
    stored = np.array([-5, -2, -1, 0, 1, 9], np.int16)
    np.testing.assert_array_equal(by_table(stored, ds), [10, 10, 20, 30, 40, 40])


@pytest.mark.parametrize(
    ("descriptor", "data", "why"),
    [
        ([0, 0, 16], [1, 2], "2 entries, and 65536"),
        ([2, 0, 60000], [1, 2], "60000 bits"),
        ([2, 0, 0], [1, 2], "0 bits"),
        ([2, 0, 12], [1, 2], "12 bits"),
        ([3, 0, 16], b"\0\1", "1 entries, and 3"),
        ([2, 0, 16], b"", "0 entries, and 2"),
        ([2, 0], [1, 2], "no three numbers"),
    ],
)
def test_absurd_tables_are_refused(descriptor: Any, data: Any, why: str) -> None:
    with pytest.raises(InputError, match=why):
        by_table(STORED, with_table(descriptor, data))
