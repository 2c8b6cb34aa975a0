"""Flags on the numbers: what is missing, cut, uncertain or hard to believe."""

from __future__ import annotations

from functools import partial

from myotome.nouns.numbers.flag import Severity
from myotome.tables.flags.row import FlagRow

_muscles = partial(FlagRow, severity=Severity.WARNING, stage="measure", concerns="muscles")
_slab = partial(FlagRow, severity=Severity.WARNING, stage="measure", concerns="slab")
_body = partial(FlagRow, severity=Severity.WARNING, stage="measure", concerns="composition")
_told = partial(FlagRow, severity=Severity.INFO, stage="measure", concerns="composition")
_LOOK = "Look at the pictures; correct the labels and import them if the outline is wrong."
_HEADER = "Look in the scanner's protocol; then read attenuation with that in mind."

OF_MUSCLES: tuple[FlagRow, ...] = (
    _slab(
        key="muscle_not_found",
        words="A muscle was not found in the slab, though it should be there.",
        cause="The network missed it, it was removed or wasted, or it is outside the view.",
        mend=_LOOK,
    ),
    _slab(
        key="slab_not_labelled",
        words="A part of the slab that is in the scan was not labelled.",
        cause="The given labels or the network's box end before the slab does.",
        mend="Label the whole slab, or use numbers at levels.",
    ),
    _muscles(
        key="muscle_cut",
        words="A muscle touches the edge of the field of view, so a part of it may be missing.",
        cause="The reconstruction is too narrow, or the patient lies off its centre.",
        mend="Use a reconstruction with a larger field of view.",
    ),
    _muscles(
        key="backend_gap",
        severity=Severity.INFO,
        words="The chosen program does not give a muscle, or gives it in part.",
        cause="Its label table has no label for it, or for one that holds more or less.",
        mend="Use the bundled network if the muscle is wanted.",
    ),
    FlagRow(
        key="level_uncertain",
        severity=Severity.WARNING,
        stage="measure",
        words="The place of a vertebra is uncertain, and with it the numbers there.",
        cause="The landmark network was not sure of it.",
        mend="Look whether the slice lies in the middle of that vertebra in the sagittal picture.",
        concerns="levels",
        has_level=True,
    ),
    _slab(
        key="side_asymmetry",
        words="The volumes of left and right differ more than they usually do.",
        cause="A poor outline, a cut muscle, scoliosis, or a true one-sided loss.",
        mend=_LOOK,
    ),
    _muscles(
        key="implausible_value",
        words="A number lies outside what is believable; it was not changed.",
        cause="A poor outline, a wrong level, or a rare body.",
        mend=_LOOK,
        has_level=True,
    ),
    _muscles(
        key="low_confidence",
        words="The network expects its own outline to overlap poorly with an expert's.",
        cause="The scan differs from those it learned from, or is poor.",
        mend=_LOOK,
    ),
)

OF_COMPOSITION: tuple[FlagRow, ...] = (
    _told(
        key="no_compartments",
        words="Body composition cannot be measured.",
        cause="The labels hold muscles only, no cavity, muscle wall and subcutaneous tissue.",
        mend="Use the bundled network, or import compartments too.",
    ),
    _told(
        key="level_not_in_view",
        words="There is no body composition at L3, where most cut-offs apply.",
        cause="The vertebra is outside the scan or was not found.",
        mend="Use a scan that shows L3.",
        has_level=True,
    ),
    _told(
        key="contrast_enhanced",
        words="Contrast medium raises the attenuation of muscle by about 7 HU.",
        cause="The scan was made after contrast medium.",
        mend="Compare attenuation, NAMA and LAMA only with scans of the same phase.",
    ),
    _told(
        key="contrast_unknown",
        words="Whether contrast medium was given is unknown.",
        cause="The organs that would show it are not in view or disagree.",
        mend="Look at aorta and kidneys; be careful with attenuation, NAMA and LAMA.",
    ),
    _body(
        key="kvp_unusual",
        words="The tube voltage is not 100 to 130 kV, which changes HU and, a little, areas.",
        cause="A low- or high-voltage protocol was used.",
        mend="Compare only with scans of the same voltage.",
    ),
    _told(
        key="kvp_unknown",
        words="The tube voltage is unknown.",
        cause="The header does not give it; NIfTI never does.",
        mend=_HEADER,
    ),
    _body(
        key="slice_thickness_unusual",
        words="Slices are not 2 to 10 mm thick, so voxels cross the HU limits by noise or blur.",
        cause="A very thin or very thick reconstruction was measured.",
        mend="Use a reconstruction of 3 to 5 mm.",
    ),
    _body(
        key="noisy_image",
        words="Noise moves voxels out of the HU window of muscle, so muscle is underestimated.",
        cause="Low dose, a large body, thin slices or a sharp kernel.",
        mend="Use a thicker reconstruction with a soft kernel.",
    ),
    _body(
        key="transitional_anatomy",
        words="The vertebrae may be numbered otherwise, so the level may be one off.",
        cause="Ribs, sacrum and iliac crests do not agree on the count, or are not in view.",
        mend="Count the vertebrae in the sagittal picture.",
    ),
    _body(
        key="arms_down",
        words="An arm lies beside the body: streaks and a cut field of view are likely.",
        cause="The patient could not lift the arms.",
        mend="Look at the slice for streaks through muscle.",
    ),
    _body(
        key="metal",
        words="Metal on the slice changes the HU around it.",
        cause="Screws, a prosthesis, a clip or dense contrast medium.",
        mend="Use a level without metal, or a metal-reduced reconstruction.",
    ),
    _body(
        key="wall_cut",
        words="The field of view cuts the muscle wall: muscle and fat around it are incomplete.",
        cause="The reconstruction is too narrow, or the patient lies off its centre.",
        mend="Use a reconstruction with a larger field of view.",
    ),
    _body(
        key="subcutaneous_cut",
        words="The field of view cuts the body: subcutaneous fat and circumference are incomplete.",
        cause="The body is larger than the field of view.",
        mend="Use a reconstruction with a larger field of view; muscle and visceral fat are whole.",
    ),
)
