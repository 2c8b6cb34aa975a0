"""Vu et al. 2024 again: each of its tables and figures beside what was found here."""
