"""What an input holds, before anything is measured: every file, every series, every verdict."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from myotome.nouns.series import Catalogue, Judged
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge
from myotome.read.input.files import Source, opened
from myotome.write.privacy import technical_names


def listed(source: Source, *, threads: int = 2) -> tuple[Catalogue, tuple[Judged, ...]]:
    """Every series of an open input with its verdict."""
    found = catalogue(source, threads=threads)
    return found, judge(found)


def list_series(path: str | Path, *, threads: int = 2) -> tuple[Catalogue, tuple[Judged, ...]]:
    """Every file and every series of the input with its verdict; nothing is measured."""
    with opened(Path(path)) as source:
        return listed(source, threads=threads)


def series_facts(found: Catalogue, judged: tuple[Judged, ...], *, files: bool) -> dict[str, object]:
    """What :func:`list_series` found, as plain values; ``files`` lists each file too."""
    states = Counter(entry.status for entry in found.files)
    facts: dict[str, object] = {"file_states": dict(sorted(states.items()))}
    if files:
        names = technical_names(entry.name for entry in found.files)
        facts["files"] = [
            {"name": name, "status": e.status, "reason": e.reason, "series": e.series_key}
            for name, e in zip(names, found.files, strict=True)
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
