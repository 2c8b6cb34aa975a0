"""The synthetic body: shapes, organs, tissues."""
