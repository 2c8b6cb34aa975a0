"""Organs and vessels as rows; see :mod:`myotome.phantom.body.rows` for the frame."""

from __future__ import annotations

from myotome.phantom.body.rows import Oval

ORGANS: tuple[Oval, ...] = (
    Oval(
        name="liver",
        tissue="liver",
        n=2.4,
        knots={
            "T9": (-34, -24, 0, 0),
            "T10": (-32, -24, 27, 28),
            "T11": (-46, -26, 38, 39),
            "T12": (-51, -29, 46, 37),
            "L1": (-58, -36, 39, 26),
            "L2": (-68, -37.5, 26, 20),
            "L2/L3": (-72, -36, 0, 0),
        },
    ),
    Oval(
        name="spleen",
        tissue="spleen",
        n=2.2,
        turn_deg=-60,
        knots={
            "T10": (52, 12, 0, 0),
            "T11": (62, 18, 27, 15),
            "T12": (78, 16, 34, 18),
            "T12/L1": (86, 8, 0, 0),
        },
    ),
    Oval(
        name="kidney",
        tissue="kidney",
        n=2.2,
        turn_deg=25,
        pair=True,
        knots={
            "T12/L1": (62, 10, 0, 0),
            "L1": (67, 10, 22, 17),
            "L2": (74, 8, 23, 18),
            "L2/L3": (77, 6, 20, 16),
            "L3": (80, 4, 0, 0),
        },
    ),
    Oval(name="heart", tissue="heart", knots={"T8": (14, -34, 50, 36), "T10": (16, -40, 0, 0)}),
    Oval(
        name="aorta",
        tissue="artery",
        knots={"T8": (10, 14, 11, 11), "T12": (9, 14, 10, 10), "L4": (7, 6, 8.5, 8.5)},
    ),
    Oval(
        name="inferior_vena_cava",
        tissue="vein",
        knots={
            "T8": (-13, 15, 8, 7),
            "T12": (-13, 15, 9, 7),
            "L1": (-15, 9, 11, 7),
            "L3": (-15, 6, 11, 8),
            "L5": (-13, 8, 12, 8),
        },
    ),
    Oval(
        name="iliac_artery",
        tissue="artery",
        pair=True,
        knots={"L4/L5": (13, -8, 6, 6), "S1": (30, -4, 6, 6), "S3": (46, -12, 6, 6)},
    ),
    Oval(
        name="iliac_vein",
        tissue="vein",
        pair=True,
        knots={"L5/S1": (18, 17, 7, 6), "S1": (26, 17, 7, 6), "S3": (44, 4, 7, 6)},
    ),
    Oval(
        name="pancreas",
        tissue="soft",
        n=2.4,
        knots={
            "T12/L1": (6, -16, 0, 0),
            "L1": (8, -16, 27, 8),
            "L1/L2": (12, -16, 26, 9),
            "L2": (6, -16, 0, 0),
        },
    ),
    Oval(
        name="stomach",
        tissue="bowel",
        n=2.3,
        knots={
            "T10": (40, -44, 0, 0),
            "T11": (44, -40, 30, 22),
            "T12": (47, -44, 36, 24),
            "L1": (34, -54, 34, 19),
            "L1/L2": (20, -58, 0, 0),
        },
    ),
    Oval(
        name="ascending_colon",
        tissue="bowel",
        knots={
            "L2/L3": (-88, -24, 0, 0),
            "L3": (-88, -24, 18, 19),
            "L4": (-86, -22, 19, 20),
            "L5": (-82, -24, 17, 18),
            "S1": (-76, -30, 0, 0),
        },
    ),
    Oval(
        name="descending_colon",
        tissue="bowel",
        knots={
            "L1": (94, -34, 0, 0),
            "L2": (96, -26, 12, 13),
            "L3": (98, -16, 11, 12),
            "L4": (94, -14, 11, 11),
            "L5": (88, -18, 11, 11),
            "S1": (91, -29, 11, 11),
            "S3": (76, -42, 11, 11),
        },
    ),
)

GAS: tuple[tuple[str, float, float, float], ...] = (
    ("stomach", -0.42, 0.62, 0.42),
    ("ascending_colon", -0.30, 0.55, 0.48),
    ("descending_colon", -0.20, 0.50, 0.45),
    ("loop_02", -0.25, 0.55, 0.5),
    ("loop_07", -0.25, 0.6, 0.5),
    ("loop_11", -0.25, 0.55, 0.5),
)
"""Gas rises: organ, its centre's y, half-width and half-depth as shares of the organ's."""


def _span(*, upper: bool, odd: bool, under_liver: bool) -> tuple[str, str, str, str]:
    """Two loops share a place, one above the other with a gap between: begin, full, full, end."""
    if not upper:
        return ("L3", "L3/L4", "L5", "S1") if odd else ("L4", "L5", "S1", "S2")
    if under_liver:
        return ("L2/L3", "L3", "L3/L4", "L4")
    return ("L1/L2", "L2", "L2/L3", "L3") if odd else ("L1/L2", "L2", "L3", "L3/L4")


def _loops() -> tuple[Oval, ...]:
    """Small bowel: rows of loops that begin and end at different levels."""
    rows: list[Oval] = []
    places = (
        (-44, -54),
        (-14, -58),
        (18, -58),
        (49, -57),
        (-52, -18),
        (-22, -28),
        (10, -26),
        (40, -24),
        (66, -36.5),
    )
    for index, (x, y) in enumerate(places):
        for turn in range(2):
            span = _span(upper=turn == 0, odd=index % 2 == 1, under_liver=x < -40)
            a, b = 12.5 + (index * 7 + turn * 3) % 3, 10.5 + (index * 5 + turn) % 3
            knots = {
                span[0]: (x, y, 0.0, 0.0),
                span[1]: (x + 1.0, y, a, b),
                span[2]: (x - 1.0, y + 1.0, a, b),
                span[3]: (x, y, 0.0, 0.0),
            }
            rows.append(Oval(name=f"loop_{len(rows):02d}", tissue="bowel_wall", n=2.2, knots=knots))
    return tuple(rows)


LOOPS = _loops()
