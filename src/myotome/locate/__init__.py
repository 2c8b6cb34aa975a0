"""Volume -> Landmarks; :mod:`myotome.locate.slab` then cuts the slab."""

from myotome.locate.find import locate

__all__ = ["locate"]
