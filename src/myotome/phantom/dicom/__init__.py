"""Dicom."""
