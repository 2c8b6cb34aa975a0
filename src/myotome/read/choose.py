"""Which series may be measured, which is best, and why: the rows of ``series_rules``.

The facts of a series are a :class:`Candidate`, to which :func:`judge` applies the rules;
:func:`pick` takes the best, or what the user asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

from myotome.errors import InputError, NoUsableSeriesError
from myotome.nouns.study.candidate import Candidate
from myotome.nouns.study.series import Catalogue, FileEntry, Judged, Reason, Series, Verdict
from myotome.read.facts import candidate, contrast_header
from myotome.read.raw import label
from myotome.tables.series.preferences import PREFERENCES, Preference
from myotome.tables.series.rules import RULES, Rule

_REFUSING = frozenset(rule.key for rule in RULES if rule.verdict == "refused")
_FIXED = frozenset(rule.key for rule in RULES if rule.verdict == "refused" and not rule.override)

_OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    "==": lambda a, b: a == b,
    "in": lambda a, b: isinstance(b, tuple) and a in b,
    "not in": lambda a, b: isinstance(b, tuple) and a not in b,
    "<": lambda a, b: _number(a) is not None and _number(a) < b,  # type: ignore[operator]
    ">": lambda a, b: _number(a) is not None and _number(a) > b,  # type: ignore[operator]
    "outside": lambda a, b: isinstance(b, tuple) and not b[0] <= a <= b[1],
}


PICKED_SLICE_WAIVES = frozenset({"single_slice", "few_slices", "short"})
"""What refuses a volume and says nothing against one slice that the user picked."""


def judge(catalogue: Catalogue, *, waived: frozenset[str] = frozenset()) -> tuple[Judged, ...]:
    """Verdict, reasons and rank of every series, in the catalogue's order.

    Rank 1 is the best; usable series come before those in reserve, refused ones have none.
    Rules in ``waived`` do not decide, and are only told where nothing else refuses.
    """
    known = [candidate(series) for series in catalogue.series]
    judged = [_judge_one(s, k, waived) for s, k in zip(catalogue.series, known, strict=True)]
    order = sorted(
        (n for n, j in enumerate(judged) if j.verdict is not Verdict.REFUSED),
        key=lambda n: (judged[n].verdict is Verdict.RESERVE, -_score(known[n]), n),
    )
    for rank, n in enumerate(order, start=1):
        judged[n] = replace(judged[n], rank=rank)
    return tuple(judged)


def _judge_one(series: Series, known: Candidate, waived: frozenset[str]) -> Judged:
    hits = [rule for rule in RULES if _applies(rule, known)]
    verdicts = {rule.verdict for rule in hits if rule.key not in waived}
    verdict = Verdict.USABLE
    if "refused" in verdicts:
        verdict = Verdict.REFUSED
        hits = [rule for rule in hits if rule.key not in waived]
    elif "reserve" in verdicts:
        verdict = Verdict.RESERVE
    told = asdict(known)
    reasons = [Reason(rule=rule.key, text=rule.text.format(**told)) for rule in hits]
    if not reasons:
        reasons = [Reason(rule="axial_ct", text="is an axial CT that fits all rules")]
    return Judged(series=series, verdict=verdict, reasons=tuple(reasons))


def _applies(rule: Rule, known: Candidate) -> bool:
    value: object = getattr(known, rule.fact)
    return value is not None and _OPERATORS[rule.operator](value, rule.value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _score(known: Candidate) -> float:
    return sum(_points(row, getattr(known, row.fact)) for row in PREFERENCES)


def _points(row: Preference, value: object) -> float:
    for wanted, points in row.points:
        if value == wanted:
            return points
    number = _number(value)
    for low, high, points in row.ranges:
        if number is not None and low <= number < high:
            return points
    return row.unknown


def pick(
    judged: Sequence[Judged],
    *,
    series: str | None = None,
    all_series: bool = False,
    unenhanced_only: bool = False,
    files: Sequence[FileEntry] = (),
) -> tuple[Judged, ...]:
    """The series to measure, best first: one, or all usable ones with ``all_series``.

    ``series`` is a key of the catalogue or a bare series number and overrides the rules, as far
    as they can be. Without it, usable series win, and only if there are none the best in
    reserve is taken. ``unenhanced_only`` leaves out series whose header says enhanced, and
    those that say nothing if another says unenhanced. ``files`` only improve the message.

    Refuses (NoUsableSeriesError) with the reasons if nothing is left, and (InputError) several
    patients, or several NIfTI files that could be several, without ``series``.
    """
    if series is not None:
        return _named(judged, series, all_series=all_series)
    _require_one_patient(judged)
    ranked = sorted((j for j in judged if j.rank is not None), key=lambda j: j.rank or 0)
    if unenhanced_only:
        ranked = _unenhanced(ranked)
    usable = [j for j in ranked if j.verdict is Verdict.USABLE]
    if not ranked:
        raise _nothing(judged, files, unenhanced_only=unenhanced_only)
    if all_series:
        return tuple(usable or ranked)
    volumes = [j for j in usable or ranked if j.series.format == "nifti"]
    if len(volumes) > 1:
        names = ", ".join(f"{j.series.key} ({j.series.description})" for j in volumes[:6])
        raise InputError(
            f"{len(volumes)} NIfTI volumes could be measured: {names}.",
            why="They could be of several people.",
            mend="Give one file, name one with --series, or pass --all-series.",
        )
    return ((usable or ranked)[0],)


def _named(judged: Sequence[Judged], wanted: str, *, all_series: bool) -> tuple[Judged, ...]:
    key = wanted.strip().lower()
    exact = [j for j in judged if j.series.key.lower() == key]
    stem = re.compile(rf"(\d+-)?{re.escape(key)}([a-z]|\.\d+)?")
    found = exact or [j for j in judged if stem.fullmatch(j.series.key.lower())]
    if not found:
        keys = ", ".join(j.series.key for j in judged) or "none"
        raise InputError(f'there is no series "{wanted}".', mend=f"There are: {keys}.")
    possible = [j for j in found if j.rank or not _hopeless(j)]
    if not possible:
        others = [j.series.key for j in judged if j.rank]
        told = f"Choose another series: {', '.join(others[:8])}." if others else ""
        raise NoUsableSeriesError(_summary(found), mend=told or "Give another study.")
    order = sorted(possible, key=lambda j: (j.rank is None, j.rank or 0))
    return tuple(order) if all_series else (order[0],)


def _hopeless(judged: Judged) -> bool:
    """Whether not even a user who insists can have the series measured."""
    return bool(_FIXED & {reason.rule for reason in judged.reasons})


def _require_one_patient(judged: Sequence[Judged]) -> None:
    subjects = {j.series.subject_key for j in judged if j.series.subject_key}
    if len(subjects) > 1:
        raise InputError(
            f"the input holds images of {len(subjects)} patients.",
            why="Their series must not be mixed.",
            mend="Give one folder per patient, or name one series with --series.",
        )


def _unenhanced(ranked: list[Judged]) -> list[Judged]:
    said = [j for j in ranked if contrast_header(j.series) == "unenhanced"]
    return said or [j for j in ranked if contrast_header(j.series) == "unknown"]


def _nothing(
    judged: Sequence[Judged], files: Sequence[FileEntry], *, unenhanced_only: bool
) -> NoUsableSeriesError:
    if not judged:
        counted = _states(files)
        return NoUsableSeriesError(
            f"no CT images were found{f' (files: {counted})' if counted else ''}.",
            mend="Give a folder, archive or file with a CT series.",
        )
    usable = any(j.rank is not None for j in judged)
    if usable and unenhanced_only:
        return NoUsableSeriesError(
            "every usable series is enhanced.", mend="Leave out --unenhanced-only."
        )
    possible = [j.series.key for j in judged if not _hopeless(j)]
    mend = "Give another study, or mend what is named; none can be insisted on."
    if possible:
        mend = f"To measure one all the same, name it with --series: {', '.join(possible[:8])}."
    if any(reason.rule == "elsewhere" for j in judged for reason in j.reasons):
        mend = "Some of them are one scan together: pass --join to measure it."
    return NoUsableSeriesError(
        f"none of {len(judged)} series may be measured: {_summary(judged)}", mend=mend
    )


def _states(files: Sequence[FileEntry], most: int = 6) -> str:
    """How many files of each state, with their reasons: the most frequent ones."""
    states = Counter((entry.status, entry.reason.rstrip(".")) for entry in files)
    shown = [f"{n} {status}: {why}" for (status, why), n in states.most_common(most)]
    more = f"; and {len(states) - most} other kinds" if len(states) > most else ""
    return "; ".join(shown) + more


def _summary(judged: Sequence[Judged], most: int = 8) -> str:
    """One clause per series with the reasons that refused it."""
    clauses = []
    for item in judged[:most]:
        refusing = [r for r in item.reasons if r.rule in _REFUSING]
        clauses.append(f"{label(item.series)} " + ", ".join(r.text for r in refusing))
    more = f"; and {len(judged) - most} more" if len(judged) > most else ""
    return "; ".join(clauses) + more + "."
