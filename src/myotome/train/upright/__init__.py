"""Training of the network that tells whether a body stands upright: any CT is its own lesson."""
