"""What a reader of the numbers must know: one row per code of a flag."""
