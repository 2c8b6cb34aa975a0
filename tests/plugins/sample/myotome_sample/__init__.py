"""A package as somebody else might write it: one output and one backend for Myotome."""
