"""What may be known of a person, column by column."""
