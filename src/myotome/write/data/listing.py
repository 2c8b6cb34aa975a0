"""What an input holds, as plain values."""

from __future__ import annotations

from collections import Counter

from myotome.nouns.study.series import Catalogue, Judged
from myotome.write.privacy import technical_files


def series_facts(found: Catalogue, judged: tuple[Judged, ...], *, files: bool) -> dict[str, object]:
    """What :func:`list_series` found, as plain values; ``files`` lists each file too."""
    states = Counter(entry.status for entry in found.files)
    facts: dict[str, object] = {"file_states": dict(sorted(states.items()))}
    if files:
        facts["files"] = [
            {"name": e.name, "status": e.status, "reason": e.reason, "series": e.series_key}
            for e in technical_files(found.files)
        ]
    facts["series"] = [
        {
            "key": j.series.key,
            "verdict": str(j.verdict),
            "rank": j.rank,
            "description": j.series.description,
            "modality": j.series.modality,
            "images": len(j.series.instances),
            "reasons": [{"rule": r.rule, "text": r.text} for r in j.reasons],
        }
        for j in judged
    ]
    return facts
