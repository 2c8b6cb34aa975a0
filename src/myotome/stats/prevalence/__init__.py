"""How many of a cohort are low by each published cut-off, and where the cut-offs disagree."""
