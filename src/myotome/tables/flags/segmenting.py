"""Flags on labels: how ours were tidied, and what was made of the user's."""

from __future__ import annotations

from functools import partial

from myotome.nouns.numbers.flag import Severity
from myotome.tables.flags.row import FlagRow

_warning = partial(FlagRow, severity=Severity.WARNING, stage="segment", concerns="muscles")
_info = partial(FlagRow, severity=Severity.INFO, stage="segment", concerns="muscles")
_LOOK = "Look at the muscles named in the pictures; correct their labels and import them."
_BELONG = "Check that the labels were drawn on this series."

SEGMENTING: tuple[FlagRow, ...] = (
    _warning(
        key="wrong_side",
        words="More than 5 % of a muscle was labelled on the wrong side of the midline.",
        cause="The network mistook the sides, or the body lies crooked.",
        mend=_LOOK,
    ),
    _warning(
        key="stray_pieces",
        words="More than 5 % of a muscle lay in pieces apart from it.",
        cause="The network labelled something else too, or thick slices tear the muscle apart.",
        mend=_LOOK,
    ),
    _warning(
        key="holes_filled",
        words="More than 5 % of a muscle lay in holes of its outline.",
        cause="Fat inside the muscle, metal or noise left gaps in the labels.",
        mend=_LOOK,
    ),
    _warning(
        key="pieces_apart",
        words="Pieces apart from their muscle on a slice were taken away.",
        cause="The network took bowel, kidney or another muscle for psoas or quadratus lumborum.",
        mend=_LOOK,
    ),
    _warning(
        key="pieces_brighter",
        words="Pieces far brighter than their muscle were taken away.",
        cause="The network took an organ or a vessel with contrast medium, or bone, for muscle.",
        mend=_LOOK,
    ),
    _warning(
        key="area_bump",
        words="A muscle is much larger on a slice than on those below and above it.",
        cause="Kidney, bowel or another muscle was labelled with it for a few slices.",
        mend="Look at the slices named; correct the labels and import them.",
    ),
    _info(
        key="labels_edited",
        words="The labels of some muscles are the user's and differ from the network's.",
        cause="Corrected labels were imported.",
        mend="Nothing needs doing: that is what was asked for.",
    ),
    _info(
        key="labels_absent",
        words="Some muscles are not among the imported labels.",
        cause="They were not drawn, or their segments have names that are not understood.",
        mend="Draw or name them if they are wanted.",
    ),
    _warning(
        key="labels_sides",
        words="Left and right may be exchanged in the imported labels.",
        cause="The segments were named from the viewer's side, or the file lost its orientation.",
        mend="Exchange the sides of the groups named and import the labels again.",
    ),
    _warning(
        key="labels_order",
        words="Imported labels lie in another order from the front to the back than muscles do.",
        cause="Values or names of muscles were exchanged, or the labels lie on another place.",
        mend="Look at the muscles named in the pictures; mend the label table or the labels.",
    ),
    _warning(
        key="labels_resampled",
        words="The labels did not lie on the voxels of the CT and were moved to the nearest ones.",
        cause="They were drawn on other, resampled or tilted slices.",
        mend="Export the labels on the grid of the CT; outlines are off by up to half a voxel.",
    ),
    _warning(
        key="labels_outside",
        words="Labelled voxels or contours lie outside the CT or enclose nothing: left out.",
        cause="The labels reach further than the scan, were drawn on another series, or have "
        "contours of one or two points.",
        mend=_BELONG,
    ),
    _warning(
        key="labels_skip_slices",
        words="Slices between the first and the last labelled one hold no label.",
        cause="Only some slices were drawn, or single ones were left out.",
        mend="Draw the slices between or pass --fill-between, or use areas rather than volumes.",
    ),
    _warning(
        key="labels_of_another",
        words="The labels tell of another person, study or frame of reference than the images.",
        cause="Pseudonyms replaced the identifiers of one of both, a program gave the labels a "
        "header of their own, or they are of another scan and --series was passed.",
        mend=_BELONG,
    ),
    _warning(
        key="labels_sparse",
        words="Muscles were not drawn on every slice between their first and their last one.",
        cause="Only every second or third slice was drawn, or slices were left out.",
        mend="Draw the slices between, or pass --fill-between to have them interpolated; areas of "
        "the slices that were drawn hold as they are.",
    ),
    _warning(
        key="labels_filled",
        words="Labels were interpolated between the slices on which they were drawn.",
        cause="Only some slices were drawn, and --fill-between was passed.",
        mend="Look at the filled slices in the pictures; areas are sure where slices were drawn.",
    ),
    _warning(
        key="labels_incomplete",
        words="Compartments were left out, since not all that matter are among the labels.",
        cause="What is not drawn would count as absent.",
        mend="Draw the abdominal cavity, the muscle wall and the subcutaneous tissue.",
    ),
    _warning(
        key="labels_not_understood",
        words="Segments were left out whose names only resemble those of muscles.",
        cause="Their names lack a side or say more than a table knows.",
        mend='Name them as "left psoas", or pass a table with --mapping.',
    ),
    _info(
        key="labels_unused",
        words="Segments of other structures were left out.",
        cause="The file holds more than muscles and compartments.",
        mend="Nothing needs doing.",
    ),
)
