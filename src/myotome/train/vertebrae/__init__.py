"""Training of the network that tells vertebra from vertebra along the straightened spine."""
