"""From DICOM headers and pixels to stacks of slices."""
