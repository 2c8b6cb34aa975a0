"""What the node tells over HTTP, on loopback alone."""
