"""What the node must not forget: its tables, how they came to be, and how they are reached."""
