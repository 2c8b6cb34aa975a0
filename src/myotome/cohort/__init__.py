"""Many studies: planned, measured beside each other, kept as one set of tables."""
