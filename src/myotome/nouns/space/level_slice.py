"""The slice that a vertebral level is measured and shown on: one decision for every output."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSlice:
    """One level ("L3", or "L3/L4" for the middle between two) and its slice of the volume's grid.

    ``middle_z_mm`` is the middle of the vertebral body (patient z, LPS mm; None: not known).
    ``k`` is the slice nearest to it and ``z_mm`` that slice's own z; both are None if there is
    none, and ``reason`` says why. ``ks`` are the slices of the scan within ``reach`` slices on
    either side, ``k`` among them. ``uncertain``: the level's place or name is in doubt.
    ``beyond``: there is no slice because the middle lies, or should lie, outside the scan.
    """

    name: str
    middle_z_mm: float | None = None
    k: int | None = None
    z_mm: float | None = None
    ks: tuple[int, ...] = ()
    reach: int = 0
    uncertain: bool = False
    reason: str = ""
    beyond: bool = False

    def __post_init__(self) -> None:
        if (self.k is None) != (self.z_mm is None) or (self.k is None) == (not self.reason):
            raise ValueError(f"slice, z and reason of {self.name} disagree")

    @property
    def wanted(self) -> int:
        """How many slices a mean within reach is made of where the scan shows them all."""
        return 2 * self.reach + 1
