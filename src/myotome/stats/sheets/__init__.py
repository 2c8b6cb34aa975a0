"""Tables of results, and how they are written for programs, browsers and papers."""
