"""What is received, and how each outcome is answered: rows."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.uid import (
    JPEG2000,
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    LegacyConvertedEnhancedCTImageStorage,
    RLELossless,
)

from myotome.tables.registry import Registry

CLASSES = (CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage)
SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    JPEGLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
    RLELossless,
)
"""Not the deflated one: how far it grows is not known before it is unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the sender is told (PS3.4 B.2.3, PS3.7 C)."""

    key: str
    status: int
    words: str


ANSWERS = Registry(
    "answer",
    (
        Answer(key="kept", status=0x0000, words="on the disk and in the database"),
        Answer(key="duplicate", status=0x0000, words="was there already"),
        Answer(key="conflict", status=0x0111, words="another image with this UID is there"),
        Answer(key="full", status=0xA700, words="the disk is nearly full"),
        Answer(key="unlike", status=0xA900, words="the dataset is not what the command says"),
        Answer(key="unreadable", status=0xC000, words="the dataset has no readable UIDs"),
        Answer(key="fault", status=0x0110, words="the node could not keep it"),
    ),
)
