"""What of the slab, of a level and of a muscle's own extent lies in view."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.measure.muscles.counts import Tally
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.scan import Scan
from myotome.tables.anatomy.expectations import L5_INFERIOR_BELOW_MID, REACH
from myotome.voxels.vertebral_line import expected_mid_z_mm, line_at


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The scan, the slab and the landmarks together; z in mm (LPS)."""

    slab: Slab
    landmarks: Landmarks
    scan_mm: tuple[float, float]
    looked_mm: tuple[float, float]
    dz_mm: float

    @classmethod
    def of(cls, tally: Tally, scan: Scan) -> View:
        """The view of one tally."""
        half = tally.dz_mm / 2
        seen = tally.z_mm[tally.k.start : tally.k.stop]
        looked = (float(seen[0]) - half, float(seen[-1]) + half) if len(seen) else (0.0, 0.0)
        return cls(
            slab=scan.slab,
            landmarks=scan.landmarks,
            scan_mm=tally.faces_mm,
            looked_mm=looked,
            dz_mm=tally.dz_mm,
        )

    @property
    def seen_height_mm(self) -> float:
        """Height of the slab that is in the scan and was looked at."""
        return _overlap((self.slab.inferior_z_mm, self.slab.superior_z_mm), self.looked_mm)

    @property
    def unseen_share(self) -> float:
        """Share of the slab in the scan that the backend did not look at; under a slice is 0."""
        height = self.slab.height_mm
        unseen = height - self.seen_height_mm
        return 0.0 if height <= 0 or unseen < self.dz_mm else unseen / height

    def shows(self, level: str) -> bool | None:
        """Whether the middle of ``level`` is inside the scan; None if nobody knows."""
        z = self.expected_mid_z_mm(level)
        return None if z is None else self.scan_mm[0] <= z <= self.scan_mm[1]

    def expected_mid_z_mm(self, level: str) -> float | None:
        """The z of a level, known or extrapolated linearly from its nearest neighbours."""
        return expected_mid_z_mm(self.landmarks, level)

    def expected_l5_inferior_z_mm(self) -> float | None:
        """The z of the inferior L5 endplate, found or extrapolated from the levels above it."""
        if self.slab.inferior_found:
            return self.slab.inferior_z_mm
        mid, (_, pitch) = self.expected_mid_z_mm("L5"), line_at(self.landmarks, "L5")
        if mid is None or pitch is None:
            return None
        z = mid - L5_INFERIOR_BELOW_MID * pitch
        # The plane was not found in the scan, so it cannot lie above the scan's lower end.
        return min(z, self.slab.inferior_z_mm)

    def slab_percent(self) -> float | None:
        """Share of the expected height of the slab that was seen; None if unknown."""
        bottom = self.expected_l5_inferior_z_mm()
        if not self.slab.superior_found or bottom is None or self.slab.superior_z_mm <= bottom:
            return None
        return min(100.0, 100 * self.seen_height_mm / (self.slab.superior_z_mm - bottom))

    def covered_percent(self, group: str) -> float | None:
        """Share of the group's expected height inside the slab that was seen; None if unknown.

        The top of the slab follows the lung and cannot be extrapolated from vertebrae.
        """
        reach = REACH[group]
        if reach.first_below is not None:
            return None
        top = self.slab.superior_z_mm if self.slab.superior_found else None
        bottom = self.expected_l5_inferior_z_mm()
        if reach.top is not None and (end := self.expected_mid_z_mm(reach.top)) is not None:
            top = end if top is None else min(top, end)
        if reach.bottom is not None and (end := self.expected_mid_z_mm(reach.bottom)) is not None:
            bottom = end if bottom is None else max(bottom, end)
        if top is None or bottom is None or top <= bottom:
            return None
        seen = _overlap(
            (max(bottom, self.slab.inferior_z_mm), min(top, self.slab.superior_z_mm)),
            self.looked_mm,
        )
        return min(100.0, 100 * seen / (top - bottom))


def _overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
