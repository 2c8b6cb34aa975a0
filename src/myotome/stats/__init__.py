"""Statistics over many people: a table in, tables and figures out.

``table`` reads one row per study and counts what is left out; ``simulate`` draws cohorts whose
truth is known; ``describe``, ``agreement`` and ``figures`` say what a paper says, and ``paper``
puts it beside what Vu et al. 2024 printed.
"""

from myotome.stats.commands import agreement_of, describe_table, raters_of
from myotome.stats.paper.reenact import Sources, reenact
from myotome.stats.simulate.cohort import Cohort, simulate_cohort, write_cohort
from myotome.stats.simulate.request import CohortRequest
from myotome.stats.table.read import Table, from_frame, read_table

__all__ = [
    "Cohort",
    "CohortRequest",
    "Sources",
    "Table",
    "agreement_of",
    "describe_table",
    "from_frame",
    "raters_of",
    "read_table",
    "reenact",
    "simulate_cohort",
    "write_cohort",
]
