"""P values of many questions asked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myotome.stats.sheets.sheet import Column, p_value

COLUMNS: tuple[Column, ...] = (
    p_value("p", "P"),
    p_value("p_holm", "P (Holm)"),
    p_value("p_bh", "P (Benjamini-Hochberg)"),
)


def with_corrected(rows: Sequence[dict[str, Any]], key: str = "p") -> list[dict[str, Any]]:
    """The rows with ``p_holm`` (family-wise error) and ``p_bh`` (false discoveries).

    Corrected over all rows of the table that have a P value.
    """
    known = [at for at, row in enumerate(rows) if row.get(key) is not None]
    out = [{**row, f"{key}_holm": None, f"{key}_bh": None} for row in rows]
    if known:
        from statsmodels.stats.multitest import multipletests

        given = [rows[at][key] for at in known]
        for name, method in (("holm", "holm"), ("bh", "fdr_bh")):
            for at, p in zip(known, multipletests(given, method=method)[1], strict=True):
                out[at][f"{key}_{name}"] = float(p)
    return out


def note(rows: Sequence[Any]) -> str:
    """What stands below every table of P values."""
    return (
        f"{len(rows)} questions are asked of the same people: P alone would call some of them "
        "answered by chance. Holm bounds the chance of any false answer in this table, Benjamini "
        "and Hochberg the share of false ones."
    )
