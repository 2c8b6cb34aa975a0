"""From pairs of label maps to a folder of tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from myotome import __version__
from myotome.errors import InputError
from myotome.evaluate.folder import SCHEMA, check, published
from myotome.evaluate.pairs import find_pairs
from myotome.evaluate.pictures import charts
from myotome.evaluate.pictures.curves import learning_curves, read_curve
from myotome.evaluate.pictures.overlays import draw_views, worst_views
from myotome.evaluate.pictures.style import Picture
from myotome.evaluate.scores.case import Pair, load
from myotome.evaluate.scores.levels import at_levels, level_summaries
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.rows import CaseScores, score_case
from myotome.evaluate.scores.summary import ALL, EACH, summarise
from myotome.evaluate.tables import Scores, write_json, write_tables

SCHEMA_VERSION = 1
Listen = Callable[[str], None]


def score_pairs(
    pairs: Sequence[Pair], options: Options | None = None, *, listen: Listen | None = None
) -> Scores:
    """Score every pair, one after the other. ``listen`` hears a line after each."""
    options = options or Options()
    if not pairs or len({p.subject for p in pairs}) < len(pairs):
        raise InputError("there is nothing to evaluate, or a subject twice.")
    found: list[CaseScores] = []
    for number, pair in enumerate(pairs, 1):
        found.append(score_case(load(pair, options.kind), options))
        if listen is not None:
            listen(f"{number}/{len(pairs)} {pair.subject}")
    slices = [row for f in found for row in f.slices]
    volumes = [row for f in found for row in f.volumes]
    return Scores(
        slices=slices,
        volumes=volumes,
        summaries=summarise(slices, volumes, options.kind),
        warnings=tuple(w for f in found for w in f.warnings),
        levels=at_levels(slices, {p.subject: p.levels_mm for p in pairs}),
    )


def evaluate_pairs(
    pairs: Sequence[Pair],
    out: Path,
    options: Options | None = None,
    *,
    warnings: Sequence[str] = (),
    overwrite: bool = False,
    listen: Listen | None = None,
) -> dict[str, Any]:
    """Score ``pairs`` and write ``out``; returns what ``summary.json`` holds.

    ``out`` appears whole or not at all: ``slices.csv`` (slice x structure), ``volumes.csv``
    (subject x structure), ``levels.csv`` (if any), ``summary.csv``, ``summary.json`` and the
    figures as PNG and SVG. ``warnings`` are put before those of the pairs. Refuses what
    :func:`load` refuses, and a results folder in use (OutputError).
    """
    options = options or Options()
    check(out, overwrite=overwrite)
    curves = [read_curve(path) for path in options.curves]
    scores = score_pairs(pairs, options, listen=listen)
    with published(out, overwrite=overwrite) as folder:
        write_tables(scores, folder)
        pictures: list[Picture] = []
        if options.figures:
            pictures = _pictures(scores, pairs, options, folder)
            if curves:
                pictures.append(learning_curves(curves, folder))
        document = _document(scores, options, pictures)
        document["warnings"] = [*warnings, *scores.warnings]
        write_json(document, folder / "summary.json")
    return document


def evaluate_cli(
    predicted: Path,
    reference: Path | None,
    out: Path,
    *,
    slices: Path | None = None,
    ct: Path | None = None,
    options: Options | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """``myotome evaluate``: find the pairs, evaluate them, and say the main numbers.

    Inputs as in :func:`find_pairs`; ``options`` from :meth:`Options.of_words`.
    """
    options = options or Options()
    found = find_pairs(predicted, reference, options.kind, slices=slices, ct=ct)
    document = evaluate_pairs(
        found.pairs, out, options, warnings=found.warnings, overwrite=overwrite
    )
    rows = {(row["structure"], row["side"]): row for row in document["structures"]}
    return {
        "subjects": len(document["subjects"]),
        "mean_dice_slices": _mean(rows[(ALL, EACH)]["dice_slices"]),
        "mean_dice_volumes": _mean(rows[(ALL, EACH)]["dice_volumes"]),
        "dice_volumes": {
            structure if side in ("", EACH) else f"{structure}_{side}": _mean(row["dice_volumes"])
            for (structure, side), row in rows.items()
            if structure != ALL and side in ("", EACH)
        },
        "warnings": document["warnings"],
    }


def _mean(spread: dict[str, Any] | None) -> float | None:
    return None if spread is None else round(float(spread["mean"]), 4)


def _pictures(
    scores: Scores, pairs: Sequence[Pair], options: Options, folder: Path
) -> list[Picture]:
    kind = options.kind
    out = [charts.dice_by_structure(scores, kind, options.rule, folder)]
    areas, masses = charts.area_panels(scores, kind), charts.mass_panels(scores, kind)
    mass, masses_words = ("mass", "masses") if kind.has_mass else ("volume", "volumes")
    for panels, name, words in ((areas, "area", "areas"), (masses, mass, masses_words)):
        if panels:
            out.append(charts.scatter(panels, f"agreement_{name}", words, folder))
            out.append(charts.bland_altman_plot(panels, f"bland_altman_{name}", words, folder))
    views = worst_views(pairs, scores.slices, options)
    if views:
        out.append(draw_views(views, "worst_slices", folder))
    return out


def _document(scores: Scores, options: Options, pictures: Sequence[Picture]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "research_use_only": True,
        "myotome_version": __version__,
        "options": {
            "rule": str(options.rule),
            "tolerance_mm": options.tolerance_mm,
            "labels": options.kind.key,
        },
        "subjects": list(scores.subjects),
        "warnings": [],
        "structures": [s.as_dict() for s in scores.summaries],
        "levels": level_summaries(scores.levels, options.kind),
        "figures": [{"name": p.name, "caption": p.caption} for p in pictures],
    }
