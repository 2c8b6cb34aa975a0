"""How a number is called where every number of a study has a column of its own."""

from __future__ import annotations

_UNIT = str.maketrans({"/": "_per_", "%": "percent", "(": "", ")": ""})
_LEFT_OUT_SIDES = ("", "both")
_LEFT_OUT_QUANTITY = "index"


def wide_name(*, quantity: str, structure: str, side: str, level: str, unit: str) -> str:
    """The column of a number in the wide table: structure, side, level, quantity, unit.

    Lower case, words joined by "_", so that R, SQL and REDCap take it as it stands. The side is
    told only where it is not both, and "index" is not told again of what is called an index.

    >>> wide_name(quantity="gross_mass", structure="psoas", side="left", level="slab", unit="g")
    'psoas_left_slab_gross_mass_g'
    >>> wide_name(quantity="index", structure="skeletal_muscle_index", side="both", level="L3",
    ...     unit="cm2/m2")
    'skeletal_muscle_index_l3_cm2_per_m2'
    >>> wide_name(quantity="area", structure="body", side="both", level="L3/L4", unit="cm2")
    'body_l3_l4_area_cm2'
    """
    parts = (
        structure,
        "" if side in _LEFT_OUT_SIDES else side,
        level.replace("/", "_"),
        "" if quantity == _LEFT_OUT_QUANTITY else quantity,
        unit.translate(_UNIT),
    )
    return "_".join(part for part in parts if part).lower()
