"""What a run needs besides its stages: configuration, progress, provenance, notices."""
