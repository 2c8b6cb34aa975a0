"""Silence around libraries that say too much, without a switch for the whole process."""
