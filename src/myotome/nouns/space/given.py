"""What a person said of where things lie, in place of the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

LUNG_BASE, L5_END = "lung_base", "l5_end"
PLANES = (LUNG_BASE, L5_END)
"""The two planes of the slab, from top to bottom, as people name them."""


class SetBy(StrEnum):
    """Who says where a level or a plane lies.

    ``COUNTED``: the program found it, and it is named by counting from a level that a person set.
    """

    PROGRAM = "program"
    USER = "user"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """``z_mm`` are patient z (LPS, mm): middles of vertebrae by name, and ``PLANES``.

    ``reader`` is who said so, "" if that was not told. Made by
    :func:`myotome.read.given.check.checked`, which refuses what cannot be meant; empty where
    nobody set anything.
    """

    z_mm: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    reader: str = ""

    def __bool__(self) -> bool:
        return bool(self.z_mm)

    @property
    def levels(self) -> Mapping[str, float]:
        """The vertebrae alone."""
        return {name: z for name, z in self.z_mm.items() if name not in PLANES}

    def who(self, plane: str) -> SetBy:
        """Who set one of ``PLANES``."""
        return SetBy.USER if plane in self.z_mm else SetBy.PROGRAM


NOTHING = Given()
"""What a person set who set nothing."""
