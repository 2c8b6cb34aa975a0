"""Findings on a training case: failures refuse it, warnings tell the trainer."""

from __future__ import annotations

from functools import partial

from myotome.nouns.numbers.flag import Severity
from myotome.tables.flags.row import FlagRow

_failure = partial(FlagRow, severity=Severity.FAILURE, stage="train", concerns="case")
_warning = partial(FlagRow, severity=Severity.WARNING, stage="train", concerns="case")

TRAINING: tuple[FlagRow, ...] = (
    _failure(
        key="refused",
        words="The case cannot be used.",
        cause="Reading or checking it failed with the error that the finding repeats.",
        mend="Do what the error says, or leave the case out.",
    ),
    _failure(
        key="label_values",
        words="The label map holds values that the label table does not know.",
        cause="The table is of another program, or the values are of other structures.",
        mend="Map them, or map them to ignore.",
    ),
    _failure(
        key="label_names",
        words="The segments have names that the label table does not know.",
        cause="The table is of another program, or the names are of other structures.",
        mend="Map them (a muscle needs its side), or map them to ignore.",
    ),
    _failure(
        key="empty_labels",
        words="The labels hold no voxel of a muscle or compartment.",
        cause="The file is empty, or all it holds is mapped to ignore.",
        mend="Leave the case out.",
    ),
    _failure(
        key="sides_swapped",
        words="Left and right are swapped.",
        cause="The segments were named from the viewer's side, or the file lost its orientation.",
        mend='Write ":swapped" after the name of the label table, or mend the file.',
    ),
    _failure(
        key="range_outside",
        words="The annotated range is outside the scan.",
        cause="It was made for another file, or counts slices in another way.",
        mend="Give first and last slice along the file's z axis, counted from 0.",
    ),
    _failure(
        key="nothing_annotated",
        words="Nothing is annotated on any slice.",
        cause="Ranges and groups leave nothing over.",
        mend="Check slices and annotated.",
    ),
    _warning(
        key="no_case",
        words="A folder was left out, as it is no case.",
        cause="Scan or labels are missing, or there are several of them.",
        mend="Complete the folder, or leave it as it is.",
    ),
    _warning(
        key="one_side_only",
        words="Only one side of a group is drawn where the group counts as complete.",
        cause="The other side was forgotten, or is not there.",
        mend="Draw it, or take the slices out of the annotated range.",
    ),
    _warning(
        key="one_side_mapped",
        words="Only one side of a group is mapped, so the group counts as not annotated.",
        cause="The label table names one side.",
        mend="Map the other side too.",
    ),
    _warning(
        key="group_absent",
        words="A group counts as complete and has no voxel, so it is learned to be absent.",
        cause="It was not drawn, or is truly absent.",
        mend="If it was not drawn, leave it out of annotated.",
    ),
    _warning(
        key="labels_outside",
        words="Labels lie outside the CT and are left out.",
        cause="The labels reach further than the scan, or belong to another one.",
        mend="Check that they belong together.",
    ),
    _warning(
        key="labels_unused",
        words="A group is drawn on slices outside its annotated range; that is not learned from.",
        cause="The range is narrower than what was drawn.",
        mend="Widen the range if the group is complete there.",
    ),
    _warning(
        key="not_exactly_ours",
        words="A label is not exactly one of our groups.",
        cause="The program that made it draws the muscle in another way.",
        mend="Leave out the slices where the difference matters.",
    ),
)
