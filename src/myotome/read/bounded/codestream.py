"""The image size that compressed pixels state themselves: a decoder would believe it.

Sources: ITU-T T.81 B.2.2 (JPEG frame header), T.87 C.1.1 (JPEG-LS), T.800 A.5.1 (JPEG 2000 SIZ).
"""

from __future__ import annotations

import struct

_JPEG, _J2K = b"\xff\xd8", b"\xff\x4f\xff\x51"
_SEARCHED = 1 << 16
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
"""Markers among those of frames that begin none: tables, and one that is reserved."""
_JPEG_LS = 0xF7


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """(rows, columns) of a JPEG, JPEG-LS or JPEG 2000 stream; None of any other."""
    start = stream[:_SEARCHED]
    at = start.find(_J2K)
    if at >= 0 and len(start) >= at + 24:
        right, bottom, left, top = struct.unpack(">4L", start[at + 8 : at + 24])
        return bottom - top, right - left
    return _of_jpeg(start) if start.startswith(_JPEG) else None


def _of_jpeg(start: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(start) and start[at] == 0xFF:
        marker = start[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME) or marker == _JPEG_LS:
            rows, columns = struct.unpack(">2H", start[at + 5 : at + 9])
            return rows, columns
        at += 2 + int(struct.unpack(">H", start[at + 2 : at + 4])[0])
    return None
