"""Published cut-offs, criteria and references, each with its citation."""
