"""The frozen nouns every stage speaks in."""
