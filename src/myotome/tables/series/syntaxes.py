"""Transfer syntaxes whose pixels cannot but be compressed with loss: one row each."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class LossySyntax:
    """One transfer syntax (PS3.6 table A-1). Those that may be lossless too are told by content."""

    key: str
    words: str


_UID = "1.2.840.10008.1.2.4."

LOSSY_SYNTAXES: tuple[LossySyntax, ...] = tuple(
    LossySyntax(key=f"{_UID}{last}", words=words)
    for last, words in (
        (50, "JPEG baseline"),
        (51, "JPEG extended"),
        (52, "JPEG extended, processes 3 and 5"),
        (53, "JPEG spectral selection, processes 6 and 8"),
        (54, "JPEG spectral selection, processes 7 and 9"),
        (55, "JPEG full progression, processes 10 and 12"),
        (56, "JPEG full progression, processes 11 and 13"),
        (59, "JPEG extended, hierarchical, processes 16 and 18"),
        (60, "JPEG extended, hierarchical, processes 17 and 19"),
        (61, "JPEG spectral selection, hierarchical, processes 20 and 22"),
        (62, "JPEG spectral selection, hierarchical, processes 21 and 23"),
        (63, "JPEG full progression, hierarchical, processes 24 and 26"),
        (64, "JPEG full progression, hierarchical, processes 25 and 27"),
        (100, "MPEG-2 main level"),
        (101, "MPEG-2 high level"),
        (102, "MPEG-4 AVC high profile, level 4.1"),
        (103, "MPEG-4 AVC BD-compatible"),
        (104, "MPEG-4 AVC high profile for 2D video"),
        (105, "MPEG-4 AVC high profile for 3D video"),
        (106, "MPEG-4 AVC stereo high profile"),
        (107, "HEVC main profile"),
        (108, "HEVC main 10 profile"),
        (111, "JPEG XL, made of a JPEG"),
    )
)
LOSSY_SYNTAX = Registry("lossy transfer syntax", LOSSY_SYNTAXES)
