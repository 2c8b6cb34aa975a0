"""Two studies of one person: what changed, by how much, and whether that can be told at all."""
