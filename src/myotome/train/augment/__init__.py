"""Other bodies, tissues and scanners drawn from the same CT."""
