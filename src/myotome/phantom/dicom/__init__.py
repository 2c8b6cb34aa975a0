"""The synthetic body as DICOM studies of many kinds."""
