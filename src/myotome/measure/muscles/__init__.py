"""The twelve muscles: volumes, masses, areas, attenuation."""
