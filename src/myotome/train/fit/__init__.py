"""One training: recipe, samples, losses, loop, checkpoints."""
