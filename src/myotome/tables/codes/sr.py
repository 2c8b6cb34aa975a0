"""Names of the content items that DICOM's report templates prescribe (PS3.16 TID 1500)."""

from __future__ import annotations

from myotome.tables.codes.code import Code, standard

NAMES: dict[str, Code] = {
    # the document
    "language": standard("DCM", "121049", "Language of Content Item and Descendants"),
    "observer_type": standard("DCM", "121005", "Observer Type"),
    "person": standard("DCM", "121006", "Person"),
    "person_name": standard("DCM", "121008", "Person Observer Name"),
    "device": standard("DCM", "121007", "Device"),
    "device_uid": standard("DCM", "121012", "Device Observer UID"),
    "device_name": standard("DCM", "121013", "Device Observer Name"),
    "device_manufacturer": standard("DCM", "121014", "Device Observer Manufacturer"),
    "device_model": standard("DCM", "121015", "Device Observer Model Name"),
    "device_serial": standard("DCM", "121016", "Device Observer Serial Number"),
    "procedure_reported": standard("DCM", "121058", "Procedure reported"),
    "measurements": standard("DCM", "126010", "Imaging Measurements"),
    # a group
    "group": standard("DCM", "125007", "Measurement Group"),
    "tracking_id": standard("DCM", "112039", "Tracking Identifier"),
    "tracking_uid": standard("DCM", "112040", "Tracking Unique Identifier"),
    "finding": standard("DCM", "121071", "Finding"),
    "finding_site": standard("SCT", "363698007", "Finding Site"),
    "laterality": standard("SCT", "272741003", "Laterality"),
    "modifier": standard("SCT", "106233006", "Topographical modifier"),
    "derivation": standard("DCM", "121401", "Derivation"),
    "method": standard("SCT", "370129005", "Measurement Method"),
    "algorithm_name": standard("DCM", "111001", "Algorithm Name"),
    "algorithm_version": standard("DCM", "111003", "Algorithm Version"),
    "algorithm_parameters": standard("DCM", "111002", "Algorithm Parameters"),
    "algorithm_family": standard("DCM", "111000", "Algorithm Family"),
    # what a group refers to
    "segment": standard("DCM", "121191", "Referenced Segment"),
    "segment_frame": standard("DCM", "121214", "Referenced Segmentation Frame"),
    "segment_series": standard("DCM", "121232", "Source series for segmentation"),
    "segment_image": standard("DCM", "121233", "Source image for segmentation"),
}
"""By our own key; the meanings are those of DICOM's dictionary."""

ENGLISH = Code(value="en-US", scheme="RFC5646", meaning="English (United States)")

PLANAR, VOLUMETRIC, PLAIN, REPORT = "1410", "1411", "1501", "1500"
"""Template identifiers."""
