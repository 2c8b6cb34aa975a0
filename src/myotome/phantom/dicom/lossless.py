"""A JPEG lossless encoder (ITU-T T.81 process 14, selection value 1), to test readers with.

No common Python package encodes this syntax, although older scanners send it.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_CODE_BITS = 5
"""All 17 difference classes share one code length: simple, valid, and not the smallest."""


def encode_jpeg_lossless(pixels: NDArray[np.uint16], bits: int) -> bytes:
    """One frame (rows, columns), values below 2**bits, as a JPEG lossless code stream."""
    values = pixels.astype(np.int64)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (bits - 1)
    # Differences are taken modulo 2**16 (T.81, H.1.2.1).
    difference = ((values - predicted + 32768) % 65536 - 32768).ravel()
    kind = np.where(difference == 0, 0, np.floor(np.log2(np.abs(difference) + 0.5)) + 1)
    size = _exact_bit_length(np.abs(difference), kind.astype(np.int64))
    extra = np.where(difference >= 0, difference, difference + (1 << size) - 1)
    stream = _pack((size << size) | extra, size + _CODE_BITS)
    return _headers(pixels.shape, bits) + stream.replace(b"\xff", b"\xff\x00") + b"\xff\xd9"


def _exact_bit_length(values: NDArray[np.int64], guess: NDArray[np.int64]) -> NDArray[np.int64]:
    size = np.where((1 << np.maximum(guess - 1, 0)) > values, guess - 1, guess)
    size = np.where((1 << size) <= values, size + 1, size)
    return np.where(values == 0, 0, size)


def _pack(words: NDArray[np.int64], lengths: NDArray[np.int64]) -> bytes:
    """Bit fields, most significant bit first, padded with ones."""
    ends = np.cumsum(lengths)
    bits = np.ones(int(-(-ends[-1] // 8) * 8), dtype=np.uint8)
    for bit in range(int(lengths.max())):
        here = lengths > bit
        bits[ends[here] - 1 - bit] = (words[here] >> bit) & 1
    return np.packbits(bits).tobytes()


def _headers(shape: tuple[int, ...], bits: int) -> bytes:
    rows, columns = shape
    frame = struct.pack(">BHHBBBB", bits, rows, columns, 1, 1, 0x11, 0)
    counts = bytes([17 if length == _CODE_BITS else 0 for length in range(1, 17)])
    table = bytes([0]) + counts + bytes(range(17))
    scan = bytes([1, 1, 0, 1, 0, 0])
    return b"\xff\xd8" + b"".join(
        struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
        for marker, body in ((0xC3, frame), (0xC4, table), (0xDA, scan))
    )
