"""How far two scans lie apart without a change: the rows of ``tables.quantities.repeatability``."""

from __future__ import annotations

from typing import Any

from myotome.tables.quantities.repeatability import CONTRAST_ALONE, REPEATABILITY, REPEATABLE
from myotome.write.report.cells import readable, unit_words


def noise_words() -> str:
    """The sentence beside SMI, with its citation."""
    author = REPEATABLE["smi_same_kv"].source.split(",")[0]
    return f"{readable(CONTRAST_ALONE)} ({author}, see below)"


def noise_tables() -> list[dict[str, Any]]:
    """The published spreads, one small table per source: quantities down, settings across."""
    tables = []
    for source in dict.fromkeys(row.source for row in REPEATABILITY):
        own = [row for row in REPEATABILITY if row.source == source]
        settings = [*dict.fromkeys(row.setting for row in own)]
        lines: dict[str, dict[str, str]] = {}
        for row in own:
            lines.setdefault(row.words, {})[row.setting] = f"{row.spread:g} {unit_words(row.unit)}"
        tables.append(
            {
                "source": f"{source}; {own[0].people}",
                "statistic": own[0].statistic,
                "settings": settings,
                "rows": [(words, [at.get(s, "") for s in settings]) for words, at in lines.items()],
                "derived": [
                    f"{row.spread:g} = {readable(row.derived)}" for row in own if row.derived
                ],
            }
        )
    return tables
