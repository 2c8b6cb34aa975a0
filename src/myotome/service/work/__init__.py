"""Studies are measured, each in a process of its own that cannot harm another."""
