"""Segmentation and volume in, numbers with a status out. NumPy and SciPy alone."""

from __future__ import annotations

from myotome.measure.in_view.view import View
from myotome.measure.muscles.confidence import low, with_expected_dice, with_intervals
from myotome.measure.muscles.counts import tally
from myotome.measure.muscles.levels import level_areas, slice_areas
from myotome.measure.muscles.planes import plane_rows
from myotome.measure.muscles.quality import flags
from myotome.measure.muscles.slab import findings, slab_measurements
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.space.scan import Scan

__all__ = ["Measured", "measure"]


def measure(scan: Scan) -> Measured:
    """Measure every muscle in the slab, at every level and at the slab's planes, with a status.

    Planes cut slices in part: a slice counts by its overlap with the slab. What is cut by the
    scan's end or the field of view is partial; what is not in view, not found or not given by
    the backend has no value but a reason. Where the backend tells how sure it is, values of the
    slab carry the Dice to be expected, and compared numbers where a reader's may be expected.
    """
    volume, segmentation = scan.volume, scan.segmentation
    counted = tally(volume, segmentation, scan.slab)
    view = View.of(counted, scan)
    gaps, pixel_cm2 = segmentation.gaps, volume.grid.pixel_cm2
    found = findings(view, counted, gaps)
    of_slab = slab_measurements(view, counted, found, voxel_ml=volume.grid.voxel_ml)
    rows = (
        *with_expected_dice(of_slab, found, segmentation.confidence),
        *level_areas(view, counted, gaps, pixel_cm2=pixel_cm2),
        *plane_rows(view, counted, found, gaps, pixel_cm2=pixel_cm2),
    )
    return Measured(
        measurements=with_intervals(rows, segmentation.confidence),
        slice_areas=slice_areas(counted, gaps, pixel_cm2=pixel_cm2, view=view),
        flags=(
            *flags(view, counted, found, rows, gaps),
            *low(found, segmentation.confidence),
        ),
    )
