"""The slab that is measured: from the lung base down to the inferior endplate of L5.

What the two planes are is told in docs/planes.md.
"""

from __future__ import annotations

from myotome.errors import AnatomyError
from myotome.locate.level_slices import level_slices
from myotome.nouns.space.given import L5_END, LUNG_BASE
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.volume import Volume
from myotome.tables.flags.every import FLAG


def slab(volume: Volume, landmarks: Landmarks, *, reach: int = 1) -> Slab:
    """The part of the slab that lies in the scan (Vu et al. 2024: lung base to L5).

    Where a plane lies outside the scan its edge, the outer face of the last slice, stands in
    and ``*_found`` is False with the reason. Refuses scans without any of the slab. It also
    carries the slice of every level, with ``reach`` slices on either side of each.
    """
    bottom, top = volume.grid.faces_z_mm
    superior, superior_reason = _superior(landmarks, top)
    inferior, inferior_reason = _inferior(landmarks, bottom)
    if superior - inferior <= 0:
        raise AnatomyError(
            "nothing between the lung base and the lower end of L5 is in the scan.",
            why="The muscles are measured in that slab.",
            mend="Choose a series that covers the abdomen.",
        )
    return Slab(
        superior_z_mm=superior,
        inferior_z_mm=inferior,
        superior_found=not superior_reason,
        inferior_found=not inferior_reason,
        superior_reason=superior_reason,
        inferior_reason=inferior_reason,
        superior_set_by=landmarks.given.who(LUNG_BASE),
        inferior_set_by=landmarks.given.who(L5_END),
        levels=level_slices(volume.grid, landmarks, reach=reach),
    )


def _superior(landmarks: Landmarks, top: float) -> tuple[float, str]:
    if landmarks.lung_base_z_mm is not None and landmarks.lung_base_z_mm < top:
        return landmarks.lung_base_z_mm, ""
    if any(flag.code == FLAG["lung_base_below_scan"].key for flag in landmarks.flags):
        raise AnatomyError(
            "the scan ends within the lungs, above the lung base.",
            why="The measured slab begins below the lung base.",
            mend="Choose a series that covers the abdomen.",
        )
    return top, "the scan starts below the lung base: no lung is in view"


def _inferior(landmarks: Landmarks, bottom: float) -> tuple[float, str]:
    level = landmarks.levels.get("L5")
    if level is not None and level.inferior_z_mm is not None:
        if level.inferior_z_mm > bottom:
            return level.inferior_z_mm, ""
        return bottom, "the lower end of L5 lies below the scan"
    sacrum = landmarks.levels.get("S1")
    if sacrum is not None and sacrum.superior_z_mm is not None:
        return sacrum.superior_z_mm, ""
    if sacrum is not None:
        raise AnatomyError(
            "the scan ends below L5: only the sacrum is in view.",
            why="The measured slab ends at the lower end of L5.",
            mend="Choose a series that covers the abdomen.",
        )
    lowest = list(landmarks.levels)[-1] if landmarks.levels else "the spine in view"
    return bottom, f"the scan ends above the lower end of L5, at or below {lowest}"
