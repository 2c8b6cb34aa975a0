"""Fixed words of every output. The research-use wording is never shortened in a report."""

from __future__ import annotations

RESEARCH_USE_TITLE = "Research use only."

RESEARCH_USE_TEXT = (
    "This software is not a medical device and has not been cleared, approved or CE-marked by any "
    "authority. It is not intended to diagnose, treat, screen or monitor any patient, and its "
    "output must not be used for clinical decisions. Values depend on the scanner, contrast phase "
    "and segmentation model; the reference populations may not match the person studied. A result "
    'of "low CT muscle quantity" is not a diagnosis of sarcopenia, which requires strength (and, '
    "by some definitions, performance) testing by a clinician. Every segmentation must be reviewed "
    "by a qualified person before any use of the numbers."
)

RESEARCH_USE = f"{RESEARCH_USE_TITLE} {RESEARCH_USE_TEXT}"
"""The whole wording, for reports, JSON and the command line."""

NOT_MEASURABLE = "not measurable"
ABSENT_SIGN = "\N{EN DASH}"
"""Stands in tables for what is absent; a footnote says so in words."""
OLDEST_AGE_SHOWN_YEARS = 90
"""Ages from here on are written "90+": 45 CFR 164.514(b)(2), Safe Harbor."""
