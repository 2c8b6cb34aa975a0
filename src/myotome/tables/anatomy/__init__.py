"""Muscles, compartments, vertebrae, and what other programs call them."""
