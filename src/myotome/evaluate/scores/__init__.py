"""Masks against masks: overlap, distances, areas, agreement."""
