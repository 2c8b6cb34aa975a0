"""Dice by muscle and side over slices and by subject (table 1 of Vu et al. 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

from myotome.evaluate.scores.rows import SliceScore
from myotome.stats.agreement.evaluation import MUSCLE_SIDES, of
from myotome.stats.sheets.sheet import Sheet, number, sheet, text
from myotome.stats.table.columns import words_of
from myotome.tables.quantities.published_dice import PUBLISHED_DICE, SOURCE


def dice_table(rows: Sequence[SliceScore]) -> Sheet:
    """Mean and SD of Dice over slices, and over the means of subjects, beside the paper's."""
    printed = {(p.structure, p.side): p for p in PUBLISHED_DICE}
    found = []
    for structure, side in MUSCLE_SIDES:
        paper = printed[structure, side]
        found.append(
            {
                "muscle": words_of(structure),
                "side": side,
                **_spread(of(rows, structure, side)),
                "paper_mean": paper.mean,
                "paper_sd": paper.sd,
            }
        )
    return sheet(
        "dice_by_muscle",
        "Dice by muscle and side",
        (
            text("muscle", "muscle"),
            text("side", "side"),
            number("slices", "slices", 0),
            number("mean_slices", "mean over slices", 3),
            number("sd_slices", "SD over slices", 3),
            number("subjects", "subjects", 0),
            number("mean_subjects", "mean over subjects", 3),
            number("sd_subjects", "SD over subjects", 3),
            number("paper_mean", "Vu 2024, mean", 3),
            number("paper_sd", "Vu 2024, SD", 3),
        ),
        found,
        (
            "Slices on which neither map has the muscle are not counted; on which one has it, "
            "Dice is 0. A subject's Dice is the mean of its slices. Slices of a subject are not "
            "independent: SDs over slices say nothing of how sure the mean is.",
            f"The paper's: {SOURCE}. Its slices and people are other ones.",
        ),
    )


def _spread(rows: Sequence[SliceScore]) -> dict[str, Any]:
    by_subject: dict[str, list[float]] = {}
    for row in rows:
        if row.dice is not None:
            by_subject.setdefault(row.subject, []).append(row.dice)
    slices = [d for dice in by_subject.values() for d in dice]
    people = [mean(dice) for dice in by_subject.values()]
    return {
        "slices": len(slices),
        "mean_slices": mean(slices) if slices else None,
        "sd_slices": stdev(slices) if len(slices) > 1 else None,
        "subjects": len(people),
        "mean_subjects": mean(people) if people else None,
        "sd_subjects": stdev(people) if len(people) > 1 else None,
    }
