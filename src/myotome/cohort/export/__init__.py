"""A cohort in the forms that other programs take."""
