"""Vertebrae as individuals: the straightened spine, its bodies one by one, then their names."""
