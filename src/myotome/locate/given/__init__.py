"""Levels that a person set: the vertebrae they lie in, and the others counted from them."""
