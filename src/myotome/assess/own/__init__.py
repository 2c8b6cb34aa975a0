"""References that a user built of their own people: the file, its curves, a person's place."""
