"""A study on its way: its series, its person, where its result comes from."""
