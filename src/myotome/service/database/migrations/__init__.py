"""The history of the tables, one module for each change of them."""
