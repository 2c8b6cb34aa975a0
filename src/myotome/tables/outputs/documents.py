"""What names Myotome's documents and folders, for those who write and those who read them."""

from __future__ import annotations

SCHEMA_NAME = "myotome/measurements"
"""The schema of ``measurements.json``, by which a results folder is known."""

UNFINISHED = ".partial-"
"""Stands in the (hidden) name of a folder that is still being written, or never was finished."""
