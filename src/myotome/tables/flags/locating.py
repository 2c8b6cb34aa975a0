"""Flags on where the vertebrae and the lung base lie, and on the contrast phase."""

from __future__ import annotations

from functools import partial

from myotome.nouns.numbers.flag import Severity
from myotome.tables.flags.row import FlagRow

_warning = partial(FlagRow, severity=Severity.WARNING, stage="locate", concerns="all")
_COUNT = "Count the vertebrae in the sagittal picture; if the names are wrong, discard the levels."

LOCATING: tuple[FlagRow, ...] = (
    _warning(
        key="body_mirrored",
        words="Left and right are exchanged in the image, or in the person (situs inversus).",
        cause="An array was reversed while its affine or positions were kept; rarely, the liver "
        "lies on the left.",
        mend="Look for heart, stomach and liver in the pictures; mirrored data are to be sent "
        "again, for a person with reversed organs the numbers hold.",
    ),
    _warning(
        key="body_direction_doubtful",
        words="The body perhaps lies upside down or front to back, against its header.",
        cause="Only a short or unusual part of it is in view, or the header is wrong.",
        mend="Look at the pictures; if the body lies otherwise, discard all numbers.",
    ),
    _warning(
        key="contrast_disagreement",
        words="The header and the image say different things about contrast medium.",
        cause="The header was copied from another phase, or the image enhances little.",
        mend="Look at aorta and kidneys; read attenuation and its cut-offs with that in mind.",
    ),
    _warning(
        key="level_count_unanchored",
        words="The names of the vertebrae rest on shape alone and may be off by one.",
        cause="Neither the sacrum nor a rib is in view.",
        mend=_COUNT,
    ),
    _warning(
        key="level_count_disagrees",
        words="Counting vertebrae from the ribs and from the sacrum gives different names.",
        cause="Transitional anatomy, a missing or extra rib, or a miscount.",
        mend=_COUNT,
    ),
    _warning(
        key="iliac_crest_disagrees",
        words="The iliac crests do not end where they usually do, so the count may be off by one.",
        cause="Transitional anatomy, an unusual pelvis, or a miscount.",
        mend=_COUNT,
    ),
    _warning(
        key="kidneys_disagree",
        words="The kidneys lie elsewhere along the spine than usual, so the count may be wrong.",
        cause="A displaced or transplanted kidney, or a miscount.",
        mend=_COUNT,
    ),
    _warning(
        key="level_implausible",
        words="A vertebra or a disc has a height that no spine has, or that its neighbours deny.",
        cause="A fracture, a fusion, metal, or a miscount: two bodies taken for one.",
        mend=_COUNT,
    ),
    _warning(
        key="level_low_confidence",
        words="The place or the name of some vertebrae is doubtful.",
        cause="The spine is degenerated, operated, crooked or at the edge of the scan.",
        mend="Look at the sagittal picture before using areas at these levels.",
        concerns="levels",
    ),
    _warning(
        key="lung_base_not_in_view",
        words="No lung is in view, so the upper end of the slab is not in the scan.",
        cause="The scan begins below the lungs.",
        mend="Use numbers at levels, or a scan that reaches the lungs.",
        concerns="slab",
    ),
    _warning(
        key="lung_base_below_scan",
        words="The lowest slice still shows lung, so the lung base lies below the scan.",
        cause="The scan ends in the chest.",
        mend="Use a scan that reaches down to L5.",
        concerns="slab",
    ),
    FlagRow(
        key="levels_set_by_hand",
        severity=Severity.INFO,
        stage="locate",
        words="A person set levels or planes; levels that were not set are counted from them.",
        cause="The run was given --level or --levels, or the masks come from such a run.",
        mend="Check the levels on the sagittal picture, as with any others.",
        concerns="all",
    ),
    _warning(
        key="level_set_differs",
        words="A level was set by hand at a vertebra that the program counted as another.",
        cause="A miscount of the program, transitional anatomy, or a slip of the hand.",
        mend="Count the vertebrae in the sagittal picture once more; what was set is used.",
        also=(Severity.INFO,),
    ),
    _warning(
        key="level_set_off_body",
        words="A level was set by hand where no vertebral body was found.",
        cause="A disc was meant, a body was missed, or a slip of the hand.",
        mend="Look at the level in the sagittal picture; set it at the middle of the body.",
        concerns="levels",
    ),
    _warning(
        key="level_set_contradicts",
        words="Levels that do not fit those set by hand were left out.",
        cause="Bodies that were missed or taken together, or a slip of the hand.",
        mend="Set these levels too.",
        concerns="levels",
    ),
    FlagRow(
        key="picked_slice",
        severity=Severity.INFO,
        stage="locate",
        words="The user picked the slice and named its vertebra; nobody checked that.",
        cause="A single slice is measured, on which vertebrae cannot be counted.",
        mend="Check the vertebra on a scout view or a sagittal reformation.",
        concerns="all",
        has_level=True,
    ),
)
