"""Overlays, maps and marks as pictures."""
