"""Levels and planes that a person sets: typed, in a landmarks.json, or in our own DICOM objects."""
