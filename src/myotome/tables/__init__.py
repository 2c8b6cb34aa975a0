"""Rows, not branches: muscles, tissues, quantities, rules."""
