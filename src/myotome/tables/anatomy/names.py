"""What people call the muscles and compartments: one row per structure, for label names."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import unique


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWords:
    """Names of one structure in lower case, without side and without the word "muscle".

    ``key`` is a muscle group or a compartment. ``caveat`` says how far the named structure is
    not exactly ours, "" if it is. ``part`` ones are one of several labels that together are
    ours: understood only where asked for.
    """

    key: str
    names: tuple[str, ...]
    caveat: str = ""
    part: bool = False


LEFT_WORDS = frozenset({"left", "l", "lt"})
RIGHT_WORDS = frozenset({"right", "r", "rt"})
FILLERS = frozenset({"muscle", "muscles", "musculus", "musc", "m"})
SIDE_CODES: dict[tuple[str, str], str] = {
    ("SCT", "7771000"): "left",
    ("SCT", "24028007"): "right",
    ("SRT", "G-A101"): "left",
    ("SRT", "G-A100"): "right",
}
"""DICOM PS3.16 CID 244 (Laterality), by scheme and value, as it is now and as it was."""
SAYS_NOTHING = r"(segment|label|region|roi|structure|tissue|anatomical structure|unnamed)?[ \d]*"
"""Names that programs make up, in plain form: what is meant is said elsewhere, if at all."""

AUTOCHTHON = (
    "autochthonous back muscle is all deep muscle of the back (with multifidus, and the short "
    "muscles between the vertebrae): close to the erector spinae group, not the same"
)
LAYERS = (
    "drawn as single layers: the share of one that is missing of external oblique, internal "
    "oblique and transversus abdominis is missing here too"
)
ILIOPSOAS = "iliopsoas holds the iliacus too, from about L5 down: leave those slices out"

LABEL_WORDS: tuple[LabelWords, ...] = (
    LabelWords(key="psoas", names=("psoas", "psoas major")),
    LabelWords(key="psoas", names=("iliopsoas",), caveat=ILIOPSOAS),
    LabelWords(key="quadratus_lumborum", names=("quadratus lumborum", "ql")),
    LabelWords(key="erector_spinae", names=("erector spinae",)),
    LabelWords(
        key="erector_spinae",
        names=("autochthon", "autochthonous back", "deep of back"),
        caveat=AUTOCHTHON,
    ),
    LabelWords(key="gluteus_medius", names=("gluteus medius",)),
    LabelWords(key="rectus_abdominis", names=("rectus abdominis",)),
    LabelWords(
        key="lateral_abdominals",
        names=("lateral abdominals", "lateral abdominal", "lateral abdominal wall"),
    ),
    LabelWords(
        key="lateral_abdominals",
        names=(
            "external oblique",
            "external abdominal oblique",
            "obliquus externus abdominis",
            "internal oblique",
            "internal abdominal oblique",
            "obliquus internus abdominis",
            "transversus abdominis",
        ),
        caveat=LAYERS,
        part=True,
    ),
    LabelWords(key="erector_spinae", names=("transversospinalis",), caveat=AUTOCHTHON, part=True),
    LabelWords(key="abdominal_cavity", names=("abdominal cavity",)),
    LabelWords(key="muscle_wall", names=("wall", "muscular compartment")),
    LabelWords(
        key="subcutaneous",
        names=(
            "subcutaneous",
            "subcutaneous tissue",
            "subcutaneous fat",
            "subcutaneous adipose tissue",
        ),
    ),
    LabelWords(key="bone", names=("bone", "bones")),
    LabelWords(key="lung", names=("lung", "lungs")),
)
BY_LABEL_WORD = unique("label name", ((name, row) for row in LABEL_WORDS for name in row.names))

PRESET_CAVEATS: dict[tuple[str, str], str] = {
    ("totalsegmentator", "erector_spinae"): AUTOCHTHON,
    ("totalsegmentator", "psoas"): ILIOPSOAS,
}
"""By (mapping of ``tables.anatomy.mappings``, muscle group), besides its ``gaps``."""

PROGRAMS: dict[str, str] = {
    "transversospinalis": "totalsegmentator_abdominal_muscles",
    "autochthon": "totalsegmentator",
}
"""Names that only one program gives, without side, and that program's mapping."""
