"""Flags on the input and on how it became a volume."""

from __future__ import annotations

from functools import partial

from myotome.nouns.numbers.flag import Severity
from myotome.tables.flags.row import FlagRow

_warning = partial(FlagRow, severity=Severity.WARNING, stage="read", concerns="all")
_info = partial(FlagRow, severity=Severity.INFO, stage="read", concerns="all")

READING: tuple[FlagRow, ...] = (
    _warning(
        key="better_series_failed",
        words="A series that was preferred could not be measured, so another one was.",
        cause="The preferred series broke off with the error that the flag repeats.",
        mend="Mend that series or send it again; else check that the one measured will do.",
    ),
    _warning(
        key="other_studies",
        words="The input holds usable series of other studies, which were not measured.",
        cause="One folder or archive holds several studies; one study is measured per run.",
        mend="Give each study its own folder, or pick the series with --series.",
    ),
    _warning(
        key="uids_missing",
        words="The files had no UIDs and were put together by folder and geometry.",
        cause="An export or an anonymiser removed the UIDs of study and series.",
        mend="Check that the series holds one scan of one person, or export it again with UIDs.",
    ),
    _warning(
        key="uids_shared",
        words="Different images of the series have one SOP Instance UID.",
        cause="A de-identification or an export gave several images the same UID; an archive that "
        "goes by UIDs keeps one of them.",
        mend="Check that no slice is missing or strange; export the series again before objects "
        "that refer to its images are sent to an archive.",
    ),
    _warning(
        key="files_lost",
        words="Files of the series were refused; slices at its ends may be missing.",
        cause="Damaged or incomplete files carry the UID of the series.",
        mend="Send the series again, and look whether its first and last slices are there.",
    ),
    _warning(
        key="series_insisted",
        words="The series was measured although a rule refuses it.",
        cause="It was named with --series.",
        mend="Measure another series, or take its numbers with the doubt that the flag names.",
    ),
    _warning(
        key="series_reserve",
        words="Only a series in reserve was left to measure.",
        cause="No series of the study fits all rules of the choice.",
        mend="Ask the archive for a better series of the study; else mind what the flag names.",
    ),
    _warning(
        key="derived_values",
        words="The images were computed from spectral CT: attenuation compares with no other scan.",
        cause="Nothing but virtual non-contrast or monoenergetic images was in the study.",
        mend="Measure the conventional series; do not use attenuation, NAMA, LAMA of this one.",
    ),
    _info(
        key="metal_reduced",
        words="The images are of a reconstruction that reduces metal artefacts.",
        cause="That reconstruction was the best series of the study.",
        mend="Do not compare attenuation near metal with that of other series.",
    ),
    _warning(
        key="slices_apart",
        words="The slices leave unscanned space between them, or every second one is missing.",
        cause="The scan was made with gaps, slices were lost, or a header tore the series apart.",
        mend="Look whether the archive holds more images; volumes are estimates here.",
    ),
    _warning(
        key="images_unlike",
        words="Images unlike the rest of their stack were left out, and interpolated.",
        cause="Their headers or values differ, as in slices of another scan, and --allow-gaps "
        "was passed.",
        mend="Send the series again; else do not trust numbers that lie on those slices.",
    ),
    _warning(
        key="images_mixed",
        words="A fact of the scan that should be one varies among the images.",
        cause="Two scans were put together, or the scanner changed its settings on the way.",
        mend="Compare attenuation between the parts before you use it.",
    ),
    _warning(
        key="header_contradicts",
        words="The header contradicts itself about sizes, tilt, position or age of the person.",
        cause="A program changed one attribute and left the other, or a crop was not written down.",
        mend="Look at size, sides and front in the pictures; mend the header if one is wrong, and "
        "give the age with --age.",
    ),
    _warning(
        key="lossy_compression",
        words="Images were compressed with loss.",
        cause="The archive or the sender saved space; small HU differences are smoothed away.",
        mend="Ask for the original images; do not use attenuation, NAMA, LAMA or IMAT of these.",
    ),
    _warning(
        key="not_supine",
        words="The person does not lie on the back.",
        cause="The scan was made prone or on the side, as in colonography or for a puncture.",
        mend="Look at every picture: muscles shift, and no network learnt from such scans.",
    ),
    _warning(
        key="child",
        words="The person is under 18 years by the header.",
        cause="The study is of a child, or the age in its header is wrong.",
        mend="Use no cut-off and no reference curve of adults; look at every picture.",
    ),
    _warning(
        key="field_extended",
        words="The images reach beyond what the scanner measured.",
        cause="An extended field of view was reconstructed: values near its rim are extrapolated.",
        mend="Do not use subcutaneous fat and lateral wall where they lie in the rim.",
    ),
    _warning(
        key="series_torn",
        words="Other images of the same series were left out, since they differ in their headers.",
        cause="The series holds several scans, or its headers contradict each other.",
        mend="Look in series.csv for the other part; if it is the same scan, mend its headers.",
    ),
    _warning(
        key="scan_in_parts",
        words="The same scan goes on in other series, which were not measured with this one.",
        cause="An archive or a de-identification gave one scan several series UIDs.",
        mend="Pass --join to measure them together, if they are one scan.",
    ),
    _warning(
        key="files_unread",
        words="Files beside those of the series could not be read; its ends may be missing.",
        cause="Files are empty, damaged, locked away or not there, so nobody knows what they were.",
        mend="Send or copy the series again; else mind that the scan may have been longer.",
    ),
    _warning(
        key="images_missing",
        words="The header or the numbering of the images tells of more images than there are.",
        cause="The transfer was incomplete, or a part of the series was left out on purpose.",
        mend="Ask the archive for the whole series; with --expect a wrong number is refused.",
    ),
    _info(
        key="duplicates_dropped",
        words="Slices that were there twice were counted once.",
        cause="The same images were sent or copied more than once, voxel for voxel the same.",
        mend="Nothing needs doing: the numbers are those of one copy.",
    ),
    _warning(
        key="slices_unreadable",
        words="Slices could not be read and were interpolated from their neighbours.",
        cause="Their pixel data are damaged or of another size, and --allow-gaps was passed.",
        mend="Send the series again; else do not trust numbers that lie on those slices.",
    ),
    _warning(
        key="gaps_interpolated",
        words="Slices are missing and were interpolated from their neighbours.",
        cause="The transfer was incomplete, and --allow-gaps was passed.",
        mend="Send the series again; else do not trust numbers that lie in the gap.",
    ),
    _warning(
        key="spacing_resampled",
        words="The slices were not evenly spaced and were resampled to even distances.",
        cause="The series was reconstructed or cut together with several distances.",
        mend="Prefer a series with one distance; masses stay close, fine detail is blurred.",
    ),
    _warning(
        key="tilt_corrected",
        words="The gantry was tilted; the slices were sheared into an upright volume.",
        cause="The scan was made with a tilted gantry.",
        mend="Look at the pictures: slices cut bodies aslant before, and edges are interpolated.",
    ),
    _warning(
        key="values_windowed",
        words="The values were cut to a display window, so the HU of air and dense bone are lost.",
        cause="The images were exported from a viewer rather than from the scanner or archive.",
        mend="Export the series again with its full range of values.",
    ),
    _warning(
        key="values_coarse",
        words="The values come in steps of several HU.",
        cause="They were rounded on the way, as by a program that stores 8 bits.",
        mend="Export the CT again; HU windows and means are off by up to a step.",
    ),
    _warning(
        key="hu_scale",
        words="Air around the body or fat below the skin do not have the values they must have.",
        cause="A rescale was changed on the way, the tube voltage is unusual, or the scanner was "
        "not calibrated; seldom the fat itself (oedema, wasting).",
        mend="Check the rescale of the source; do not use attenuation, and areas with care.",
    ),
    _warning(
        key="slices_strange",
        words="Single slices differ from both neighbours more than these from each other.",
        cause="A slice of another scan or place, strong streaks, or a movement.",
        mend="Look at the slices named; remove them and pass --allow-gaps if they do not belong.",
    ),
    _warning(
        key="voxels_lone",
        words="Single voxels have values that those beside them exclude.",
        cause="Bytes were changed while the images were stored, copied or sent.",
        mend="Send the series again; standard deviations and attenuation may be wrong.",
    ),
    _warning(
        key="thin_slices",
        words="The slices are thin, hence noisy, and could not be averaged.",
        cause="They lie too far apart for averaging, or are too few.",
        mend="Prefer a series with slices of 3 to 5 mm; do not rely on attenuation.",
    ),
    _warning(
        key="thin_averaged",
        words="Thin slices were averaged into thicker ones, on which everything was measured.",
        cause="Thin slices are noisier than those on which the HU windows were published.",
        mend="Nothing needs doing.",
    ),
    _warning(
        key="thickness_unknown",
        words="The thickness of the single slice is unknown and was assumed in the label file.",
        cause="The image does not give its slice thickness.",
        mend="Nothing needs doing for areas and HU; do not use the volume of the label file.",
    ),
    _info(
        key="nifti_unit",
        words="The NIfTI file gave its lengths in another unit than millimetres.",
        cause="Its header names metres or micrometres, which were converted.",
        mend="Check the size of the body in the pictures.",
    ),
    _warning(
        key="nifti_pixdim",
        words="The NIfTI header gives its voxel sizes in the sform alone.",
        cause="A program wrote the sform by hand and left pixdim empty.",
        mend="Check the size of the body in the pictures.",
    ),
    _warning(
        key="nifti_forms",
        words="The sform and the qform place the volume differently in space; the sform was used.",
        cause="A program moved one of the two and left the other.",
        mend="Nothing needs doing for the numbers; z positions may differ from other programs'.",
    ),
)
