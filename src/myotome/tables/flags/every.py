"""Every flag by its code: those of results, and those of training cases."""

from __future__ import annotations

from myotome.tables.flags.locating import LOCATING
from myotome.tables.flags.measuring import OF_COMPOSITION, OF_MUSCLES
from myotome.tables.flags.reading import READING
from myotome.tables.flags.row import FlagRow, raised
from myotome.tables.flags.segmenting import SEGMENTING
from myotome.tables.flags.training import TRAINING
from myotome.tables.registry import Registry

__all__ = ["CASE_FLAG", "FLAG", "FLAGS", "raised"]

FLAGS: tuple[FlagRow, ...] = (*READING, *LOCATING, *SEGMENTING, *OF_MUSCLES, *OF_COMPOSITION)
FLAG = Registry("flag", FLAGS)
CASE_FLAG = Registry("training flag", TRAINING)
"""Apart from ``FLAG``: "labels_outside" and "labels_unused" mean another thing to a trainer."""
