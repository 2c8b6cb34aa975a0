"""Images come in by DICOM: bounded, streamed to the disk, and answered with success once there."""
