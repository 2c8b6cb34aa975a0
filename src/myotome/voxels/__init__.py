"""Array work that stages share."""
