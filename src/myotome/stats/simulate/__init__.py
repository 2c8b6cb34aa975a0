"""Synthetic cohorts whose truth is known, drawn from published tables."""
