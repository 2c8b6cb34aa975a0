"""The report on paper and its DICOM object."""
