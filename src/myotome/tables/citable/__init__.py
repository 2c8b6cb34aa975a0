"""Citable."""
