"""Body composition at levels and in the slab."""
