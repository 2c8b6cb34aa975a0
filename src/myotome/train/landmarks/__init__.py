"""Training of the network that finds vertebrae and lungs."""
