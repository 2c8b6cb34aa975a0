"""In view."""
