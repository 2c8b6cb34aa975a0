"""Masks made elsewhere."""
