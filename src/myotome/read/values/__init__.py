"""The values of a CT: whether they are Hounsfield units, in every slice."""
