"""From what a network thinks of its labels to what may be expected of them.

:func:`calibrate_listing` (``myotome calibrate LISTING.json -o OUT``) runs each network of the
listing on the scan that it did not learn from, compares candidate scores with the real Dice, fits
the map from raw score to Dice, and writes it with tables and a picture; from the scans as they are
it also fits how far masses and areas may lie from a reader's. The listing is
``[{"network": "a.onnx", "case": "folder"}, ...]``, paths relative to the listing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from myotome.errors import InputError
from myotome.evaluate.calibration.intervals import fit_spread
from myotome.evaluate.calibration.rows import WORSE, Row, look, network, rows_of, sizes_of
from myotome.evaluate.calibration.scan import read_scan
from myotome.evaluate.calibration.sizes import Size
from myotome.evaluate.calibration.standing import Standing
from myotome.evaluate.calibration.written import onto_card, write, write_intervals
from myotome.segment.bundled.confidence import POOLED, SCORE, Calibration
from myotome.tables.anatomy.muscles import GROUPS

Float = NDArray[np.float64]
Knots = tuple[tuple[float, ...], tuple[float, ...]]
Fit = Callable[[Sequence[Row], str], dict[str, Knots]]

_KNOTS = np.concatenate([np.linspace(0, 0.9, 19), np.linspace(0.91, 1, 19)])
_EDGE = 1e-4
_SHRINK = 0.02
"""A group's own shift is paid for as if it were this weight of residual per unit of log-odds."""
_VARIANT_WEIGHT = 0.3
"""A spoilt scan counts less than a real one: it is no scan that anybody will send."""
_BETTER = 0.95
"""A method with more freedom is taken only if it leaves less than this share of the error."""


def calibrate(given: Sequence[Row], *, method: str = "auto", made_from: str = "") -> Calibration:
    """The map from raw score to expected Dice of a network, from rows on unseen scans.

    ``method`` is a key of ``METHODS`` or "auto": the simplest one, unless another leaves at
    least 5 % less error on subjects left out. Whole muscles are fitted, not blocks. Refuses
    fewer than 8 rows, or rows without the raw score.
    """
    whole = _scored([row for row in given if row.block is None], SCORE)
    if len(whole) < 8:
        raise InputError(
            f"{len(whole)} muscles with a reference are too few to calibrate on.",
            mend="Give more scans that the network did not learn from.",
        )
    chosen, errors = method, {name: left_out_error(whole, name) for name in METHODS}
    if method == "auto":
        chosen = next(iter(METHODS))
        for name, error in errors.items():
            best = errors[chosen]
            if error is not None and best is not None and error < _BETTER * best:
                chosen = name
    subjects = {row.subject for row in whole}
    words = made_from or f"{len(subjects)} scan{'s' * (len(subjects) > 1)} it had not learnt from"
    return Calibration(rows=METHODS[chosen](whole, SCORE), made_from=words, error=errors[chosen])


def expected(table: Mapping[str, Knots], group: str, raw: float) -> float:
    """The expected Dice of one raw score by a fitted table."""
    return float(np.interp(raw, *(table.get(group) or table[POOLED])))


def left_out_error(given: Sequence[Row], method: str, score: str = SCORE) -> float | None:
    """Mean absolute error of the expected Dice when each subject in turn is left out.

    Over the scans as they are; over the spoilt ones only if there are no others. None with
    fewer than two subjects.
    """
    subjects = sorted({row.subject for row in given})
    if len(subjects) < 2:
        return None
    errors: list[float] = []
    spoilt: list[float] = []
    for subject in subjects:
        table = METHODS[method]([row for row in given if row.subject != subject], score)
        for row in given:
            raw = row.scores[score]
            if row.subject == subject and raw is not None:
                of = spoilt if row.variant else errors
                of.append(abs(expected(table, row.group, raw) - row.dice))
    return float(np.mean(errors or spoilt))


def _scored(given: Sequence[Row], score: str) -> list[Row]:
    return [row for row in given if row.scores.get(score) is not None]


def _columns(given: Sequence[Row], score: str) -> tuple[Float, Float, Float]:
    """Raw scores, Dice, and weights: every subject counts the same, spoilt scans less."""
    raw = np.array([row.scores[score] for row in given], dtype=np.float64)
    dice = np.array([row.dice for row in given])
    weight = np.array([_VARIANT_WEIGHT if row.variant else 1.0 for row in given])
    for subject in {row.subject for row in given}:
        own = np.array([row.subject == subject for row in given])
        weight[own] /= weight[own].sum()
    return raw, dice, weight / weight.mean()


def _logit(x: Float) -> Float:
    return np.asarray(special.logit(np.clip(x, _EDGE, 1 - _EDGE)), dtype=np.float64)


def _logistic(given: Sequence[Row], score: str, *, by_group: bool) -> dict[str, Knots]:
    """``dice = expit(a + shift of group + b logit(raw))`` with b >= 0, by robust least squares.

    The shifts are shrunk towards 0, so a group with few rows follows all of them.
    """
    raw, dice, weight = _columns(given, score)
    x, root = _logit(raw), np.sqrt(weight)
    groups = [group.key for group in GROUPS]
    of = np.array([groups.index(row.group) for row in given])
    free = len(groups) if by_group else 0

    def residuals(p: Float) -> Float:
        shift = p[2:][of] if by_group else 0.0
        wrong = root * (special.expit(p[0] + shift + p[1] * x) - dice)
        return np.concatenate([wrong, np.sqrt(_SHRINK) * p[2:]])

    start = np.array([0.0, 1.0, *[0.0] * free])
    low = np.array([-np.inf, 0.0, *[-np.inf] * free])
    found = optimize.least_squares(
        residuals, start, bounds=(low, np.inf), loss="soft_l1", f_scale=0.1
    ).x
    at = _logit(_KNOTS)
    shifts = dict(zip(groups, found[2:], strict=True)) if by_group else {}
    return {
        name: _table(_KNOTS, np.asarray(special.expit(found[0] + shift + found[1] * at)))
        for name, shift in {POOLED: 0.0, **shifts}.items()
    }


def _isotonic(given: Sequence[Row], score: str) -> dict[str, Knots]:
    """The best rising steps, joined by straight lines."""
    raw, dice, weight = _columns(given, score)
    order = np.argsort(raw, kind="stable")
    fitted = optimize.isotonic_regression(dice[order], weights=weight[order])
    ends = fitted.blocks
    x = np.array([raw[order][a:b].mean() for a, b in pairwise(ends)])
    y = np.array([fitted.x[a] for a in ends[:-1]])
    if len(x) < 2:  # no trend at all: one and the same Dice everywhere
        x, y = np.array([0.0, 1.0]), np.repeat(y[:1], 2)
    return {POOLED: _table(x, y)}


def _table(x: Float, y: Float) -> Knots:
    keep = np.concatenate([[True], np.diff(np.round(x, 4)) > 0])
    rising = np.maximum.accumulate(np.clip(y, 0, 1))
    return tuple(map(float, x[keep])), tuple(map(float, rising[keep]))


METHODS: Mapping[str, Fit] = {
    "logistic": lambda given, score: _logistic(given, score, by_group=False),
    "logistic with group shifts": lambda given, score: _logistic(given, score, by_group=True),
    "isotonic": _isotonic,
}
"""Ways to fit the map, the simplest first."""


def standings(given: Sequence[Row]) -> list[Standing]:
    """Every candidate score over ``given``, and the raw score as it is ("uncalibrated")."""
    out = []
    for score in sorted({name for row in given for name in row.scores}):
        own = _scored(given, score)
        raw, dice, _ = _columns(own, score)
        error = left_out_error(own, "logistic", score)
        out.append(Standing(score=score, rows=len(own), spearman=_spearman(raw, dice), error=error))
        if score == SCORE:
            plain = [
                abs(r - d) for r, d, row in zip(raw, dice, own, strict=True) if not row.variant
            ]
            error = float(np.mean(plain)) if plain else None
            name = f"{score} uncalibrated"
            out.append(Standing(score=name, rows=len(own), spearman=out[-1].spearman, error=error))
    return out


def _spearman(a: Float, b: Float) -> float | None:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(stats.spearmanr(a, b).statistic)


def per_study(given: Sequence[Row]) -> list[Row]:
    """One row per scan and variant: means over its muscles, filed under the first of them."""
    whole: dict[tuple[str, str], list[Row]] = {}
    for row in given:
        if row.block is None:
            whole.setdefault((row.subject, row.variant), []).append(row)
    return [
        Row(
            subject=subject,
            variant=variant,
            muscle=of[0].muscle,
            block=None,
            scores={
                name: None if None in found else float(np.mean([v for v in found if v is not None]))
                for name in of[0].scores
                for found in [[row.scores.get(name) for row in of]]
            },
            dice=float(np.mean([row.dice for row in of])),
        )
        for (subject, variant), of in whole.items()
    ]


def views(given: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows as they are compared: pooled, per group, per block, per study."""
    whole = [row for row in given if row.block is None]
    by_group = {group.key: [row for row in whole if row.group == group.key] for group in GROUPS}
    blocks = [row for row in given if row.block is not None]
    found = {"all muscles": whole, **by_group, "blocks of 5 slices": blocks}
    found["studies"] = per_study(given)
    found["all muscles of scans as they are"] = [row for row in whole if not row.variant]
    return {name: of for name, of in found.items() if of}


def read_listing(path: Path) -> list[tuple[Path, Path]]:
    """(network, case folder) of each entry. Refuses another form and files that are not there."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(path.parent / e["network"], path.parent / e["case"]) for e in entries]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"the listing {path.name} cannot be read.",
            mend='Write [{"network": "a.onnx", "case": "folder"}, ...].',
        ) from error
    lost = [p.name for pair in pairs for p in pair if not p.exists()]
    if lost or not pairs:
        raise InputError(f"the listing {path.name} names what is not there: {', '.join(lost)}.")
    return pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRequest:
    """What to calibrate: the networks of ``listing``, each on the scan it did not learn from.

    ``as_they_are`` leaves out the spoilt versions of the scans. ``intervals_only`` does too, and
    makes no calibration. ``scaled`` says whether intervals are scaled by the network's doubt
    (None: if that is better). ``card`` is a network's card that the result is also written onto;
    ``made_from`` words for it.
    """

    listing: Path
    out: Path
    method: str = "auto"
    as_they_are: bool = False
    intervals_only: bool = False
    scaled: bool | None = None
    made_from: str = ""
    card: Path | None = None
    threads: int = 1


def calibrate_listing(request: CalibrationRequest) -> dict[str, Any]:
    """Gather rows and sizes, calibrate, write; returns the main numbers.

    Refuses (InputError) an unknown method, a listing that cannot be read or names what is not
    there, a card that is not there, and what :func:`calibrate` refuses.
    """
    known = ("auto", *METHODS)
    if request.method not in known:
        raise InputError(f'there is no method "{request.method}".', mend=f"Use {', '.join(known)}.")
    if request.card is not None and not request.card.is_file():
        raise InputError("the card does not exist.", mend="Check the path.")
    given, found = _gathered(request)
    spread = fit_spread(found, scaled=request.scaled, made_from=request.made_from)
    write_intervals(found, spread, request.out)
    made = None
    if not request.intervals_only:
        made = calibrate(given, method=request.method, made_from=request.made_from)
        compared = {name: standings(of) for name, of in views(given).items()}
        write(given, made, compared, request.out)
    if request.card is not None:
        onto_card(request.card, made, spread)
    return {
        "out": str(request.out),
        "rows": len(given),
        "expected_error": None if made is None else made.error,
        "intervals": 0 if spread is None else len(spread.rows),
        "intervals_scaled": None if spread is None else spread.scaled,
    }


def _gathered(request: CalibrationRequest) -> tuple[list[Row], list[Size]]:
    """Rows of all scans, spoilt ones too, and the sizes of the scans as they are."""
    plain = request.as_they_are or request.intervals_only
    given: list[Row] = []
    found: list[Size] = []
    for net, case in read_listing(request.listing):
        scan = read_scan(case, threads=request.threads)
        engine = network(net, threads=request.threads)
        for seen in look(scan, engine, () if plain else tuple(WORSE)):
            given += rows_of(seen)
            if not seen.variant:
                found += sizes_of(seen)
    return given, found
