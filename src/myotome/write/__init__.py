"""Write: a result to a results folder, which appears whole or not at all."""

from myotome.write.folder import check_out_dir
from myotome.write.results import write_results, write_series_csv

__all__ = ["check_out_dir", "write_results", "write_series_csv"]
