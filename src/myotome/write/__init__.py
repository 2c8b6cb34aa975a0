"""Write: a result to a results folder, which appears whole or not at all."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from myotome.write.folder import check_out_dir as check_out_dir
    from myotome.write.results import write_results as write_results
    from myotome.write.results import write_series_csv as write_series_csv

# Loaded at first use, so that the command line may know its options before anything heavy.
_DOORS = {
    "check_out_dir": "myotome.write.folder",
    "write_results": "myotome.write.results",
    "write_series_csv": "myotome.write.results",
}
__all__ = ["check_out_dir", "write_results", "write_series_csv"]


def __getattr__(name: str) -> Any:
    """The functions that write."""
    if name not in _DOORS:
        raise AttributeError(f"module 'myotome.write' has no attribute {name!r}")
    return getattr(import_module(_DOORS[name]), name)
