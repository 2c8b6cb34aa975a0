"""What compressed pixels state of themselves: the size that a decoder would believe, and loss.

Sources: ITU-T T.81 B.2.2 (JPEG frame header) and B.1.1.3 (its markers), T.87 C.1.1 and C.2.3
(JPEG-LS, NEAR), T.800 A.5.1 (JPEG 2000 SIZ) and A.6.1 (COD, its wavelet).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_JPEG, _J2K = b"\xff\xd8", b"\xff\x4f\xff\x51"
_SEARCHED = 1 << 16
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
"""Markers among those of frames that begin none: tables, and one that is reserved."""
_JPEG_LS, _SCAN = 0xF7, 0xDA
_DISCRETE_COSINE = frozenset({0xC0, 0xC1, 0xC2, 0xC5, 0xC6, 0xC9, 0xCA, 0xCD, 0xCE})
"""Frames whose pixels pass a cosine transform and are rounded; the others are lossless."""
_COD, _WAVELET = b"\xff\x52", 13
"""The marker of how JPEG 2000 is coded, and how far behind it its wavelet stands (0: 9-7)."""


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """(rows, columns) of a JPEG, JPEG-LS or JPEG 2000 stream; None of any other."""
    start = stream[:_SEARCHED]
    at = start.find(_J2K)
    if at >= 0 and len(start) >= at + 24:
        right, bottom, left, top = struct.unpack(">4L", start[at + 8 : at + 24])
        return bottom - top, right - left
    return _of_jpeg(start) if start.startswith(_JPEG) else None


def is_lossy(stream: bytes) -> bool:
    """Whether a stream says that it was coded with loss.

    JPEG 2000 with the irreversible wavelet, JPEG-LS that may be off by NEAR, any JPEG but a
    lossless one. A reversible wavelet that was cut short says nothing of it.
    """
    start = stream[:_SEARCHED]
    at = start.find(_J2K)
    if at >= 0:
        coded = start.find(_COD, at)
        return coded >= 0 and start[coded + _WAVELET : coded + _WAVELET + 1] == b"\0"
    if not start.startswith(_JPEG):
        return False
    for marker, here in _markers(start):
        if marker in _DISCRETE_COSINE:
            return True
        if marker == _SCAN:
            scan = start[here + 4 : here + 5]
            near = here + 5 + 2 * scan[0] if scan else here
            return _JPEG_LS in dict(_markers(start)) and start[near : near + 1] > b"\0"
    return False


def _markers(start: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG up to its first scan, each with its place."""
    at = 2
    while at + 4 <= len(start) and start[at] == 0xFF:
        marker = start[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        yield marker, at
        if marker == _SCAN:
            return
        at += 2 + int(struct.unpack(">H", start[at + 2 : at + 4])[0])


def _of_jpeg(start: bytes) -> tuple[int, int] | None:
    for marker, at in _markers(start):
        begins = (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME) or marker == _JPEG_LS
        if begins and at + 9 <= len(start):
            rows, columns = struct.unpack(">2H", start[at + 5 : at + 9])
            return rows, columns
    return None
