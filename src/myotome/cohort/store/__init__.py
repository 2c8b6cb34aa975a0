"""The tables of a cohort on disk: written study by study, read as a whole."""
