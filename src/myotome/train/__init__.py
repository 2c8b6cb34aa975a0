"""Training on labelled CTs; needs the ``[train]`` extra."""
