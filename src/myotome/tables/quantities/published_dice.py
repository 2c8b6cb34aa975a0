"""Dice of Vu et al. 2024, to compare with: one row per muscle and side."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "Vu et al. 2024, table 1, test set (162 slices of 15 studies)"
DOI = "10.1038/s41598-024-64603-6"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDice:
    """Mean and SD over slices. ``note`` says what is doubtful in the print."""

    structure: str
    side: str
    mean: float
    sd: float
    note: str = ""


PUBLISHED_DICE: tuple[PublishedDice, ...] = (
    PublishedDice(structure="psoas", side="left", mean=0.868, sd=0.110),
    PublishedDice(structure="psoas", side="right", mean=0.837, sd=0.140),
    PublishedDice(structure="quadratus_lumborum", side="left", mean=0.785, sd=0.131),
    PublishedDice(
        structure="quadratus_lumborum",
        side="right",
        mean=0.763,
        sd=0.146,
        note='printed "0.763 +- 00.146"',
    ),
    PublishedDice(structure="erector_spinae", side="left", mean=0.913, sd=0.088),
    PublishedDice(structure="erector_spinae", side="right", mean=0.918, sd=0.049),
    PublishedDice(structure="gluteus_medius", side="left", mean=0.912, sd=0.050),
    PublishedDice(structure="gluteus_medius", side="right", mean=0.896, sd=0.094),
    PublishedDice(structure="rectus_abdominis", side="left", mean=0.854, sd=0.081),
    PublishedDice(structure="rectus_abdominis", side="right", mean=0.856, sd=0.070),
    PublishedDice(structure="lateral_abdominals", side="left", mean=0.855, sd=0.075),
    PublishedDice(
        structure="lateral_abdominals",
        side="right",
        mean=0.842,
        sd=0.010,
        note="the SD is printed as 0.010; that of the group (0.088) implies about 0.100",
    ),
)
PUBLISHED_MEAN = 0.857
"""Over all groups of the test set, in the text."""
