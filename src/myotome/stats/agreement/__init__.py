"""How well a network agrees with readers, and readers with each other."""
