"""One image's pixels as Hounsfield units: decoding, sign, padding and rescale, per image.

All transfer syntaxes that pydicom decodes with the installed plugins: uncompressed (either
byte order), deflated, RLE, JPEG lossless, JPEG-LS, JPEG 2000.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array

from myotome.errors import InputError
from myotome.nouns.study.series import Instance
from myotome.read.bounded.codestream import stated_size
from myotome.read.bounded.dicom import read_whole
from myotome.read.dicom.frames import Groups
from myotome.read.raw import PADDING, to_int16
from myotome.read.values.table import by_table

_AHEAD = 8
Slice = NDArray[np.int16]


class SliceError(Exception):
    """One image cannot be decoded; the text says why and holds no identifiers."""


def decoded(instances: Sequence[Instance], threads: int) -> Iterator[Slice | SliceError]:
    """HU of every image in order, or the error of those that cannot be decoded.

    Files are decoded by ``threads`` at most ``_AHEAD`` images ahead of the consumer, so that
    memory stays that of the result. A multi-frame file is read once and decoded in order.
    """
    if any(i.frame is not None for i in instances):
        yield from _frames(instances)
        return
    with ThreadPoolExecutor(max(1, threads)) as pool:
        waiting = [_submit(pool, i) for i in instances[:_AHEAD]]
        for position in range(len(instances)):
            result = waiting.pop(0).result()
            if position + _AHEAD < len(instances):
                waiting.append(_submit(pool, instances[position + _AHEAD]))
            yield result


def _submit(pool: ThreadPoolExecutor, instance: Instance) -> Future[Slice | SliceError]:
    """Decode one image in another thread, as quietly as in this one."""
    return pool.submit(copy_context().run, _attempt, instance, None)


def _frames(instances: Sequence[Instance]) -> Iterator[Slice | SliceError]:
    path: Path | None = None
    found: Dataset | SliceError = SliceError("the file is damaged")
    for instance in instances:
        if instance.path != path:
            path = instance.path
            found = _read(path)
        yield found if isinstance(found, SliceError) else _attempt(instance, found)


def _read(path: Path) -> Dataset | SliceError:
    """The file with its pixels, or why that cannot be had."""
    try:
        return read_whole(path)
    except InputError as error:
        return SliceError(error.what.rstrip("."))
    except MemoryError:
        return SliceError("its pixel data take more memory than can be had")
    except Exception:  # whatever else is wrong with the file, its slices are lost
        return SliceError("the file is damaged")


def _attempt(instance: Instance, dataset: Dataset | None) -> Slice | SliceError:
    try:
        found = _read(instance.path) if dataset is None else dataset
        return found if isinstance(found, SliceError) else hounsfield(found, instance.frame)
    except SliceError as error:
        return error
    except InputError as error:
        return SliceError(error.what)
    except MemoryError:
        return SliceError("its pixel data take more memory than can be had")
    except Exception:  # decoders raise anything; one bad slice must not end the run
        return SliceError("its pixel data are damaged, or of a kind that cannot be decoded")


def hounsfield(dataset: Dataset, frame: int | None = None) -> Slice:
    """int16 HU ``(row, column)`` of one image, padding marked with ``raw.PADDING``.

    Rescale (PS3.3 C.11.1) is taken per image or frame; absent, it is 1 and 0. Pixel Padding
    Value and Range Limit (C.7.5.1.1.2) count in stored values, before the rescale.
    """
    _require_stated_size(dataset, frame)
    stored = pixel_array(dataset, index=frame)
    if stored.ndim != 2:
        raise SliceError(f"it has {stored.ndim} axes, not 2")
    if dataset.get("ModalityLUTSequence"):
        return to_int16(by_table(stored, dataset))
    slope, intercept = _rescale(dataset, frame)
    if slope == 1.0 and intercept == round(intercept):
        values = to_int16(stored.astype(np.int32) + np.int32(intercept))
    else:
        values = to_int16(stored.astype(np.float32) * np.float32(slope) + np.float32(intercept))
    padded = _padded(dataset, stored)
    if padded is not None:
        values[padded] = PADDING
    return values


def _require_stated_size(dataset: Dataset, frame: int | None) -> None:
    """Refuse compressed pixels of another size than the header's, before a decoder sees them."""
    meta: Any = dataset.file_meta
    syntax = meta.TransferSyntaxUID
    try:
        get_decoder(syntax)
    except NotImplementedError as error:
        known = syntax if re.fullmatch(r"[0-9.]{1,64}", syntax) else "of its header"
        raise SliceError(f"nothing decodes its transfer syntax {known}") from error
    if not syntax.is_encapsulated:
        return
    frames = int(dataset.get("NumberOfFrames") or 1)
    stated = stated_size(get_frame(dataset.PixelData, frame or 0, number_of_frames=frames))
    size = (dataset.Rows, dataset.Columns)
    if stated is not None and stated != size:
        told = [f"{rows} x {columns} pixels" for rows, columns in (stated, size)]
        raise SliceError(f"its compressed image has {told[0]}, its header says {told[1]}")


def _rescale(dataset: Dataset, frame: int | None) -> tuple[float, float]:
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if frame is not None:
        groups = Groups.of(dataset, frame)
        sequence = "PixelValueTransformationSequence"
        # not by ``Groups.get``: what cannot be decoded is a fault here, not as good as absent
        slope = groups.holder(sequence, "RescaleSlope").get("RescaleSlope") or slope
        found = groups.holder(sequence, "RescaleIntercept").get("RescaleIntercept")
        intercept = intercept if found is None else found
    return _plain(slope, 1.0), _plain(intercept, 0.0)


def _plain(value: Any, default: float) -> float:
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):  # said but not understood: the default would be a guess
        number = np.nan
    if not np.isfinite(number) or (default == 1.0 and number == 0.0):
        raise SliceError("its rescale is not a number")
    return number


def _padded(dataset: Dataset, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
    value = _stored_value(dataset, "PixelPaddingValue")
    if value is None:
        return None
    limit = _stored_value(dataset, "PixelPaddingRangeLimit")
    low, high = sorted((value, value if limit is None else limit))
    return np.asarray((stored >= low) & (stored <= high))


def _stored_value(dataset: Dataset, keyword: str) -> int | None:
    """The attribute with the image's sign: 63536 means -2000 where pixels are signed."""
    value = dataset.get(keyword)
    if isinstance(value, bytes) and len(value) == 2:
        value = struct.unpack("<h", value)[0]
    try:
        number = int(value)
    except (TypeError, ValueError):
        return None
    if dataset.get("PixelRepresentation") == 1 and number > 32767:
        return number - 65536
    if dataset.get("PixelRepresentation") == 0 and number < 0:
        return number + 65536
    return number
