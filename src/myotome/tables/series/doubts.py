"""What makes one doubt that a series is one whole scan, as it says: one row per rule."""

from __future__ import annotations

from myotome.tables.series.rule import OWN, Rule

DOUBTS: tuple[Rule, ...] = (
    Rule(
        key="unlike",
        fact="unlike_images",
        operator=">",
        value=0,
        verdict="reserve",
        text="has {unlike_images} image(s) unlike the rest",
        source=OWN,
    ),
    Rule(
        key="field_contradicts",
        fact="field_ratio",
        operator="outside",
        value=(0.95, 1.05),
        verdict="refused",
        text="has pixels that make an image of {pixels_mm:.0f} mm, where its header says that "
        "{reconstruction_diameter_mm:.0f} mm were reconstructed: areas would be wrong",
        source="DICOM PS3.3 C.8.2.1 (Reconstruction Diameter) and C.7.6.2 (Pixel Spacing)",
        flag="series_insisted",
    ),
    Rule(
        key="field_doubtful",
        fact="field_ratio_any",
        operator="outside",
        value=(0.98, 1.02),
        verdict="note",
        text="has pixels that make an image of {pixels_mm:.0f} mm, where its header says that "
        "{reconstruction_diameter_mm:.0f} mm were reconstructed: cropped, or a size is wrong",
        source="DICOM PS3.3 C.8.2.1 (Reconstruction Diameter) and C.7.6.2 (Pixel Spacing)",
        flag="header_contradicts",
    ),
    Rule(
        key="step_contradicts",
        fact="step_ratio",
        operator="outside",
        value=(0.98, 1.02),
        verdict="note",
        text="has slices {step_mm:.4g} mm apart, where its header says "
        "{spacing_between_slices_mm:.4g} mm: slices are missing, or one of both is wrong",
        source="DICOM PS3.3 C.7.6.2 (Image Position), C.8.15.3.9 (Spacing Between Slices)",
        flag="header_contradicts",
    ),
    Rule(
        key="tilt_contradicts",
        fact="tilt_apart_deg",
        operator=">",
        value=1.5,
        verdict="note",
        text="is tilted by {tilt_deg:.1f} degrees, where its header says a gantry tilt of "
        "{gantry_tilt_header_deg:.1f} degrees",
        source="DICOM PS3.3 C.8.2.1 (Gantry/Detector Tilt), C.7.6.2 (Image Orientation)",
        flag="header_contradicts",
    ),
    Rule(
        key="position_contradicts",
        fact="position_fits",
        operator="==",
        value=False,
        verdict="note",
        text="lies with the table at the upper edge of its images, where its header says "
        "{patient_position}",
        source="DICOM PS3.3 C.7.3.1.1.2 (Patient Position), C.7.6.2 (Image Orientation)",
        flag="header_contradicts",
    ),
    Rule(
        key="incomplete",
        fact="expected_images",
        operator=">",
        value=0,
        verdict="note",
        text="holds {slices} image(s), where its header or numbering tells of {expected_images}",
        source="DICOM PS3.3 C.8.2.1 (Images in Acquisition), C.7.6.1 (Instance Number)",
        flag="images_missing",
    ),
    Rule(
        key="unread",
        fact="unread_files",
        operator=">",
        value=0,
        verdict="note",
        text="lies beside {unread_files} file(s) that could not be read: {unread_words}",
        source=OWN,
        flag="files_unread",
    ),
    Rule(
        key="mixed",
        fact="is_mixed",
        operator="==",
        value=True,
        verdict="note",
        text="varies in {mixed_words} among its images",
        source=OWN,
        flag="images_mixed",
    ),
    Rule(
        key="torn",
        fact="left_out_images",
        operator=">",
        value=0,
        verdict="note",
        text="leaves out {left_out_images} image(s) of the same series that lie elsewhere and "
        "differ in {left_out_words}",
        source=OWN,
        flag="series_torn",
    ),
    Rule(
        key="elsewhere",
        fact="elsewhere_images",
        operator=">",
        value=0,
        verdict="note",
        text="is one scan with {elsewhere_images} image(s) of series {elsewhere_words}",
        source=OWN,
        flag="scan_in_parts",
    ),
)
