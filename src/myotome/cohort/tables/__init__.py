"""The tables of a cohort as people and programs want them: wide or long, with their dictionary."""
