"""How results look and what may leave: colours, digits, wording."""
