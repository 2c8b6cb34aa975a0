"""Variants of the path: one slice, own masks, corrected masks, HU windows."""
