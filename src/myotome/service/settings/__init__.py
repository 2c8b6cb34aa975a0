"""The settings of a node: one TOML file, every value typed and checked."""
