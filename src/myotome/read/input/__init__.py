"""Folders, archives and single files as one source."""
