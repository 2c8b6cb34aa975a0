"""How good label maps are: overlap, surfaces, areas, masses and agreement, with pictures."""
