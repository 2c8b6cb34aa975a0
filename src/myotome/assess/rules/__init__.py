"""Three-valued answers of criteria, cut-offs and references."""
