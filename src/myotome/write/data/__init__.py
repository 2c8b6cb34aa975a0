"""Numbers and masks as files for programs."""
