"""Volume and slab in, labelled muscles out."""
