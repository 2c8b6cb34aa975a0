"""Where the paper contradicts itself, and which value is used here: one row each."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """``printed``: what stands in two places; ``evidence``: what decides; ``used``: the value.

    ``places`` names the tables and figures that it touches.
    """

    key: str
    places: tuple[str, ...]
    printed: str
    evidence: str
    used: str


def _row(key: str, places: str, printed: str, evidence: str, used: str) -> Contradiction:
    found = tuple(places.split(", ")) if places else ()
    return Contradiction(key=key, places=found, printed=printed, evidence=evidence, used=used)


CONTRADICTIONS: tuple[Contradiction, ...] = (
    _row(
        "ql_dice",
        "table 1",
        "Dice of quadratus lumborum: 0.72 in the abstract, 0.770 in the text.",
        "The mean of the six groups is the printed 0.857 only with 0.770 (0.849 with 0.72).",
        "0.770",
    ),
    _row(
        "slope",
        "figure 6",
        "Loss of total mass: 0.96 (women) and 1.73 (men) g per year in abstract and results, "
        "9.6 and 17.3 in the discussion.",
        "A line through table 3's age groups falls by 9.6 and 18.3 g per year; table 4's "
        "correlations with table 3's SDs give about 9.5 and 19.",
        "-9.6 and -17.3 g per year",
    ),
    _row(
        "n_masses",
        "table 3, figure 5, figure 6, table 4",
        "295 people in the text (162 women, 133 men), 190 + 156 = 346 in table 3; its men's age "
        "groups sum to 154.",
        "Weighted by the age groups' n (190 and 154), means and SDs of the sexes come out as "
        "printed, to 2.2 g and 0.8 g.",
        "table 3 as printed, with 190 and 154 people; which people they were is not known",
    ),
    _row(
        "n_training",
        "table 1",
        "The sexes of the labelled set sum to 71 + 53 = 124, of 110 studies; percentages to 100.1.",
        "71/124 is the printed 57.3 %.",
        "unresolved",
    ),
    _row(
        "icc",
        "table 2",
        "ICC of psoas, quadratus lumborum and gluteus medius, both sides: text and table differ.",
        "None decides; the form of the ICC is not stated either.",
        "both are shown",
    ),
    _row(
        "curve_numbers",
        "figure 2A",
        "Validation Dice of the networks with 0 to 4 residual units is numbered (1) to (5).",
        "There were five networks, of 0 to 4 units.",
        "0 to 4",
    ),
    _row(
        "n_cpt",
        "table 3",
        "303 studies by CPT code, but the counts sum to 295.",
        "295 is what was left after review.",
        "295",
    ),
    _row(
        "n_slices",
        "table 1",
        "2057 labelled slices; 828 + 207 + 162 = 1197 used.",
        "",
        "unexplained",
    ),
    _row(
        "contrast",
        "table 3",
        "Figure 1C segments unenhanced series; 217 of 295 studies are coded as enhanced.",
        "The discussion speaks of both.",
        "contrast is recorded, not a reason to leave out",
    ),
    _row(
        "lower_plane",
        "table 3",
        'The slab\'s lower end is "L5 vertebrae", "L5 disc" or "inferior aspect of L5".',
        "",
        "inferior endplate of L5",
    ),
    _row(
        "foreground",
        "",
        'The thirteenth class is called "the foreground".',
        "Twelve muscles and what is none.",
        "background",
    ),
    _row(
        "simpleitk",
        "",
        "SimpleITK version 21.2.4.",
        "There is no such version; it is one of pip.",
        "versions are written into every result",
    ),
    _row(
        "gluteus",
        "figure 6, table 4",
        '"Decline among all groups with age"; gluteus medius has r = +0.22 (women) and -0.04 '
        '(men, P = 0.622), and is called the only male muscle with "no negative correlation".',
        "Only a cap of it lies in the slab, whose size depends on the slab's lower plane.",
        "left out of what is said of decline",
    ),
    _row(
        "typos",
        "table 1, table 3",
        'SD 0.010 of right lateral abdominals; "0.763 +- 00.146"; "536.7 q"; SD of quadratus '
        "lumborum of women 27.0 (text) and 27.9 (table).",
        "The pooled SD of 0.088 implies about 0.100. The age groups give 27.8.",
        "as in the tables",
    ),
    _row(
        "p_values",
        "table 4",
        '"P for correlation < 0.0001" for all; table 4 has P = 0.622, 0.017, 0.006, 0.002.',
        "",
        "table 4",
    ),
    _row(
        "leak",
        "figure 5, table 3, figure 6, table 4",
        "90 of the analysed studies were among the 110 that trained or tested the network.",
        "Masses of people whose outlines were learnt by heart are closer to the truth than others.",
        "subjects that trained a network are left out, and counted",
    ),
    _row(
        "gated",
        "table 3",
        "Muscle is -29 to 150 HU in the methods; the discussion counts fatty muscle as included.",
        "",
        "gross mass is compared; lean mass is described if asked for",
    ),
    _row(
        "spread",
        "table 1",
        "SDs of the test set are over slices, those of cross-validation over folds.",
        "",
        "kept apart",
    ),
)
CONTRADICTION = Registry("contradiction", CONTRADICTIONS)
