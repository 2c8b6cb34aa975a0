"""Cut-offs by the young and by outcomes, and survival by a quantity."""
