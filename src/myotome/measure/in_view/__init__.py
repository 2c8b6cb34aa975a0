"""What of the slab and of each slice lies in view."""
