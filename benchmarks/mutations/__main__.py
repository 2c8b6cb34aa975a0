"""``python -m benchmarks.mutations [-n 2000] [--data REAL]``: what became of them, as a table.

Goes on where it was stopped; ``--only NUMBER`` shows a single one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.mutations.scenes import Scene, phantom_scenes, real_scenes
from benchmarks.mutations.trial import Told, draw, sound, tried
from myotome.nouns.study.result import StudyResult

WRITTEN = 4
"""Every so manieth also writes its results."""


def main() -> int:
    asked = _asked()
    asked.out.mkdir(parents=True, exist_ok=True)
    lines = asked.out / f"mutations-{asked.seed}.jsonl"
    known = {row["number"]: row for row in _rows(lines)}
    scenes = phantom_scenes(asked.out / "scenes")
    if asked.data:
        scenes += real_scenes(asked.out / "scenes", asked.data)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)

        @cache
        def as_made(scene: Scene) -> StudyResult:
            return sound(scene, work / "sound")

        if asked.only is not None:
            for number in asked.only:
                _show(_one(number, asked.seed, scenes, as_made, work, debug=True))
            return 0
        with lines.open("a", encoding="utf-8") as log:
            for number in range(asked.first, asked.first + asked.n):
                if number not in known:
                    told = _one(number, asked.seed, scenes, as_made, work)
                    print(told.line(), flush=True)
                    known[number] = row_of(told)
                    log.write(json.dumps(known[number]) + "\n")
                    log.flush()
    table = summary(list(known.values()))
    (asked.out / "mutations.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(table, indent=1))
    return 0


def _one(
    number: int, seed: int, scenes: list[Scene], as_made: Any, work: Path, *, debug: bool = False
) -> Told:
    drawn = draw(number, seed, scenes)
    write = number % WRITTEN == 0
    return tried(drawn, as_made(drawn.scene), work / "trial", write=write, debug=debug)


def _show(told: Told) -> None:
    print(told.line())
    print("  error:", told.ran.answer.get("error"))
    for word in (*told.verdict.moved, *told.verdict.told, *told.verdict.faults):
        print("  ", word)
    print(told.ran.said[-3000:])


def row_of(told: Told) -> dict[str, Any]:
    """What is kept of one mutation."""
    return {
        "number": told.drawn.number,
        "scene": told.drawn.scene.name,
        "kind": told.drawn.kind.key,
        "words": told.done.words,
        "undetectable": told.done.undetectable,
        "code": told.ran.code,
        "outcome": told.verdict.outcome,
        "faults": told.verdict.faults,
        "moved": told.verdict.moved,
        "told": told.verdict.told,
        "seconds": round(told.ran.seconds, 2),
        "peak_mb": round(told.ran.peak_mb),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts, and the share of mutations that moved a number and were told."""
    outcomes = Counter(row["outcome"] for row in rows)
    seen = outcomes["refused"] + outcomes["told"]
    judged = seen + outcomes["silent"]
    return {
        "n": len(rows),
        "exit_codes": dict(sorted(Counter(str(row["code"]) for row in rows).items())),
        "outcomes": dict(sorted(outcomes.items())),
        "faults": [f"{row['number']} {row['faults']}" for row in rows if row["faults"]],
        "silent": [
            f"{row['number']} {row['scene']} {row['kind']} [{row['words']}] {row['moved'][0]}"
            for row in rows
            if row["outcome"] == "silent"
        ],
        "undetectable": dict(
            Counter(r["undetectable"] for r in rows if r["outcome"] == "undetectable")
        ),
        "told_percent": round(100 * seen / judged, 2) if judged else None,
        "told_percent_of_measured": round(
            100 * outcomes["told"] / max(1, outcomes["told"] + outcomes["silent"]), 2
        ),
        "most_seconds": max((row["seconds"] for row in rows), default=0.0),
        "peak_mb": max((row["peak_mb"] for row in rows), default=0),
        "by_kind": {
            kind: dict(Counter(row["outcome"] for row in rows if row["kind"] == kind))
            for kind in sorted({row["kind"] for row in rows})
        },
    }


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m benchmarks.mutations", description=__doc__)
    words.add_argument("-n", type=int, default=2000)
    words.add_argument("--first", type=int, default=0)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--data", type=Path, help="The folder of real CTs.")
    words.add_argument("--out", type=Path, default=Path("out/bench/mutations"))
    words.add_argument("--only", type=int, nargs="+", help="Show these alone.")
    return words.parse_args()


if __name__ == "__main__":
    sys.exit(main())
