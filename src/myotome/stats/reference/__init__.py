"""Reference curves of one's own people: fitted, checked, drawn, and written for ``assess``."""
