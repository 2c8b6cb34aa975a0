"""Statistics over many people: a table in, tables and figures out.

``table`` reads one row per study and counts what is left out; ``simulate`` draws cohorts whose
truth is known; ``describe``, ``agreement`` and ``figures`` say what a paper says.
"""
