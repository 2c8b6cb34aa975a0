"""Nothing is unpacked or allocated before it is known how much that is."""
