"""What became of a spoiled study, held against the sound one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.mutations.kind import Done
from myotome.cli.app import EXIT_CODES
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.study.result import StudyResult

Key = tuple[str, str, str, str]
Notice = tuple[str, str, str]

MOST_CHANGE = 0.02
FLOOR = {"ml": 1.0, "g": 1.0, "cm2": 0.5, "HU": 1.0, "%": 1.0, "mm": 1.0, "cm": 0.5}
"""By unit, the least change that counts: a voxel or two of a small muscle are none."""
LEAST = 0.2
MOST_SECONDS = 60.0
ALLOWED = {code for code, _ in EXIT_CODES} - {1, 2, 130}
_PYTHON = re.compile(
    r"\b(?!InputError|NoUsable)[A-Z][A-Za-z]*(?:Error|Exception|Warning)\b|Traceback"
)
_RESULTS = ("measurements.json", "report.html", "measurements.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one run ended. ``result`` is None if it was refused, ``left`` the files it wrote."""

    code: int
    answer: dict[str, Any]
    said: str
    seconds: float
    peak_mb: float
    result: StudyResult | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``outcome`` is "refused", "same", "told", "undetectable" or "silent"; faults are bugs."""

    outcome: str
    faults: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    told: tuple[str, ...] = field(default=())


def judged(ran: Ran, sound: StudyResult, done: Done, folder: Path) -> Verdict:
    """What the run did wrong, which numbers moved, and what was said that is new."""
    faults = tuple(_faults(ran, folder))
    if ran.result is None:
        return Verdict(outcome="refused", faults=faults, told=(str(ran.answer.get("error")),))
    news = notices(ran.result) - notices(sound)
    moved = _moved(ran.result, sound)
    outcome = "same"
    if moved:
        outcome = "told" if news else "undetectable" if done.undetectable else "silent"
        if outcome == "silent":
            moved = _unwarned(moved, ran.result, sound)
            outcome = "silent" if moved else "told"
    told = tuple(sorted({code for code, *_ in news}))
    return Verdict(outcome=outcome, faults=faults, moved=tuple(_words(moved)), told=told)


def notices(result: StudyResult) -> set[Notice]:
    """Flags by code, structure and level."""
    return {(flag.code, flag.structure, flag.level) for flag in result.flags}


def _numbers(result: StudyResult) -> dict[Key, Any]:
    return {(m.quantity, m.structure, m.side, m.level): m for m in result.measurements}


def _moved(result: StudyResult, sound: StudyResult) -> dict[Key, tuple[float, float]]:
    """Numbers called whole that are others by more than 2 % and the floor of their unit."""
    before = _numbers(sound)
    found = {}
    for key, now in _numbers(result).items():
        was = before.get(key)
        if was is None or was.value is None or now.value is None:
            continue
        if now.status is not Status.MEASURED:
            continue
        change = abs(now.value - was.value)
        floor = FLOOR.get(now.unit, LEAST)
        if change > floor and change > MOST_CHANGE * abs(was.value):
            found[key] = (was.value, now.value)
    return found


def _unwarned(
    moved: dict[Key, tuple[float, float]], result: StudyResult, sound: StudyResult
) -> dict[Key, tuple[float, float]]:
    """Those of the moved numbers that carry no caveat which they had not before."""
    before, after = _numbers(sound), _numbers(result)
    return {
        key: pair
        for key, pair in moved.items()
        if not set(after[key].caveats) - set(before[key].caveats)
    }


def _words(moved: dict[Key, tuple[float, float]]) -> list[str]:
    worst = sorted(moved.items(), key=lambda pair: -abs(pair[1][1] / (pair[1][0] or 1) - 1))
    return [f"{' '.join(key)}: {was:.4g} -> {now:.4g}" for key, (was, now) in worst[:8]]


def _faults(ran: Ran, folder: Path) -> list[str]:
    """What no input may bring about."""
    texts = [ran.said, str(ran.answer.get("error", "")), *_reasons(ran.result)]
    found = []
    if ran.code not in ALLOWED:
        found.append(f"exit {ran.code}: {ran.answer.get('kind')}")
    found += [f"names {m.group()}: {t[:120]}" for t in texts if (m := _PYTHON.search(t))]
    if any(str(folder) in text for text in texts):
        found.append("tells the path of the input")
    if ran.code and any(name in _RESULTS for name in ran.left):
        found.append(f"left {', '.join(ran.left)}")
    if any(name.startswith(".") for name in ran.left):
        found.append("left something hidden")
    if ran.seconds > MOST_SECONDS:
        found.append(f"took {ran.seconds:.0f} s")
    if ran.code == 0 and ran.answer.get("status") != "ok":
        found.append("no last line")
    return found


def _reasons(result: StudyResult | None) -> list[str]:
    if result is None:
        return []
    return [
        *(flag.message for flag in result.flags),
        *(entry.reason for entry in result.catalogue.files),
        *(m.reason for m in result.measurements),
        *(reason.text for j in result.judged for reason in j.reasons),
    ]
