"""What names Myotome's documents and folders, for those who write and those who read them."""

from __future__ import annotations

PROGRAM = "Myotome"
"""The manufacturer of our DICOM objects."""

SCHEMA_NAME = "myotome/measurements"
"""The schema of ``measurements.json``, by which a results folder is known."""

UNFINISHED = ".partial-"
"""Stands in the (hidden) name of a folder that is still being written, or never was finished."""

FRAME = "DICOM patient coordinates (LPS) in mm; z points to the head"
"""Stands in ``landmarks.json``: which z its numbers are."""

PRIVATE_CREATOR, PRIVATE_GROUP, PRIVATE_GIVEN = "MYOTOME", 0x0099, 0x01
"""Creator, group and element of the private attribute in which a SEG carries what was set."""
