"""From a checkpoint to a network that can be used."""
