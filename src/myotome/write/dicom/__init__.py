"""The result as DICOM objects in the study that it was measured on."""
