"""Numbers and what weakens them: measurements, findings, flags, answers."""
