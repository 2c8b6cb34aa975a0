"""The columns of ``measurements.csv`` and ``slices.csv`` (and .parquet), one row each.

The data dictionary in the documentation is made of these rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry

MEASUREMENT_KEY = ("study_key", "series", "quantity", "structure", "side", "level")
"""What names a row among those of many results; no two rows share it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, its SQL type in Parquet, and what it says."""

    key: str
    kind: str
    words: str


def _text(key: str, words: str) -> Column:
    return Column(key=key, kind="VARCHAR", words=words)


def _number(key: str, words: str) -> Column:
    return Column(key=key, kind="DOUBLE", words=words)


def _whole(key: str, words: str) -> Column:
    return Column(key=key, kind="INTEGER", words=words)


def _yes(key: str, words: str) -> Column:
    return Column(key=key, kind="BOOLEAN", words=words)


MEASUREMENTS: tuple[Column, ...] = (
    _text("quantity", "what is measured: a row of the table of quantities"),
    _text("structure", 'muscle group, tissue, index, "total", "body" or "slab"'),
    _text("side", '"left", "right", "both"; empty where there are no sides'),
    _text(
        "level",
        '"slab" (lung base to inferior L5 endplate), a vertebra, at its middle, or a plane of the '
        'slab ("lung_base", "l5_end")',
    ),
    _number("value", "the number; empty where status is absent or not_measurable"),
    _text("unit", "unit of the value"),
    _text(
        "status",
        "measured; partial: only a part is in view; absent: the structure need not reach there "
        "and does not; not_measurable: there is no number, and reason says why",
    ),
    _text("reason", "why the status is not measured, in words"),
    _number(
        "expected_dice",
        "Dice against a reader to be expected of the outline (several muscles: their mean); "
        "empty where nobody can tell",
    ),
    *(
        _number(
            f"{end}_{share}",
            f"{word} of the range that holds a reader's number in at least {share} % of subjects "
            "like those compared; empty where nobody compared such numbers",
        )
        for share in (80, 90)
        for end, word in (("low", "lower end"), ("high", "upper end"))
    ),
    _whole("interval_n", "number of subjects behind these two ranges"),
    _text("definition", "what was counted, in words: formula, HU window, slices"),
    _text("caveats", "codes of what weakens this value, with spaces between them"),
    _number("covered_percent", "share of the intended extent that was in view, where known"),
    _whole("window_low_hu", "lowest HU counted, inclusive; empty where all voxels count"),
    _whole("window_high_hu", "highest HU counted, inclusive"),
    _whole("slices", "number of slices behind the value; empty for the slab"),
    _number(
        "value_one_up",
        "the same number at the next vertebra towards the head: the true one if every vertebra "
        "is really the next one down (what is called L3 is L4); empty where none was made",
    ),
    _number(
        "value_one_down",
        "the same at the next vertebra towards the feet: the true one if what is called L3 is L2",
    ),
    _text("flags", "codes of the flags that concern this row or the whole study, with spaces"),
    _text(
        "study_key",
        "pseudonym of the study: HMAC-SHA256 of its UID (without one: of the input's digest) "
        "with the salt of the configuration",
    ),
    _text("subject_key", "pseudonym of the patient's ID, in the same way; empty without one"),
    _text("series", "key of the measured series in series.csv"),
    _text("myotome_version", "version of the program"),
    _text("weights", "networks and the first 12 digits of their weights' SHA-256"),
)
SLICES: tuple[Column, ...] = (
    _number("z_mm", "patient z of the slice (LPS, up is plus)"),
    _text("structure", "muscle group or tissue"),
    _text("side", '"left", "right" or "both"'),
    _number("area_cm2", "area on this slice; 0: looked at, none there"),
    _number("mean_hu", "mean HU of that area; empty where it is 0"),
    _yes("in_slab", "whether the middle of the slice lies in the slab"),
    _yes("cut", "whether the structure touches the edge of the field of view"),
)
MEASUREMENT = Registry("column of measurements", MEASUREMENTS)
SLICE = Registry("column of slices", SLICES)
