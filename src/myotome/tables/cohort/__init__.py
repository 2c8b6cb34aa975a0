"""The tables that a cohort keeps, as rows."""
