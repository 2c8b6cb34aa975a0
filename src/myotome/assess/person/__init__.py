"""What is known of one person, or of a table of persons."""
